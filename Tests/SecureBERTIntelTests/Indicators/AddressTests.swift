import SecureBERTIntel
import Testing

/// Addresses of networks and of hardware, and autonomous systems.
@Suite struct AddressTests {
    @Test(arguments: [
        ("The beacon talked to 185.220.101.34 every hour.", ["ipv4 185.220.101.34"]),
        (
            "(91.92.240.113), 91.92.240.114; then 91.92.240.115.",
            [
                "ipv4 91.92.240.113", "ipv4 91.92.240.114", "ipv4 91.92.240.115",
            ]
        ),
        ("from 10.0.0.1-10.0.0.9", ["ipv4 10.0.0.1", "ipv4 10.0.0.9"]),
        ("listens on 0.0.0.0", ["ipv4 0.0.0.0"]),
        ("IP=5.6.7.8", ["ipv4 5.6.7.8"]),
        ("at 5.6.7.8.Then", ["ipv4 5.6.7.8"]),
        ("下载自5.6.7.8的文件", ["ipv4 5.6.7.8"]),
        ("the range 203.0.113.0/24 was scanned", ["cidr 203.0.113.0/24"]),
        ("2.3.4.5/443 open", ["ipv4 2.3.4.5"]),
        ("prior build, but 8.8.8.8", ["ipv4 8.8.8.8"]), ("version 1.2.3[.]4", ["ipv4 1.2.3.4"]),
        ("1.2.3[.]4HOSTER", ["ipv4 1.2.3.4"]), ("1.2.3[.]42020-06", []),
    ])
    func ipv4(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test(arguments: [
        "Windows 10.0.19041.746", "version 1.2.3.4", "v1.2.3.4", "v 1.2.3.4", "Version: 1.2.3.4", "build 7.1.0.2",
        "before 8.2.1.4", "prior to 8.2.1.4", "see section 4.1.2.3", "1.2.3.4.5", "Chrome/44.0.2.130",
        "openssl-1.0.2.1",
        "256.1.1.1", "01.02.03.04", "0.1.2.3", "1.2.3", "a1.2.3.4", "1.2.3.4a",
    ])
    func numbersThatAreNoAddress(text: String) { #expect(extracted(text) == []) }

    @Test(arguments: [
        ("sent to 2001:db8:85a3::8a2e:370:7334 by", ["ipv6 2001:db8:85a3::8a2e:370:7334"]),
        ("FE80::1.", ["ipv6 fe80::1"]),
        ("2001:0db8:0000:0000:0000:ff00:0042:8329", ["ipv6 2001:0db8:0000:0000:0000:ff00:0042:8329"]),
        ("mapped ::ffff:192.0.2.128 here", ["ipv6 ::ffff:192.0.2.128"]),
        ("loopback (::1)", ["ipv6 ::1"]),
        ("IP:2001:db8::7: up", ["ipv6 2001:db8::7"]),
        ("2001:db8::/32 is for examples", ["cidr 2001:db8::/32"]),
        ("at 12:30:45 on", []), ("std::string and ab::cd", []), ("::", []), ("face::b00k", []), ("1:2:3:4:5:6:7", []),
        ("1:2:3:4:5:6:7:8:9", []), ("2001:db8::1::2", []), ("AB:CD:12:34:AB:CD:12:34", []), ("12345::1", []),
        ("daemon:x:100:100::/home", ["file-path /home"]),
    ])
    func ipv6(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test func portsAreApart() throws {
        let text = "45.77.1.9:8443 [2001:db8::9]:443 evil.net:8080. 1.2.3.4:99999 1.2.3.4:80:tcp"
        let indicators = IndicatorExtractor()(text)
        #expect(indicators.map(\.port) == [8443, 443, 8080, nil, 80])
        #expect(indicators.map(\.value) == ["45.77.1.9", "2001:db8::9", "evil.net", "1.2.3.4", "1.2.3.4"])
        #expect(
            indicators.map(\.text) == ["45.77.1.9:8443", "[2001:db8::9]:443", "evil.net:8080", "1.2.3.4", "1.2.3.4:80"])
    }

    @Test(arguments: [
        ("MAC 00:1A:2B:3c:4d:5E was", ["mac 00:1a:2b:3c:4d:5e"]),
        ("00-1A-2B-3C-4D-5E", ["mac 00-1a-2b-3c-4d-5e"]),
        ("001a.2b3c.4d5e", ["mac 001a.2b3c.4d5e"]),
        ("aabb.ccdd.eeff", ["mac aabb.ccdd.eeff"]),
        ("00:1A:2B:3C:4D", []), ("00:1A:2B:3C:4D:5E:6F", []), ("00:1A-2B:3C:4D:5E", []), ("00:1A:2B:3C:4D:5G", []),
        ("001a.2b3c.4d5e.6f70", []),
    ])
    func hardware(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test(arguments: [
        ("hosted at AS13335 (Cloudflare)", ["asn AS13335"]),
        ("ASN 64512, asn: 4200000000, ASN: AS174", ["asn AS64512", "asn AS4200000000", "asn AS174"]),
        ("announced by AS 197695", ["asn AS197695"]),
        ("AS 400", []), ("an AS400", []), ("AS2 protocol", []), ("ASN1 and ASN.1", []), ("AS4294967296", []),
        ("BAS123", []),
        ("as 13335 of them", []), ("AS0123", []), ("AS123abc", []),
    ])
    func autonomousSystems(text: String, expected: [String]) { #expect(extracted(text) == expected) }
}
