import SecureBERT
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct TokenSurpriseTests {
    private static let models = ["modernbert-mlm-new", "roberta-mlm", "bert-mlm"]

    /// With a pass for every token, each is what fill-mask says of it.
    @Test(arguments: models) func aPassForEachTokenIsExact(name: String) throws {
        let model = try PretrainedModel(path: Fixtures.model(name))
        let fill = try FillMask(model)
        let mask = try #require(model.tokenizer.specialTokens.mask).text
        let words = ["attack", " the", " server", " now"]
        let text = words.joined()
        let ids = try model.tokenizer.encode(text, addSpecialTokens: false).ids
        let found = try TokenSurprise(model, passes: 100)([text, "", "other text"])
        #expect(found[0].count == ids.count && found[1].isEmpty && !found[2].isEmpty)
        // The first token can be masked in the text itself.
        let first = model.tokenizer.decode([ids[0]], skipSpecialTokens: false)
        let rest = String(text.dropFirst(first.count))
        guard try model.tokenizer.encode(rest, addSpecialTokens: false).ids == Array(ids.dropFirst()) else { return }
        let prediction = try fill(mask + rest, topK: 1 << 20)[0].predictions.first { $0.id == ids[0] }
        #expect(abs(-log(try #require(prediction).score.value) - found[0][0]) < 1e-3)
    }

    @Test func fewPassesCoverEveryToken() throws {
        let model = try PretrainedModel(path: Fixtures.model("modernbert-mlm-new"))
        let text = "failed to read the message from the control stream of the node"
        let count = try model.tokenizer.encode(text, addSpecialTokens: false).ids.count
        for passes in [1, 2, 4] {
            let found = try TokenSurprise(model, passes: passes)([text])[0]
            #expect(found.count == count && found.allSatisfy { $0 > 0 })
        }
        #expect(try TokenSurprise(model, maximumTokens: 3)([text])[0].count == 3)
        let together = try TokenSurprise(model)(["a text", text])[1]
        for (one, other) in zip(together, try TokenSurprise(model)([text])[0]) { #expect(abs(one - other) < 1e-4) }
    }

    @Test func oddsAreThoseOfFillMask() throws {
        let model = try PretrainedModel(path: Fixtures.model("modernbert-mlm-new"))
        let mask = try #require(model.tokenizer.specialTokens.mask).text
        let all = try FillMask(model)("the text says \(mask).", topK: 1 << 20)[0].predictions
        func words(_ range: Range<Int>) -> [String] {
            all.filter { $0.token.hasPrefix(" ") }[range].map { String($0.token.dropFirst()) }
        }
        let (first, second) = (words(0..<3), words(5..<9))
        let odds = try #require(
            try ClozeOdds(model, before: " says", after: ".", first: first + ["no such single word"], second: second))
        func sum(_ words: [String]) -> Float {
            all.filter { words.contains(String($0.token.dropFirst())) && $0.token.hasPrefix(" ") }.reduce(0) {
                $0 + $1.score.value
            }
        }
        let expected = log(sum(first) / sum(second))
        #expect(abs(try odds(["the text"])[0] - expected) < 1e-3)
        #expect(try ClozeOdds(model, before: "", after: "", first: ["no such single word"], second: second) == nil)
    }

    @Test func otherModelsAreRefused() throws {
        let model = try PretrainedModel(path: Fixtures.model("bert-token"))
        #expect { try TokenSurprise(model) } throws: { "\($0)".contains("no masked language model head") }
    }
}
