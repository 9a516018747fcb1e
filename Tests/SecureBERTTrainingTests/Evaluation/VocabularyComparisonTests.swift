import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

/// Fertility, counted by hand.
@Suite struct VocabularyComparisonTests {
    @Test(arguments: [1, 3]) func countsWordsAndTokens(threads: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "t.jsonl",
            "{\"text\": \"the (the) zq -- \", \"kind\": \"text\"}\n{\"text\": \"of\", \"kind\": \"code\"}\n"
                + "{\"text\": \"of the\", \"kind\": \"text\"}\n")
        let tokenizer = try Tokenizer(folder: Fixtures.model("roberta-mlm"))
        let comparison = VocabularyComparison(
            [tokenizer, try Tokenizer(folder: Fixtures.model("bert-mlm"))], reader: try TextFiles(paths: [path]))
        let groups = try comparison.run(threads: threads)
        #expect(groups.map(\.name) == ["code", "text"])
        let text = groups[1].statistics[0]
        #expect(text.documents == 2)
        #expect(text.bytes == 22)
        #expect(text.words == 6)
        #expect(text.bareWords == 5)
        let single = ["the", "zq", "of"].map { word in
            ((try? tokenizer.encode(" " + word, addSpecialTokens: false).count) ?? 0) == 1 ? 1 : 0
        }
        #expect(text.singleTokenWords == 3 * single[0] + single[1] + single[2])
        let tokens = try ["the (the) zq -- ", "of the"].map { try tokenizer.encode($0, addSpecialTokens: false).count }
        #expect(text.tokens == tokens[0] + tokens[1])
        #expect(text.tokensPerWord == Double(text.tokens) / 6)
        #expect(text.bytesPerToken == 22 / Double(text.tokens))
        #expect(groups[0].statistics.map(\.bytes) == [2, 2])
    }
}
