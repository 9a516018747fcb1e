import SecureBERTTraining
import Testing

/// Every rule with the examples that Documentation/corpus.md gives.
@Suite struct CleaningRuleTests {
    private func check(
        _ cases: [(String, String)], location: SourceLocation = #_sourceLocation, _ rule: ([UInt8]) -> [UInt8]
    ) {
        for (text, expected) in cases {
            #expect(String(decoding: rule(Array(text.utf8)), as: UTF8.self) == expected, sourceLocation: location)
        }
    }

    @Test func everyTextBecomesUTF8() {
        let cases: [([UInt8], String)] = [
            ([0xEF, 0xBB, 0xBF, 0x61], "a"), (Array("caf".utf8) + [0xE9], "café"),
            ([0x93] + Array("quoted".utf8) + [0x94], "“quoted”"), ([0xFF, 0xFE, 0x61, 0, 0xE9, 0], "aé"),
            ([0xFE, 0xFF, 0, 0x61], "a"), (Array("naïve 中 😀".utf8), "naïve 中 😀"), ([0xC3], "Ã"), ([], ""),
            // A surrogate in UTF-8, and an overlong slash.
            ([0xED, 0xA0, 0x80], "í \u{20AC}".replacing(" ", with: "\u{A0}")), ([0xC0, 0xAF], "À¯"),
        ]
        for (bytes, expected) in cases {
            #expect(String(decoding: TextEncoding.utf8(of: bytes), as: UTF8.self) == expected)
        }
    }

    @Test func charactersHaveOneSpelling() {
        check(
            [
                ("a\r\nb\rc\n", "a\nb\nc\n"), ("a\u{0C}b\u{0B}c", "a\nb\nc"), ("N\u{8}NA\u{8}AM\u{8}ME", "NAME"),
                ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("a\u{0}b\u{7}c\u{7F}", "abc"),
                ("zero\u{200B}width\u{FEFF} so\u{AD}ft", "zerowidth soft"), ("a\u{A0}b\u{2009}c\u{3000}d", "a b c d"),
                ("‘it’s’ “quoted” «x»", "'it's' \"quoted\" \"x\""), ("man‑in‐the−middle", "man-in-the-middle"),
                ("2019–2021 — later", "2019-2021 - later"), ("wait…", "wait..."), ("ﬁle oﬀset ﬂag", "file offset flag"),
                ("• one\n  ● two\na • b", "- one\n  - two\na • b"), ("é中→", "é中→"), ("", ""),
                ("plain\ttext\n", "plain\ttext\n"),
            ], Characters.clean)
    }

    @Test func whitespaceIsLayout() {
        check(
            [
                ("  a \t b  \n\n\n\nc\n", "a b\n\nc"), ("\n\n\n", ""), ("a\tb", "a b"), ("one two", "one two"),
                ("a  \nb", "a\nb"),
            ],
            Whitespace.collapse)
        check(
            [
                ("    if x:\n        y  \n\n\n\n\n    z\n", "if x:\n    y\n\n\nz"),
                ("\n\tint x;\n\tint y;\n", "int x;\nint y;"),
                ("a\n  b", "a\n  b"), ("", ""),
            ], Whitespace.trimCode)
    }

    @Test func layoutLinesGo() {
        check(
            [
                ("a\n-----\nb\n", "a\nb\n"), ("=*=*=*=\nx\n", "x\n"), ("+---+---+\n| a | b |\n", "| a | b |\n"),
                ("┌───┐\n│ a │\n└───┘\n", "│ a │\n"), ("2.1 Scope ........ 14\nScope\n", "Scope\n"),
                ("Annex A . . . . . xii\n", ""), ("Page 3 of 12\n- 7 -\n[Page 4]\nPage\n", "Page\n"),
                ("2024\n- 7 is odd\n", "2024\n- 7 is odd\n"), ("--\n...\n", "--\n"),
                ("version 1.2.3.4\n", "version 1.2.3.4\n"),
            ], LineRules.removeLayout)
    }

    @Test func brokenWordsAreJoined() {
        check(
            [
                ("a vulner-\nability in", "a vulnerability in"), ("a man-in-\nthe-middle", "a man-in-the-middle"),
                ("pages 3-\n5", "pages 3-\n5"), ("X-\nray", "X-\nray"), ("-\n", "-\n"), ("a-\n", "a-\n"),
                ("exploi-\n   tation", "exploitation"),
            ], Hyphenation.join)
    }

    @Test func wrappedParagraphsBecomeOneLine() {
        let first = "The attacker obtained the credentials of an administrator and"
        check(
            [
                ("\(first)\nmoved laterally.\n", "\(first) moved laterally.\n"),
                ("short\nlines\n", "short\nlines\n"),
                ("- \(first)\n  moved.\n- next\n", "- \(first) moved.\n- next\n"),
                ("\(first)\n\nmoved.\n", "\(first)\n\nmoved.\n"),
                (
                    "int main(int argc, char **argv, char **environment) {\n    return 0;\n}\n",
                    "int main(int argc, char **argv, char **environment) {\n    return 0;\n}\n"
                ),
                (
                    "name            value            another column of text here\nb               c                d\n",
                    "name            value            another column of text here\nb               c                d\n"
                ),
            ], SoftBreaks.join)
    }

    @Test func citationsGo() {
        check(
            [
                ("used PsExec.(Citation: Mandiant 2020)(Citation: NCSC 2019)", "used PsExec."),
                ("was found [12], [3, 4] and [5-7]", "was found, and"), ("argv[1] and a[2]", "argv[1] and a[2]"),
                ("see [this] and [x1]", "see [this] and [x1]"), ("[1] Title", "[1] Title"), ("a [1]b", "a b"),
                ("f(x) (see below)", "f(x) (see below)"),
            ], Citations.remove)
    }

    @Test func addressesOfPeopleGo() {
        check(
            [
                ("write to jane.doe@corp.example.net.", "write to user@example.com."),
                ("<a@b.co>, c@d", "<user@example.com>, c@d"), ("@mention and user@host", "@mention and user@host"),
                ("x@y.z1 1@2.3", "x@y.z1 1@2.3"), ("a+b_c%d@e-f.org!", "user@example.com!"), ("@", "@"),
                ("a@b.com@c.org", "user@example.com@c.org"),
            ], EmailAddresses.replace)
    }

    @Test func furnitureOfPagesGoes() {
        let pages = ["one", "two", "three", "four", "five", "six"].enumerated().map {
            "ACME Report 2024 | \($0)\n\nText of page \($1) only.\n\nConfidential\n"
        }
        let text = PageFurniture.remove(Array(pages.joined(separator: "\u{0C}").utf8))
        let plain = String(decoding: text, as: UTF8.self)
        #expect(!plain.contains("ACME"))
        #expect(!plain.contains("Confidential"))
        #expect(plain.contains("Text of page three only."))
        check([("one\u{0C}two", "one\ntwo")], PageFurniture.remove)
    }

    @Test func furnitureOfSitesGoes() {
        let pages = (0..<10).map { number in
            let own = String(repeating: "x", count: number + 1)
            return Array(
                "Home\nSearch\n\n\(own)1\n\(own)a\n\(own)b\n\(own)c\n\(own)d\nSynopsis\n\(own)e\n\(own)f\n\(own)g\n\(own)h\n\(own)i\nCopyright 20\(10 + number)\n"
                    .utf8)
        }
        let furniture = SiteFurniture(pages: pages)
        let plain = String(decoding: furniture.remove(from: pages[3]), as: UTF8.self)
        #expect(!plain.contains("Home"))
        #expect(!plain.contains("Copyright"))
        #expect(plain.contains("Synopsis"))
        #expect(plain.contains("xxxxa"))
        #expect(SiteFurniture(pages: [pages[0], pages[1]]).isEmpty)
    }

    @Test func noticesAtTheStartOfCodeGo() {
        check(
            [
                ("/* Copyright 2020 X\n * MIT licensed */\nint x;", "int x;"),
                ("#!/bin/sh\n# SPDX-License-Identifier: MIT\n# (c) Y\n\necho\n", "#!/bin/sh\n\necho\n"),
                ("// Adds two numbers.\nint add();\n", "// Adds two numbers.\nint add();\n"), ("int x;\n", "int x;\n"),
                ("/* Copyright", "/* Copyright"), ("", ""),
            ], LicenseHeader.remove)
    }

    @Test func documentsAreCutAtParagraphs() {
        let text = Array((1...40).map { "Paragraph \($0) has some words in it." }.joined(separator: "\n\n").utf8)
        let parts = DocumentParts.split(text, at: 300, .text)
        #expect(parts.count > 3)
        #expect(parts.allSatisfy { $0.count <= 330 && $0.starts(with: Array("Paragraph".utf8)) })
        #expect(Array(parts.joined(separator: Array("\n\n".utf8))) == text)
        #expect(DocumentParts.split(Array(repeating: 0x61, count: 100), at: 30, .text).count == 4)
        let wide = Array(String(repeating: "中", count: 50).utf8)
        for part in DocumentParts.split(wide, at: 40, .code) { #expect(String(validating: part, as: UTF8.self) != nil) }
        #expect(DocumentParts.split(text, at: 1 << 20, .text) == [text])
    }
}
