import SecureBERTIntel
import SecureBERTJSON
import Testing

/// Ids of cyber-observable objects as the Python library stix2 3.0.2 computes them.
@Suite struct StixObservableTests {
    @Test(arguments: [
        (IndicatorType.ipv4, "198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
        (.cidr, "198.51.100.0/24", "ipv4-addr--1ea47840-aa39-5aa8-b4a2-cd203eb6662a"),
        (.ipv6, "2001:db8::1", "ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26"),
        (.domain, "evil.example.com", "domain-name--6262c8a9-ac28-50fe-a7df-f5923bb2ee14"),
        (.url, "https://evil.example.com/a?b=c#d", "url--32826e24-d739-56f9-8add-7391966d6b2b"),
        (.email, "a@evil.example.com", "email-addr--b2f756bf-edde-5332-8d79-539cc0f39cec"),
        (.md5, "d41d8cd98f00b204e9800998ecf8427e", "file--02fff920-f614-527c-81d1-6353633a6d21"),
        (.sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "file--fa6e66a5-f019-51f9-8ab5-812023e58c6e"),
        (
            .sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "file--22f8ff52-8f62-5f03-a53a-6f50f54fd74c"
        ),
        (
            .sha512,
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            "file--39cf7bb7-502d-50ad-845c-b910a0598953"
        ),
        (.fileName, "it's \"here\"\u{8}\u{C}\u{1}é🚨.exe", "file--715316e6-66e9-52b2-a653-e6d8cd65049f"),
        (.filePath, #"C:\Windows\Temp\evil.exe"#, "file--f756fd4b-f21e-567c-a422-4ff32ac7be39"),
        (.filePath, #"C:\Windows\Temp\"#, "directory--65bf9886-c2fc-5ab1-b872-66a740617647"),
        (.registryKey, #"HKLM\Software\Evil"#, "windows-registry-key--ca33e681-1d6b-5159-b591-351b1d981990"),
        (.asn, "AS13335", "autonomous-system--0204c07d-e4dd-5f14-a3d5-c93cb1c5a9fc"),
        (.mac, "00-1b-44-11-3a-b7", "mac-addr--8ea8ba43-a4e7-5069-b0d2-78f3def129bf"),
        (.mutex, #"Global\x'y"#, "mutex--41cf04ff-bf41-599d-b598-6303de444eef"),
    ])
    func idsAreThoseOfTheSpecification(type: IndicatorType, value: String, id: String) {
        let bundle = bundle(type, value)
        #expect(bundle["objects"]?.arrayValue?.contains { $0.id == id } == true)
        let indicator = bundle.objects("indicator").first
        let relationship = bundle.object("relationship", "target_ref", id)
        #expect(relationship?["source_ref"]?.stringValue == indicator?.id)
        #expect(relationship?["relationship_type"]?.stringValue == "related-to")
    }

    /// What STIX has no object for, and what its objects have no room for.
    @Test(arguments: [
        (IndicatorType.userAgent, "Mozilla/4.0", true), (.domain, "_dmarc.example.org", true),
        (.domain, "ab--cd.example.org", true), (.url, "example.org/a", true), (.bitcoin, "1BoatSLR", false),
        (.email, "a@localhost", true), (.email, "a..b@example.org", true), (.monero, "4", false),
        (.yaraRule, "Emotet", false), (.sigmaRule, "x", false), (.cwe, "CWE-79", false),
        (.attackTechnique, "T9999", false), (.cve, "CVE-2021-04228", false), (.mutex, "", false),
    ])
    func otherIndicatorsHaveNoObservable(type: IndicatorType, value: String, hasPattern: Bool) {
        let bundle = bundle(type, value)
        #expect(bundle.objects("indicator").count == (hasPattern ? 1 : 0))
        #expect(bundle.objects("relationship").isEmpty)
        #expect(bundle["objects"]?.arrayValue?.count == (hasPattern ? 4 : 3))
    }

    @Test(arguments: [
        (IndicatorType.fileName, #"a'b\c"#, #"[file:name = 'a\'b\\c']"#),
        (.mutex, "x' OR ipv4-addr:value = '1", #"[mutex:name = 'x\' OR ipv4-addr:value = \'1']"#),
        (.cidr, "198.51.100.0/24", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
        (.cidr, "2001:db8::/32", "[ipv6-addr:value ISSUBSET '2001:db8::/32']"),
        (.ipv6, "::ffff:192.0.2.1", "[ipv6-addr:value = '::ffff:c000:201']"),
        (.sha256, "e3b0", "[file:hashes.'SHA-256' = 'e3b0']"), (.asn, "AS13335", "[autonomous-system:number = 13335]"),
        (
            .filePath, #"C:\it's\a.exe"#,
            #"[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\it\'s']"#
        ),
        (.filePath, "/etc/", "[directory:path = '/etc']"), (.filePath, "C:\\", #"[directory:path = 'C:\\']"#),
        (.filePath, "/x", "[file:name = 'x' AND file:parent_directory_ref.path = '/']"),
        (.registryKey, #"hkcu\A"#, #"[windows-registry-key:key = 'HKEY_CURRENT_USER\\A']"#),
        (
            .userAgent, "it's",
            #"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'it\'s']"#
        ),
        (.url, "https://a.org/ü b\"%zz%41#x#y[1]", "[url:value = 'https://a.org/%C3%BC%20b%22%25zz%41#x%23y%5B1%5D']"),
        (.url, "http://[2001:db8::1]:80/", "[url:value = 'http://[2001:db8::1]:80/']"),
        (.url, "a.org/x", "[url:value LIKE '%://a.org/x']"),
    ])
    func patternsAreEscaped(type: IndicatorType, value: String, pattern: String) {
        #expect(bundle(type, value).objects("indicator").first?["pattern"]?.stringValue == pattern)
    }

    private func bundle(_ type: IndicatorType, _ value: String) -> JSON {
        var builder = AnalysisBuilder("see \(value) there")
        builder.add(type, value)
        return StixBundle([builder.analysis], published: UTCTime(secondsSince1970: 0)).json
    }
}
