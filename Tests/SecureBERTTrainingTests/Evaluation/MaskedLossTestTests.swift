import SecureBERT
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The masked loss on cases worked out by hand.
@Suite struct MaskedLossTestTests {
    static func exponential(_ x: Double) -> Double { exp(x) }

    @Test func lossesOfLogits() throws {
        let logits = try Tensor([0, 0, 0, 0, 1, 2, 3, 4], shape: [2, 4])
        let found = try MaskedLossTest.losses(logits, targets: [1, 3])
        #expect(abs(found[0].loss - log(4)) < 1e-6)
        #expect(abs(found[1].loss - (log(exp(1) + exp(2) + exp(3) + exp(4)) - 4)) < 1e-6)
        #expect(found[1].isFirst)
    }

    @Test func masksAreDrawnWithoutReplacement() {
        for count in [1, 2, 7, 100, 510] {
            for rate in [0.15, 0.3, 1] {
                let masks = MaskedLossTest.masks(count, rate: rate, seed: 3, number: count)
                #expect(masks.count == max(1, Int((Double(count) * rate).rounded())))
                #expect(Set(masks).count == masks.count)
                #expect(masks == masks.sorted())
                #expect(masks.allSatisfy { (0..<count).contains($0) })
                #expect(masks == MaskedLossTest.masks(count, rate: rate, seed: 3, number: count))
            }
        }
        let draws = (0..<400).map { MaskedLossTest.masks(10, rate: 0.1, seed: 0, number: $0)[0] }
        for position in 0..<10 { #expect((20...65).contains(draws.count { $0 == position })) }
    }

    @Test func figuresByHand() {
        var loss = MaskedLoss(seed: 1)
        loss.add(1, isFound: true, document: 0, group: "text")
        loss.add(3, isFound: false, document: 0, group: "text")
        loss.add(5, isFound: false, document: 2, group: "code")
        loss.addText(tokens: 10, bytes: 40, group: "text")
        loss.addText(tokens: 5, bytes: 10, group: "code")
        #expect(loss.groups == ["code", "text"])
        let total = loss.score()
        #expect(total.documents == 2)
        #expect(total.maskedTokens == 3)
        #expect(total.loss == 3)
        #expect(abs(total.perplexity - exp(3)) < 1e-9)
        #expect(abs(total.accuracy - 1.0 / 3) < 1e-12)
        #expect(abs(total.bitsPerByte - 3 / log(2) * 15 / 50) < 1e-12)
        #expect(total.interval.lowerBound >= 2 && total.interval.upperBound <= 5)
        #expect(loss.score(group: "text").loss == 2)
        #expect(loss.score(group: "code").interval == 5...5)
    }

    /// Windows, masks and batches: the same as one sequence after the other.
    @Test(arguments: ["roberta-mlm", "modernbert-mlm-old"])
    func measuresAModel(name: String) throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "The actor used the tool. ", count: 30)
        let path = try folder.write(
            "v.jsonl", "{\"text\": \"\(text)\", \"kind\": \"text\"}\n{\"text\": \"int x;\", \"kind\": \"code\"}\n")
        let model = try PretrainedModel(path: Fixtures.model(name), head: .maskedLanguageModel)
        var options = MaskedLossTest.Options()
        options.maximumTokens = 24
        options.maskRate = 0.3
        options.seed = 5
        let test = MaskedLossTest(try TextFiles(paths: [path]), options)
        let found = try test.run(MaskedModel(model))
        #expect(found.groups == ["code", "text"])
        guard case .maskedLanguageModel(let head) = model.transformer.head else { return }
        let mask = try #require(model.tokenizer.specialTokens.mask?.id)
        var (sum, count, number) = (0.0, 0, 0)
        for text in [text, "int x;"] {
            let ids = try model.tokenizer.encode(text, addSpecialTokens: false).ids
            let around = try model.tokenizer.encode("").ids
            for start in stride(from: 0, to: ids.count, by: 22) {
                var window = Array(ids[start..<min(ids.count, start + 22)])
                let masks = MaskedLossTest.masks(window.count, rate: 0.3, seed: 5, number: number)
                let targets = masks.map { window[$0] }
                for position in masks { window[position] = mask }
                let hidden = try model.transformer.encoder(.init([[around[0]] + window + [around[1]]]), model.compute)
                let rows = try model.compute.gather(hidden, masks.map { Int32($0 + 1) })
                for loss in try MaskedLossTest.losses(head(rows, model.compute), targets: targets) { sum += loss.loss }
                (count, number) = (count + masks.count, number + 1)
            }
        }
        #expect(found.total.tokens == count)
        #expect(abs(found.total.loss - sum) < 1e-4 * sum)
    }

    @Test func intervalsAreThoseOfTheSample() throws {
        let units = (0..<400).map { ($0 % 4 == 0 ? 1.0 : 0, 1.0) }
        let interval = try #require(Bootstrap.interval(units, seed: 1))
        // Four standard deviations of a share of 1/4 among 400 are 0.087.
        #expect(interval.lowerBound > 0.16 && interval.lowerBound < 0.24)
        #expect(interval.upperBound < 0.34 && interval.upperBound > 0.26)
        #expect(Bootstrap.interval(units, seed: 1) == interval)
        #expect(Bootstrap.interval([], seed: 1) == nil)
        #expect(Bootstrap.interval([(0, 0)], seed: 1) == nil)
        #expect(Bootstrap.interval([(3, 1)], seed: 1) == 3...3)
    }

    @Test func anEmptyCorpusIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("v.jsonl", "{\"text\": \"\"}\n")
        let model = try PretrainedModel(path: Fixtures.model("roberta-mlm"), head: .maskedLanguageModel)
        #expect { try MaskedLossTest(TextFiles(paths: [path])).run(MaskedModel(model)) } throws: {
            "\($0)".contains("has no text")
        }
    }
}
