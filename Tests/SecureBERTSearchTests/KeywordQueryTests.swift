import SecureBERTSearch
import Testing

@Suite struct KeywordQueryTests {
    @Test func identifiersAreWordsAndPhrases() {
        let query = KeywordQuery("How is CVE-2024-1234 exploited by T1059.001 from 10.0.0.1?")
        #expect(query.words == ["how", "cve", "2024", "1234", "exploited", "t1059", "001", "from", "10"])
        #expect(query.phrases == [["cve", "2024", "1234"], ["t1059", "001"], ["10", "0", "0", "1"]])
    }

    @Test func commonWordsCountWhenThereAreNoOthers() {
        #expect(KeywordQuery("IT").words == ["it"])
        #expect(KeywordQuery("C").words == ["c"])
        #expect(KeywordQuery("- . !").isEmpty)
    }

    @Test func longTextsAreCut() {
        let query = KeywordQuery(String(repeating: "a1-b2 ", count: 5000))
        #expect(query.words.count <= 128)
        #expect(query.phrases.count <= 128)
    }

    static let hostile = [
        "\"", "\"\"", "'", "a\" OR \"b", "NEAR(a b)", "a AND", "NOT", "OR OR OR", "col:word", "title:x", "{a b}:c",
        "^a", "a*",
        "(((", ")", "a -b", "+", "\u{0}", "a\u{0}b", "\\", "%_", "; DROP TABLE documents; --", "ünïcödé", "漢字 かな",
        "👩‍💻", "e\u{301}", "\u{202E}evil", "½ ² Ⅷ", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", "CVE-2024-3400", "T1059.001",
        "hxxp[:]//evil[.]example/a?b=c&d", "d41d8cd98f00b204e9800998ecf8427e", "C:\\Windows\\System32", "fts5(words)",
        String(repeating: "(", count: 10_000), String(repeating: "a ", count: 10_000),
        String(repeating: "x-", count: 5_000),
    ]

    @Test(arguments: hostile) func nothingThatIsTypedIsSyntax(text: String) throws {
        let index = try TestIndex()
        try index.update([document("a", "the loader uses CVE-2024-3400 and T1059.001"), document("b", "ünïcödé 漢字")])
        for mode in SearchQuery.Mode.allCases {
            for level in SearchLevel.allCases {
                _ = try index.ids(text) { ($0.mode, $0.level) = (mode, level) }
            }
        }
    }

    @Test func identifiersFindThemselvesFirst() throws {
        let index = try TestIndex()
        try index.update([
            document("parts", "in 2024 there were 1234 cve entries"), document("it", "patch CVE-2024-1234 now"),
            document("other", "CVE-2023-9999 is old"), document("defanged", "beacons to evil[.]example every hour"),
            document("address", "from 10.0.0.1 to 10.0.0.2"), document("technique", "PowerShell (T1059.001) was used"),
        ])
        func best(_ text: String) throws -> String? { try index.ids(text) { $0.mode = .bm25 }.first }
        #expect(try best("CVE-2024-1234") == "it")
        #expect(try best("evil.example") == "defanged")
        #expect(try best("10.0.0.2") == "address")
        #expect(try best("T1059.001") == "technique")
    }
}
