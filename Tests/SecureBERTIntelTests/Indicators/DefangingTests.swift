import SecureBERTIntel
import Testing

/// Every way of defanging, with the range in the original text.
@Suite struct DefangingTests {
    @Test(arguments: [
        ("evil[.]com", "domain evil.com"), ("evil(.)com", "domain evil.com"), ("evil{.}com", "domain evil.com"),
        ("evil<.>com", "domain evil.com"), ("evil[dot]com", "domain evil.com"), ("evil(dot)com", "domain evil.com"),
        ("evil(DOT)com", "domain evil.com"), ("evil [.] com", "domain evil.com"), ("evil [dot] com", "domain evil.com"),
        ("evil[ . ]com", "domain evil.com"), ("evil [.]com", "domain evil.com"), ("evil\\.com", "domain evil.com"),
        ("evil\\[.\\]com", "domain evil.com"), ("evil\\[.]com", "domain evil.com"), ("evil.]com", "domain evil.com"),
        ("evil[.com", "domain evil.com"), ("a[.]b[.]evil[.]com", "domain a.b.evil.com"),
        ("1[.]2[.]3[.]4", "ipv4 1.2.3.4"), ("1.2.3[.]4", "ipv4 1.2.3.4"), ("1[dot]2[dot]3[dot]4", "ipv4 1.2.3.4"),
        ("1.2.3[.]4[:]8080", "ipv4 1.2.3.4"),
        ("1.2.3[.]0/24", "cidr 1.2.3.0/24"),
        ("2001[:]db8[:][:]1", "ipv6 2001:db8::1"),
        ("hxxp://evil.com", "url http://evil.com"), ("hXXps://evil.com", "url https://evil.com"),
        ("hxtp://evil.com/a", "url http://evil.com/a"), ("htxp://evil.com/a", "url http://evil.com/a"),
        ("h**p://evil.com/a", "url http://evil.com/a"), ("h__ps://evil.com/a", "url https://evil.com/a"),
        ("meow://evil.com/a", "url http://evil.com/a"), ("fxp://evil.com/a", "url ftp://evil.com/a"),
        ("http[:]//evil.com/a", "url http://evil.com/a"), ("hxxp[://]evil[.]com/a", "url http://evil.com/a"),
        ("hxxp[:/]/evil.com", "url http://evil.com"), ("hxxps:[//]evil.com", "url https://evil.com"),
        ("hxxp://evil[.]com[/]a", "url http://evil.com/a"), ("hxxp:\\\\evil.com/a", "url http://evil.com/a"),
        ("evil[.]com/gate[.]php", "url evil.com/gate.php"), ("hxxp://evil [.] com/a", "url http://evil.com/a"),
        ("user[@]evil.com", "email user@evil.com"), ("user[at]evil[dot]com", "email user@evil.com"),
        ("user(at)evil(dot)com", "email user@evil.com"), ("user (at) evil (dot) com", "email user@evil.com"),
        ("user [at] evil [.] com", "email user@evil.com"), ("user<at>evil<dot>com", "email user@evil.com"),
        ("invoice_2[.]zip", "file-name invoice_2.zip"), ("setup[.]exe", "file-name setup.exe"),
    ])
    func forms(text: String, expected: String) throws {
        for (before, behind) in [("", ""), ("to “", "”."), ("| ", " |"), ("é (", ")"), ("x[.]y ", " z[.]q")] {
            let indicators = IndicatorExtractor()(before + text + behind)
            try #require(indicators.count == 1, "\(before + text + behind): \(indicators)")
            let indicator = indicators[0]
            #expect("\(indicator.type.rawValue) \(indicator.value)" == expected)
            #expect(indicator.text == text && indicator.isDefanged)
            #expect(indicator.range == before.utf8.count..<before.utf8.count + text.utf8.count)
        }
    }

    @Test(arguments: [
        "http://evil.com/a", "evil.com", "1.2.3.4", "a@evil.com", "C:\\a\\b.exe", "HKEY\\_LOCAL\\_MACHINE\\Software\\a",
    ])
    func whatIsNotDefanged(text: String) {
        let indicators = IndicatorExtractor()(text)
        #expect(indicators.map(\.isDefanged) == [false])
    }

    /// Brackets and escapes that stand for themselves.
    @Test(arguments: [
        ("C:\\Users\\foo\\.ssh\\id", "C:\\Users\\foo\\.ssh\\id"), ("\\\\.\\pipe\\evil", "\\\\.\\pipe\\evil"),
        ("C:\\a\\b\\_c.exe", "C:\\a\\b\\_c.exe"),
    ])
    func leftAlone(text: String, value: String) { #expect(extracted(text) == ["file-path \(value)"]) }

    @Test(arguments: [
        "use [.] instead", "a [...] b", "end. (at) noon", "x[dot", "[.]", "[.][.][.]", "(:)", "regex \\d+\\.\\d+",
    ])
    func nothing(text: String) { #expect(extracted(text) == []) }

    /// What is written out for people is read back as the same.
    @Test(arguments: [
        "http://evil.com/gate.php", "https://user:pass@a.evil.com:8443/x?y=1.2#z", "ftp://evil.com/a", "evil.com",
        "evil.com:8080",
        "a.b.evil.co.uk/x.y", "user.name@evil.com", "1.2.3.4", "1.2.3.4:8080", "1.2.3.0/24", "2001:db8::1",
        "[2001:db8::1]:443",
        "2001:db8::/32", "::1/128", "evil.com/a://b", "http://[2001:db8::1]:80/x", "http://1.2.3.4/x", "CVE-2021-44228",
        "evil.exe",
        "d41d8cd98f00b204e9800998ecf8427e", "C:\\a\\b.exe",
    ])
    func roundTrip(text: String) throws {
        let first = try #require(IndicatorExtractor()(text).first)
        let defanged = first.defanged
        let second = try #require(IndicatorExtractor()("seen: \(defanged) (again)").first)
        #expect(second.type == first.type && second.value == first.value && second.port == first.port)
        #expect(second.text == defanged)
        #expect(!defanged.contains("http") && !defanged.contains("@e"))
    }

    @Test(arguments: [
        ("http://evil.com/gate.php", "hxxp[:]//evil[.]com/gate.php"), ("evil.com", "evil[.]com"),
        ("user@evil.com", "user[@]evil[.]com"), ("1.2.3.4:80", "1[.]2[.]3[.]4:80"),
        ("a.evil.com/b.c", "a[.]evil[.]com/b.c"),
        ("[2001:db8::1]:443", "[2001[:]db8[:][:]1]:443"), ("T1059.001", "T1059.001"),
    ])
    func output(text: String, expected: String) { #expect(IndicatorExtractor()(text).map(\.defanged) == [expected]) }
}
