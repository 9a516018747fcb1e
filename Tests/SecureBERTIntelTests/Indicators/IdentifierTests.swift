import SecureBERTIntel
import Testing

/// Hashes, identifiers of catalogues, addresses of currencies.
@Suite struct IdentifierTests {
    static let md5 = "d41d8cd98f00b204e9800998ecf8427e"
    static let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    static let sha256 = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"

    @Test(arguments: [(md5, "md5"), (sha1, "sha1"), (sha256, "sha256"), (sha256 + sha256, "sha512")])
    func hashes(hash: String, type: String) {
        let expected = "\(type) \(hash.lowercased())"
        #expect(extracted("MD5: \(hash), and =\(hash)") == [expected, expected])
        #expect(extracted("(\(hash):\(hash)) x_\(hash)-y") == [expected, expected, expected])
        #expect(extracted("\(hash)0 x\(hash) 0x\(hash) é\(hash) \(hash.dropLast()) \(hash.dropLast())g") == [])
        #expect(extracted("\(hash).exe") == ["file-name \(hash).exe"])
        #expect(extracted(String(repeating: "a", count: hash.count)) == [])
        #expect(extracted(String(repeating: "12345678", count: hash.count / 8)) == [])
    }

    @Test(arguments: [
        ("CVE-2021-44228, cve-2017-0144.", ["cve CVE-2021-44228", "cve CVE-2017-0144"]),
        ("CVE\u{2011}2021\u{2011}26855 CVE–2020–1472", ["cve CVE-2021-26855", "cve CVE-2020-1472"]),
        ("CVE 2021 44228", ["cve CVE-2021-44228"]), ("CVE_2021_44228", ["cve CVE-2021-44228"]),
        ("CVE-2021-1732-Exploit", ["cve CVE-2021-1732"]), ("(CVE-1999-0001)", ["cve CVE-1999-0001"]),
        ("CVE-2021-123", []), ("CVE-21-44228", []), ("XCVE-2021-44228", []), ("CVE-2021-44228a", []), ("CVE-2021", []),
        ("CVE-3021-44228", []), ("CVE", []),
        ("CWE-79 and CWE 89", ["cwe CWE-79", "cwe CWE-89"]), ("cwe\u{2013}787", ["cwe CWE-787"]),
        ("CWE-12345", []), ("CWE-79x", []), ("CWE", []), ("CWE-0", []),
    ])
    func vulnerabilities(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    @Test(arguments: [
        ("[T1059.001], T1566", ["attack-technique T1059.001", "attack-technique T1566"]),
        ("T0855", ["attack-technique T0855"]),
        ("T1059.", ["attack-technique T1059"]), ("T1059.1", ["attack-technique T1059"]),
        ("T1001-T1005", ["attack-technique T1001", "attack-technique T1005"]),
        (
            "TA0001 by G0007 with S0154, M1036 and M0801",
            [
                "attack-tactic TA0001", "attack-group G0007", "attack-software S0154", "attack-mitigation M1036",
                "attack-mitigation M0801",
            ]
        ),
        ("T2059", []), ("TA505", []), ("TA4903", []), ("S4567", []), ("M2000", []), ("XT1059", []), ("T10590", []),
        ("T1059a", []),
        ("HP-M1005", []), ("t1059", []), ("G2345", []), ("T0123", []),
    ])
    func attack(text: String, expected: [String]) { #expect(extracted(text) == expected) }

    /// Addresses that were published, and the same with one character changed.
    @Test(arguments: [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ])
    func bitcoin(address: String) {
        let value = address.hasPrefix("BC1") ? address.lowercased() : address
        #expect(extracted("pay to \(address).") == ["bitcoin \(value)"])
        let last: Character = address.last == "2" ? "3" : "2"
        #expect(extracted("pay to \(address.dropLast())\(last).") == [])
        #expect(extracted("pay to \(address)2.") == [])
    }

    /// A checksum of the wrong version of the encoding (BIP 350), mixed case (BIP 173), a wrong length of the program.
    @Test(arguments: [
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8f3t4",
        "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
    ])
    func refusedWitnessAddresses(address: String) { #expect(extracted(address) == []) }

    @Test(arguments: [
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
        "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H",
    ])
    func monero(address: String) {
        #expect(extracted("XMR: \(address)") == ["monero \(address)"])
        #expect(extracted("XMR: \(address.dropLast())a") == [])
    }

    /// From the page of the Keccak team and from Ethereum, which uses the same function.
    @Test(arguments: [
        ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ])
    func keccak(message: String, digest: String) {
        let hexadecimal = Keccak256.hash(Array(message.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(hexadecimal.joined() == digest)
    }

    /// A message of exactly one block, and one byte less: the padding is a block, and a byte.
    @Test func keccakOfWholeBlocks() {
        let digests = (134...138).map { Keccak256.hash([UInt8](repeating: 0x61, count: $0)) }
        #expect(Set(digests).count == 5)
    }
}
