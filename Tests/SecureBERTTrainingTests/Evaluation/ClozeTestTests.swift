import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

/// The cloze test on cases worked out by hand.
@Suite struct ClozeTestTests {
    private func set(_ rows: [(String, String)]) throws -> ClozeSet {
        let text = "sentence,answer\n" + rows.map { "\"\($0)\",\($1)\n" }.joined()
        return try ClozeSet(CSVTable(Array(text.utf8), file: "folder/objects.csv"))
    }

    private func model(_ name: String) throws -> MaskedModel {
        try MaskedModel(
            PretrainedModel(path: Fixtures.model(name), head: .maskedLanguageModel, compute: Compute(threads: 2)))
    }

    @Test func readsSentences() throws {
        let found = try set([("The <mask> runs.", "server"), ("Of [MASK]", "it")])
        #expect(found.name == "objects")
        #expect(found.items.map(\.before) == ["The ", "Of "])
        #expect(found.items.map(\.after) == [" runs.", ""])
        #expect(found.items.map(\.line) == [2, 3])
        for (rows, part) in [
            ([("No mask.", "x")], "line 2: the sentence has 0 masks"), ([("a <mask> <mask>", "x")], "has 2 masks"),
            ([("a <mask>", "")], "line 2: the answer is empty"), ([], "no sentences"),
        ] {
            #expect { try set(rows) } throws: { "\($0)".contains(part) }
        }
    }

    @Test func ranksCountWhatGoesBefore() {
        let scores: [Float] = [1, 3, 2, 3, .nan]
        let rank = { (index: Int) in scores.withUnsafeBufferPointer { ClozeTest.rank(of: index, in: $0) } }
        // Equal logits: the smaller id goes first.
        #expect([1, 3, 2, 0].map(rank) == [0, 1, 2, 3])
    }

    @Test func theAnswerTakesTheSpaceBeforeTheMaskAlong() throws {
        let tokenizer = try Tokenizer(folder: Fixtures.model("roberta-mlm"))
        let test = ClozeTest(try set([("a <mask> b", "of"), ("(<mask>)", "of"), ("a\n  <mask>", "of")]))
        let found = try test.questions(tokenizer, maskID: 399, capacity: 100)
        let spell = { (ids: [Int32]) in ids.map { tokenizer.token($0) ?? "" }.joined() }
        #expect(found.map { spell($0.answer) } == ["Ġof", "of", "Ġof"])
        for question in found {
            #expect(question.sequence.masks.count == question.answer.count)
            #expect(question.sequence.masks.allSatisfy { question.sequence.ids[$0] == 399 })
        }
        let around = found.map { question in spell(question.sequence.ids.filter { $0 != 399 }) }
        #expect(around == ["aĠb", "()", "aĊĠ"])
    }

    @Test func longSentencesKeepWhatStandsAroundTheMask() throws {
        let tokenizer = try Tokenizer(folder: Fixtures.model("roberta-mlm"))
        let words = String(repeating: " x", count: 50)
        let test = ClozeTest(try set([("\(words) <mask>\(words)", "x"), ("<mask>\(words)", "x"), ("x <mask>", "x")]))
        let found = try test.questions(tokenizer, maskID: 399, capacity: 11)
        #expect(found.map(\.isShortened) == [true, true, false])
        #expect(found[0].sequence.ids.count == 11)
        #expect(found[0].sequence.masks.first == (11 - found[0].answer.count) / 2)
        #expect(found[1].sequence.masks.first == 0)
        #expect(found[1].sequence.ids.count == 11)
    }

    @Test func scoresByHand() {
        let result = ClozeResult(
            name: "n", file: "f", ranks: [[0], [1], [4], [10], [0, 0], [0, 2], [.max, .max]], shortened: 0)
        let single = result.singleTokenScore()
        #expect(single.count == 4)
        #expect(single.accuracies.map(\.depth) == [1, 2, 3, 4, 5, 10])
        #expect(single.accuracies.map(\.value) == [0.25, 0.5, 0.5, 0.5, 0.75, 0.75])
        let mean = (1 + 0.5 + 0.2 + 1.0 / 11) / 4
        #expect(abs(single.meanReciprocalRank - mean) < 1e-12)
        let all = result.score()
        #expect(all.count == 7)
        #expect(all.accuracies.map { ($0.value * 7).rounded() } == [2, 3, 4, 4, 5, 5])
        for accuracy in single.accuracies + all.accuracies { #expect(accuracy.interval.contains(accuracy.value)) }
        #expect(ClozeResult(name: "", file: "", ranks: [], shortened: 0).score().accuracies[0].value == 0)
    }

    /// The first prediction of fill-mask has rank 0, the second rank 1.
    @Test(arguments: ["roberta-mlm", "modernbert-mlm-new", "bert-mlm"])
    func agreesWithFillMask(name: String) throws {
        let pretrained = try PretrainedModel(path: Fixtures.model(name), head: .maskedLanguageModel)
        let sentence = "The(<mask>) of it."
        let predictions = try #require(FillMask(pretrained)(sentence, topK: 8).first?.predictions)
        let words = predictions.filter { $0.token.utf8.allSatisfy { $0 > 0x60 && $0 < 0x7B } }
        var checked = 0
        for word in words where !pretrained.tokenizer.marksContinuations {
            let test = ClozeTest(try set([(sentence, word.token)]))
            let ranks = try test.run(MaskedModel(pretrained)).ranks
            guard ranks[0].count == 1 else { continue }
            #expect(ranks == [[try #require(predictions.firstIndex { $0.id == word.id })]])
            checked += 1
        }
        if name == "roberta-mlm" { #expect(checked > 0) }
        // Batches do not change ranks.
        let many = ClozeTest(try set([("x <mask> y", "of"), ("The <mask>", "the"), ("a <mask> longer text", "is")]))
        let together = try many.run(MaskedModel(pretrained)).ranks
        let rows = [("x <mask> y", "of"), ("The <mask>", "the"), ("a <mask> longer text", "is")]
        let alone = try rows.flatMap { try ClozeTest(set([$0])).run(MaskedModel(pretrained)).ranks }
        #expect(together == alone)
    }

    @Test func frequencyIsABaseline() throws {
        let tokenizer = try Tokenizer(folder: Fixtures.model("roberta-mlm"))
        let folder = try TemporaryFolder()
        let path = try folder.write("t.txt", "x of of of of the the q")
        let baseline = try UnigramBaseline(tokenizer, reader: TextFiles(paths: [path]), threads: 2)
        let (ofIDs, theIDs) = (
            try tokenizer.encode(" of", addSpecialTokens: false).ids,
            try tokenizer.encode(" the", addSpecialTokens: false).ids
        )
        let of = try #require(ofIDs.last)
        #expect(baseline.counts[Int(of)] == 4)
        #expect(baseline.ranks[Int(of)] == ofIDs.count - 1)
        let result = try ClozeTest(set([("a <mask>", "of"), ("a <mask>", "the")])).run(baseline)
        #expect(result.ranks == [ofIDs, theIDs].map { $0.map { baseline.ranks[Int($0)] } })
        #expect(baseline.loss(of: of) < baseline.loss(of: 0))
        let total = (0..<tokenizer.idBound).reduce(0.0) { $0 + Double.exp(-baseline.loss(of: Int32($1))) }
        #expect(abs(total - 1) < 1e-9)
        #expect(throws: CorpusError.self) { try UnigramBaseline(tokenizer, counts: [0, 0]) }
    }

    @Test func damagedWeightsAreNotScored() throws {
        let source = try ModelFolder(path: Fixtures.model("roberta-mlm"))
        let folder = try TemporaryFolder()
        for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"] {
            try folder.write(name, Fixtures.bytes("models/roberta-mlm/\(name)"))
        }
        let weights = try source.weights()
        let bias = try Tensor(Array(repeating: Float.nan, count: 400), shape: [400])
        try SafetensorsWriter.write(
            weights.tensorNames.map { ($0, $0 == "lm_head.bias" ? bias : try weights.tensor(named: $0)) },
            to: folder.file("model.safetensors"))
        let model = try MaskedModel(PretrainedModel(path: folder.path))
        #expect { try ClozeTest(set([("a <mask>", "b")])).run(model) } throws: { "\($0)".contains("not finite") }
        let text = try folder.write("t.txt", "some text")
        #expect { try MaskedLossTest(TextFiles(paths: [text])).run(model) } throws: {
            "\($0)".contains("not finite")
        }
    }

    @Test func aModelWithoutTheHeadIsRefused() throws {
        let model = try PretrainedModel(path: Fixtures.model("roberta-base"))
        #expect { try MaskedModel(model) } throws: { "\($0)".contains("no masked language model head") }
    }
}

extension Double {
    fileprivate static func exp(_ x: Double) -> Double { MaskedLossTestTests.exponential(x) }
}
