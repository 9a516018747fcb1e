import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

/// Every loss against the reference's value and gradients (Scripts/fixtures/losses.py).
@Suite struct LossTests {
    private let golden: SafetensorsFile
    private let compute: Compute

    init() throws {
        golden = try SafetensorsFile(path: "\(Fixtures.path)/losses/losses.safetensors")
        compute = try Compute(threads: 2)
    }

    private func tensor(_ name: String) throws -> Tensor { try compute.float32(golden.tensor(named: name)) }
    private func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }
    private func integers(_ name: String) throws -> [Int32] {
        try floats(name).map { Int32($0) }
    }

    private func expect(_ loss: LossValue, _ name: String, _ operands: [String]) throws {
        let expected = Double(try floats("\(name).loss")[0])
        #expect(abs(loss.value - expected) <= 1e-5 * max(1, abs(expected)), "\(name) is \(loss.value), not \(expected)")
        for (operand, gradient) in zip(operands, loss.gradients) {
            let reference = try floats("\(name).\(operand).gradient")
            try #require(reference.count == gradient.count)
            let scale = reference.map(abs).max() ?? 0
            let worst = zip(reference, gradient).map { abs($0 - $1) }.max() ?? 0
            #expect(worst <= 1e-5 * scale, "\(name): the gradient of \(operand) is off by \(worst) of \(scale)")
        }
    }

    @Test func binaryCrossEntropy() throws {
        let logits = try floats("bce.logits")
        let loss = try BinaryLoss.crossEntropy(positiveWeights: floats("bce.weights"))(
            logits, floats("bce.targets"), labels: 4, denominator: Double(logits.count))
        try expect(loss, "bce", ["logits"])
    }

    /// Of a target between, the loss is that of both answers, weighted by it.
    @Test func binaryCrossEntropyOfSmoothedTargets() {
        func loss(_ target: Float) -> LossValue {
            BinaryLoss.crossEntropy(positiveWeights: [3, 1])([0.7, -2], [target, target], labels: 2, denominator: 1)
        }
        let (absent, present, between) = (loss(0), loss(1), loss(0.95))
        #expect(abs(between.value - (0.05 * absent.value + 0.95 * present.value)) < 1e-6)
        for index in 0..<2 {
            let mean = 0.05 * absent.gradients[0][index] + 0.95 * present.gradients[0][index]
            #expect(abs(between.gradients[0][index] - mean) < 1e-6)
        }
    }

    @Test func asymmetric() throws {
        let logits = try floats("asymmetric.logits")
        let loss = try BinaryLoss.asymmetric(positiveFocus: 1)(
            logits, floats("asymmetric.targets"), labels: 4, denominator: Double(logits.count))
        try expect(loss, "asymmetric", ["logits"])
    }

    @Test func focal() throws {
        let loss = try FocalLoss(focus: 2, classWeights: floats("focal.weights"))(
            floats("focal.logits"), integers("focal.targets"), denominator: 5)
        try expect(loss, "focal", ["logits"])
    }

    @Test func multipleNegativesRanking() throws {
        for (name, loss) in [
            ("ranking", RankingLoss()), ("symmetric", RankingLoss(isSymmetric: true)),
            ("matryoshka", RankingLoss(dimensions: [(10, 1), (4, 0.5)])),
        ] {
            let value = try loss(queries: tensor("\(name).queries"), documents: tensor("\(name).documents"), compute)
            try expect(value, name, ["queries", "documents"])
        }
    }

    /// A document that is no wrong answer has no influence on a query.
    @Test func ignoredDocumentsDoNotCount() throws {
        let (queries, documents) = (try tensor("ranking.queries"), try tensor("ranking.documents"))
        let size = documents.shape[1]
        let ignored = (0..<6).map { (query: $0, document: 7) }
        let loss = try RankingLoss()(queries: queries, documents: documents, ignored: ignored, compute)
        #expect(loss.gradients[1][7 * size..<8 * size].allSatisfy { $0 == 0 })
        #expect(loss.gradients[1][8 * size..<9 * size].contains { $0 != 0 })
    }

    @Test func similarities() throws {
        try expect(
            PairSimilarityLoss.coSENT(floats("cosent.cosines"), labels: floats("cosent.labels")), "cosent", ["cosines"])
        try expect(
            PairSimilarityLoss.triplet(floats("triplet.positives"), floats("triplet.negatives")), "triplet",
            ["positives", "negatives"])
    }

    @Test func listwise() throws {
        let loss = try ListwiseLoss.callAsFunction(
            floats("listwise.scores"), relevances: floats("listwise.relevances"), lists: [0..<4, 4..<7, 7..<9],
            denominator: 2)
        try expect(loss, "listwise", ["scores"])
    }

    @Test func conditionalRandomField() throws {
        let (transitions, start, end) = (
            try floats("field.transitions"), try floats("field.start"), try floats("field.end")
        )
        let field = ConditionalRandomField(labels: 3, transitions: transitions, start: start, end: end)
        let emissions = try floats("field.emissions")
        let path = try integers("field.path").map(Int.init)
        try expect(
            field.loss(emissions, path: path, denominator: 1), "field", ["emissions", "transitions", "start", "end"])
        let rows = stride(from: 0, to: emissions.count, by: 3).map { Array(emissions[$0..<$0 + 3]) }
        let best = LabelPath(labels: ["O", "A", "B"], transitions: transitions, start: start, end: end)(rows)
        #expect(try best == integers("field.best").map(Int.init))
    }

    /// On a tape, the gradient flows on to what the operand depends on, scaled.
    @Test func recordedLossesPassTheirGradientOn() throws {
        let parameter = try Parameter(name: "x", Tensor([1, -2, 3], shape: [3]), compute)
        let tape = GradientTape()
        let recording = compute.recording(on: tape)
        let doubled = try recording.scale(parameter.value, by: 2)
        let loss = try recording.loss(of: [doubled]) { operands in
            LossValue(Double(operands[0].reduce(0) { $0 + $1 * $1 }), gradients: [operands[0].map { 2 * $0 }])
        }
        try tape.backward(from: recording.scale(loss, by: 0.5), compute)
        // 0.5 (2x)^2, whose derivative is 4x.
        #expect(try parameter.gradient?.floats() == [4, -8, 12])
        #expect(throws: TensorError.self) {
            try recording.loss(of: [doubled]) { _ in LossValue(0, gradients: [[1]]) }
        }
    }
}
