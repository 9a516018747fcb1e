import SecureBERTIntel
import Testing

/// Domains and addresses of mail.
@Suite struct DomainTests {
    @Test(arguments: [
        ("It resolves update-center.info and cdn.evil.co.uk.", ["domain update-center.info", "domain cdn.evil.co.uk"]),
        ("WWW.Example.COM", ["domain www.example.com"]),
        ("Mega.nz, GitHub.com", ["domain mega.nz", "domain github.com"]),
        ("EVIL.COM", ["domain evil.com"]),
        ("blocked *.evil.net and _dmarc.evil.net", ["domain evil.net", "domain _dmarc.evil.net"]),
        ("_evil.net_ **evil.org**", ["domain evil.net", "domain evil.org"]),
        ("was evil.net.The", ["domain evil.net"]),
        (
            "xn--80ak6aa92e.com and пример.рф and xn--e1afmkfd.xn--p1ai",
            [
                "domain xn--80ak6aa92e.com", "domain пример.рф", "domain xn--e1afmkfd.xn--p1ai",
            ]
        ),
        ("访问evil.com的网站", ["domain evil.com"]),
        ("leak site abcdefghij234567.onion", ["domain abcdefghij234567.onion"]),
        ("www.evil.sh a.evil.sh evil[.]sh", ["domain www.evil.sh", "domain a.evil.sh", "domain evil.sh"]),
        ("wscript.evil.name.", []),
        ("163.com 1.2.3.4.evil.com", ["domain 163.com", "domain 1.2.3.4.evil.com"]),
        ("@evil.net", ["domain evil.net"]),
        ("evil.com(1.2.3.4)", ["domain evil.com", "ipv4 1.2.3.4"]),
    ])
    func domains(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test(arguments: [
        "e.g. this", "i.e.", "the U.S. said", "System.IO", "Invoke.Command", "ASP.NET", "VB.NET", "attack.The group",
        "attack.In", "Win32.Trojan", "com.android.chrome", "org.apache.tools", "user.name", "process.parent.name",
        "self.services",
        "subprocess.run(cmd)", "$this.host", "8.3.0.dev", "evil.notatld", "co.uk", "com", "-evil-.com", "a_b.com",
        "Agent.services",
        "DOMAIN\\evil.com", "fig.3.b", "a..com", "100.000", "U.S.C",
    ])
    func namesThatAreNoDomain(text: String) { #expect(extracted(text) == []) }

    @Test func tooLongNamesAreNone() {
        let label = String(repeating: "a", count: 64)
        #expect(extracted("\(label).com") == [])
        #expect(extracted(String(repeating: "abcdefg.", count: 32) + "com") == [])
        #expect(extracted(label.dropLast() + ".com").count == 1)
    }

    @Test(arguments: [
        ("Contact: john.doe+x@mail.evil-corp.com.", ["email john.doe+x@mail.evil-corp.com"]),
        ("<USER_1@EVIL.COM>", ["email USER_1@evil.com"]),
        ("mailto:a@b.org", ["email a@b.org"]),
        ("user@evil.sh", ["email user@evil.sh"]),
        ("a@b.com,c@d.com", ["email a@b.com", "email c@d.com"]),
        ("git@github.com:a/b.git", ["domain github.com"]),
        ("pkg@1.2.3", []), ("user@host", []), ("@", []), ("a@b@c", []), ("user.@x", []),
    ])
    func mail(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test func tooLongLocalParts() {
        #expect(extracted(String(repeating: "a", count: 64) + "@evil.com").count == 1)
        #expect(extracted(String(repeating: "a", count: 65) + "@evil.com") == ["domain evil.com"])
    }
}

@Suite struct PublicSuffixTests {
    /// The cases of the list's own test data that differ in their rule.
    @Test(arguments: [
        ("example.com", "example.com"), ("b.example.com", "example.com"), ("a.b.example.co.uk", "example.co.uk"),
        ("WwW.Example.COM", "example.com"), ("example.biz", "example.biz"),
        // A wildcard and its exceptions.
        ("b.c.kobe.jp", "b.c.kobe.jp"), ("a.b.c.kobe.jp", "b.c.kobe.jp"), ("city.kobe.jp", "city.kobe.jp"),
        ("www.city.kobe.jp", "city.kobe.jp"), ("www.ck", "www.ck"), ("www.www.ck", "www.ck"), ("kobe.jp", "kobe.jp"),
        ("b.test.ck", "b.test.ck"),
        // Of owners.
        ("user.github.io", "user.github.io"), ("a.user.github.io", "user.github.io"),
        // In both forms.
        ("www.食狮.公司.cn", "食狮.公司.cn"), ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("a.b.onion", "b.onion"),
    ])
    func registrableDomains(host: String, domain: String) {
        #expect(PublicSuffixes.registrableDomain(of: host) == domain)
    }

    @Test(arguments: [
        "com", "co.uk", "c.kobe.jp", "test.ck", "github.io", "a.unknown", "unknown", "", ".com", "a..com",
    ])
    func suffixesHaveNone(host: String) { #expect(PublicSuffixes.registrableDomain(of: host) == nil) }
}
