import SecureBERTTraining
import TestSupport
import Testing

/// Titles and texts of documents.
@Suite struct TitlePairsTests {
    private static let body = "An attacker can read any file of the server by asking for a path with two dots in it."

    private func pairs(_ lines: [String], _ change: (inout TitlePairs) -> Void = { _ in }) throws -> [TitlePairs.Pair] {
        let folder = try TemporaryFolder()
        try folder.write("corpus.jsonl", lines.joined(separator: "\n"))
        var titles = TitlePairs()
        change(&titles)
        return try titles(paths: [folder.file("corpus.jsonl")])
    }

    @Test func theTitleIsNoPartOfItsText() throws {
        let line = #"{"title": " Path traversal in x ", "text": "Path traversal in x\n\n\#(Self.body)", "source": "a"}"#
        #expect(try pairs([line]).map { [$0.title, $0.text] } == [["Path traversal in x", Self.body]])
    }

    @Test(arguments: [
        #"{"title": "CVE-2021-44228", "text": "\#(body)"}"#, #"{"text": "\#(body)"}"#,
        #"{"title": "Path traversal in x", "text": "Too short."}"#,
        #"{"title": "Path traversal in x", "text": "\#(body)", "kind": "code"}"#,
    ])
    func whatSaysTooLittleIsLeftOut(line: String) throws {
        #expect(try pairs([line]).isEmpty)
    }

    @Test func largeSourcesAreDrawnFrom() throws {
        let lines = (0..<40).map {
            #"{"title": "Path traversal number \#($0)", "text": "\#(Self.body)", "source": "\#($0 < 30 ? "big" : "small")"}"#
        }
        let some = try pairs(lines) { $0.maximumPerSource = 12 }
        #expect(some.count == 22)
        #expect(try pairs(lines) { $0.maximumPerSource = 12 } == some)
        #expect(try pairs(lines) { ($0.maximumPerSource, $0.seed) = (12, 1) } != some)
        #expect(throws: CorpusError.self) { try pairs([#"{"title": 1, "text": "a"}"#]) }
    }
}
