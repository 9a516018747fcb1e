import SecureBERT
import SecureBERTModels
import SecureBERTTensor
import TestSupport
import Testing

/// Contributions by gradient x input, against differences of the logits themselves.
@Suite struct GradientAttributionTests {
    private static let text = "Emotet dropped TrickBot, see CVE-2021-44228."

    /// The logits of a text when the vector behind the embeddings at one token is scaled.
    private static func difference(_ model: PretrainedModel, _ ids: [Int32], token: Int?, scale: Float) throws -> Double
    {
        guard case .sequenceClassification(let head) = model.transformer.head else { throw TestFailure() }
        let batch = try TokenBatch([ids])
        let hidden = try model.transformer.encoder(
            batch, model.compute,
            changingEmbeddings: { embedded in
                var values = try embedded.floats()
                let width = embedded.shape[1]
                if let token { for index in token * width..<(token + 1) * width { values[index] *= scale } }
                return try Tensor(values, shape: embedded.shape.dimensions)
            }, observe: { _, _ in })
        let logits = try head(hidden, batch.sequences, model.compute).floats()
        return Double(logits[1] - logits[0])
    }

    struct TestFailure: Error {}

    @Test(arguments: ["modernbert-sequence-cls", "bert-sequence", "roberta-sequence"])
    func contributionsAreTheSlopesOfTheLogits(name: String) throws {
        let model = try PretrainedModel(path: Fixtures.model(name), compute: Compute(threads: 1))
        let classifier = try TextClassifier(model)
        let attribution = try GradientAttribution(classifier)
        let parts = try attribution(Self.text, for: classifier.labels[1], against: classifier.labels[0])
        let encoding = try model.tokenizer.encode(Self.text)
        #expect(parts.count > 5 && parts.contains { $0.value != 0 })
        let step: Float = 1.0 / 64
        let largest = parts.map { abs($0.value) }.max() ?? 0
        for part in parts {
            // Tokens that share their place are given together.
            let tokens = encoding.offsets.indices.filter { encoding.offsets[$0] == part.range }
            let slope = try tokens.reduce(0.0) { sum, token in
                let up = try Self.difference(model, encoding.ids, token: token, scale: 1 + step)
                let down = try Self.difference(model, encoding.ids, token: token, scale: 1 - step)
                return sum + (up - down) / Double(2 * step)
            }
            #expect(abs(slope - Double(part.value)) <= 0.02 * Double(largest) + 1e-4, "\(part) \(slope)")
        }
    }

    @Test func sharesOfNgramsAddUpToWhatTheyAddToTheLogits() throws {
        let ids: [Int32] = [5, 9, 5, 9, 7, 7, 7, 2]
        let features = NgramFeatures(order: 3, bits: 4, texts: [ids, [1, 2, 3], [5, 9]])
        let weights = (0..<features.buckets * 3).map { Float($0 % 7) - 2.5 }
        let bias: [Float] = [0.5, -1, 2]
        let ngrams = NgramWeights(features: features, weights: weights, bias: bias, scale: 1.5)
        let logits = ngrams(ids)
        let shares = ngrams.shares(of: ids, label: 2, against: 0)
        let expected = logits[2] - logits[0] - 1.5 * (bias[2] - bias[0])
        #expect(shares.count == ids.count && abs(shares.reduce(0, +) - expected) < 1e-4)
        #expect(abs(expected) > 0.01)
    }

    @Test func labelsThatAreNotThereAreRefused() throws {
        let classifier = try TextClassifier(PretrainedModel(path: Fixtures.model("modernbert-sequence-cls")))
        let attribution = try GradientAttribution(classifier)
        #expect(throws: TaskError.self) { try attribution("a", for: "nobody", against: classifier.labels[0]) }
    }
}
