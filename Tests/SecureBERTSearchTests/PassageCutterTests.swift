import SecureBERTSearch
import Testing

/// How documents are cut, seen through an index.
@Suite struct PassageCutterTests {
    /// The passages of a text, in order.
    private func passages(_ text: String, title: String = "") throws -> [SearchPassage] {
        let index = try TestIndex()
        try index.update([document("d", text, title: title)])
        return try index.reading().read { reader in
            try reader.passages(Array(1...10_000)).map(\.passage)
        }
    }

    private func words(_ count: Int, _ word: String) -> String {
        (0..<count).map { "\(word)\($0)" }.joined(separator: " ")
    }

    @Test func aShortTextIsOnePassage() throws {
        let found = try passages("\n\n  The loader runs.\nIt sleeps.  \n")
        #expect(found.map(\.text) == ["The loader runs.\nIt sleeps."])
        #expect(found.first?.scalars == 4..<31)
        #expect(found.first?.lines == 3...4)
    }

    @Test func passagesFitAndSentencesStayWhole() throws {
        let sentences = (0..<30).map { "Sentence \($0) has \(words(3, "w"))." }
        let found = try passages(sentences.joined(separator: " "))
        #expect(found.count > 3)
        for passage in found {
            #expect(passage.text.hasPrefix("Sentence") && passage.text.hasSuffix("."))
            // 32 tokens less the two special ones.
            #expect(passage.text.split(separator: " ").count <= 30)
        }
        // Every passage but the first begins with a sentence of the one before it, and none is lost.
        for (first, second) in zip(found, found.dropFirst()) {
            #expect(second.scalars.lowerBound < first.scalars.upperBound)
        }
        for sentence in sentences { #expect(found.contains { $0.text.contains(sentence) }) }
    }

    @Test func paragraphsAreKeptTogetherAndHeadingsWithTheirText() throws {
        let found = try passages("\(words(20, "a")).\n\n# Heading of it\n\n\(words(20, "b")).\n")
        #expect(found.map { $0.text.prefix(4) } == ["a0 a", "# He"])
        #expect(found.last?.lines == 3...5)
    }

    @Test func aSentenceLongerThanAPassageIsCutBetweenWords() throws {
        let found = try passages(words(500, "word"))
        #expect(found.count >= 16)
        let all = found.flatMap { $0.text.split(separator: " ").map(String.init) }
        #expect(Set(all) == Set((0..<500).map { "word\($0)" }))
    }

    @Test func offsetsCountScalars() throws {
        let text = "é👩‍💻 " + (0..<40).map { "Ünit\($0) läuft." }.joined(separator: " ")
        let scalars = Array(text.unicodeScalars)
        for passage in try passages(text) {
            #expect(String(String.UnicodeScalarView(scalars[passage.scalars])) == passage.text)
        }
    }

    @Test func aTextWithoutSpacesEnds() throws {
        let found = try passages(String(repeating: "漢", count: 20_000))
        #expect(found.map(\.text).joined().count >= 20_000)
    }
}
