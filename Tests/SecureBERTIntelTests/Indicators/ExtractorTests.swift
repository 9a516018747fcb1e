import SecureBERTIntel
import Testing

/// What holds for every text.
@Suite struct ExtractorTests {
    /// A generator with a seed, so that a failure can be seen again.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 31
        }
    }

    static let lines = [
        "hxxps://cdn[.]evil-site[.]com:8443/a/b.php?x=1, user[at]evil(dot)com and 10.0.0[.]1:80",
        #"C:\Program Files\Evil Corp\a b.exe, HKLM\SOFTWARE\Windows NT\x and /etc/passwd; \\srv\c$\x.dll"#,
        "CVE–2021–44228 (CWE-79) T1059.001 TA0001 AS13335 00:1a:2b:3c:4d:5e 2001:db8::1/64 [::1]:80",
        "d41d8cd98f00b204e9800998ecf8427e 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\nrule a_1 : b {\nSigma rule: X",
        "mutex named “Global\\x1”, User-Agent: Mozilla/5.0 (X11; é) x/1",
        "中文evil.com。 пример.рф xn--p1ai “Press Note 1.docm” %TEMP%\\x.exe ~/.ssh/x",
        #"evil\[.\]com [.] evil[.com a[:]b h**p://x.com/a\_b \\.\pipe\x C:\a\.b"#,
    ]
    static let pieces = [
        "[.]", "://", "[", "]", "(", ")", ".", ":", "/", "\\", "@", "%", "$env:", "\"", "'", "“", "é", "中", "🙂", " ",
        "\n", "\u{0}", "_",
        "-", "*", "hxxp", "www.", ".com", ".exe", "1.1", "::", "f", "HKLM\\", "C:\\", "Global\\", "rule x", "[://]",
        "[:]", "<a>", "{",
    ]

    /// Ranges are in order and inside, do not overlap, and hold what `text` says.
    static func check(_ text: String) {
        let utf8 = Array(text.utf8)
        var end = 0
        for indicator in IndicatorExtractor()(text) {
            let range = indicator.range
            #expect(
                range.lowerBound >= end && !range.isEmpty && range.upperBound <= utf8.count, "\(text): \(indicator)")
            guard range.upperBound <= utf8.count else { return }
            #expect(Array(indicator.text.utf8) == Array(utf8[range]), "\(text): \(indicator)")
            #expect(!indicator.value.isEmpty, "\(text): \(indicator)")
            end = range.upperBound
        }
    }

    @Test(arguments: 0..<20) func mutatedLines(seed: UInt64) {
        var generator = Generator(state: seed)
        for line in Self.lines {
            for _ in 0..<100 {
                var scalars = Array(line.unicodeScalars)
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let first = Int.random(in: 0..<scalars.count, using: &generator)
                    let last = min(scalars.count, first + Int.random(in: 0...3, using: &generator))
                    let piece = Self.pieces.randomElement(using: &generator) ?? ""
                    scalars.replaceSubrange(first..<last, with: piece.unicodeScalars)
                }
                Self.check(String(String.UnicodeScalarView(scalars)))
            }
        }
    }

    @Test(arguments: 0..<20) func soup(seed: UInt64) {
        var generator = Generator(state: seed &+ 1000)
        for _ in 0..<200 {
            let count = Int.random(in: 0...40, using: &generator)
            Self.check((0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined())
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            Self.check(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func everyPrefix() {
        for line in Self.lines {
            let scalars = Array(line.unicodeScalars)
            for count in 0...scalars.count { Self.check(String(String.UnicodeScalarView(scalars[..<count]))) }
        }
    }

    /// Texts of one piece again and again: with more than linear time they would not end.
    @Test(arguments: [
        "a.", "a-", "_", "http://", "http://a@", "http://a:", "1.1.1.1.", "1.1.1.1-", "A", "é", "中", "中a", "\\",
        "\\\\a\\", "[.]", "a[.]",
        "a [.] ", "(", "<a>/", "/<a>", "/1=", "/a=<", ":", "::", "1:", "1::", "@", "a@", "a@b.com", "%", "%a%\\",
        "$env:", "~/", "/",
        "C:\\", "C:\\a ", "\"C:\\a ", "C:\\a b.exe-", "HKLM\\A B ", "HKLM\\a (", "T1059-", "T1059.001.",
        "CVE-2021-44228", "AS1 ",
        "00:11:", "00-11-", "aabb.ccdd.", "User-Agent: ", "Mozilla/5.0 (", "mutex ", "mutex \"", "rule a : ",
        "Global\\", "sigma rule: ",
        "a.com/", "a.com,", "x.com.The.", "a b.exe ", "\"a A.exe", "\u{0}", "🙂", "[:]", "hxxp[://]",
    ])
    func longTexts(piece: String) {
        let long = String(repeating: piece, count: 300_000 / piece.utf8.count)
        Self.check(long)
        Self.check("x" + long + "evil.com")
    }

    @Test func typesAreChosen() {
        let text = "evil.com 1.2.3.4 http://1.2.3.4/a"
        #expect(IndicatorExtractor(types: [.ipv4])(text).map(\.value) == ["1.2.3.4"])
        #expect(IndicatorExtractor(types: [])(text) == [])
        #expect(IndicatorExtractor()(text).map(\.type) == [.domain, .ipv4, .url])
        #expect(IndicatorExtractor()("") == [])
    }
}
