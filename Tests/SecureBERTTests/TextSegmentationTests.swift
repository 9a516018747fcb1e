import SecureBERT
import Testing

@Suite struct TextSegmentationTests {
    private func sentences(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return TextSentences.ranges(in: text).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    private func paragraphs(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return TextParagraphs(text).map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test func paragraphsEndAtEmptyLinesHeadingsItemsAndLongLines() {
        let long = String(repeating: "word ", count: 30)
        let text = "# Title\nA wrapped\nparagraph.\r\n\r\n- first\n  goes on\n12. second\n\(long)\nlast"
        #expect(
            paragraphs(text) == ["# Title", "A wrapped\nparagraph.", "- first\n  goes on", "12. second", long, "last"])
        #expect(TextParagraphs(text).map(\.lines) == [1...1, 2...3, 5...6, 7...7, 8...8, 9...9])
        #expect(paragraphs("").isEmpty)
        #expect(paragraphs(" \n\t\n").isEmpty)
        #expect(paragraphs(String(repeating: "no end here\n", count: 400)).allSatisfy { $0.utf8.count <= 1500 })
    }

    @Test func sentencesEndWhereANewOneBegins() {
        #expect(
            sentences("The actor ran cmd.exe. It then deleted\nshadow copies! Was 10.0.0.1 used? Yes.")
                == ["The actor ran cmd.exe.", "It then deleted\nshadow copies!", "Was 10.0.0.1 used?", "Yes."])
        #expect(
            sentences("He said \"run it.\" Then (as seen.) 3 hosts fell.") == [
                "He said \"run it.\"", "Then (as seen.)", "3 hosts fell.",
            ])
        #expect(
            sentences("It said \u{201C}stop.\u{201D} \u{C9}tat was hit.") == [
                "It said \u{201C}stop.\u{201D}", "\u{C9}tat was hit.",
            ])
        #expect(sentences("See Fig. 3 and e.g. Windows, U.S. Government, J. Smith, Acme Inc. Servers.").count == 1)
        #expect(sentences("version 1.2 of a.b lower. case goes on").count == 1)
        #expect(sentences("").isEmpty)
        #expect(sentences("...").count == 1)
    }

    /// Sentences are in order, do not overlap, and leave out nothing but white space, whatever the text is.
    @Test func nothingIsLost() {
        var generator = SystemRandomNumberGenerator()
        let parts = [". ", "A", "b", "! ", "\n", "\n\n", "\u{201D}", "?", "\"", "U.S.", "é", "- ", "#", "\r\n", " "]
        for _ in 0..<500 {
            let text = (0..<40).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            let bytes = Array(text.utf8)
            var end = 0
            for range in TextSentences.ranges(in: text) {
                #expect(range.lowerBound >= end && !range.isEmpty, "\(text)")
                #expect(String(validating: bytes[range], as: UTF8.self) != nil, "\(text)")
                #expect(bytes[end..<range.lowerBound].allSatisfy { $0 <= 0x20 }, "\(text)")
                end = range.upperBound
            }
            #expect(bytes[end...].allSatisfy { $0 <= 0x20 }, "\(text)")
        }
    }
}
