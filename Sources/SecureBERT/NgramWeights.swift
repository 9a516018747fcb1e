import SecureBERTCheckpoint
import SecureBERTTensor

/// A linear classifier over n-grams of tokens beside the encoder: its logits, scaled, are added to those of the head.
///
/// Names that decide a label by themselves are learned from a few thousand examples this way; a small encoder learns what words
/// mean together ("wide and deep", Cheng et al. 2016, arXiv 1606.07792). Kept in the model's folder as `ngrams.safetensors`, which
/// other programs ignore: to them the model is its encoder and head alone.
public struct NgramWeights: Sendable {
    /// The file in the model's folder.
    package static let fileName = ModelFolder.ngramsFileName

    /// What the logits are computed from.
    public let features: NgramFeatures
    /// What the logits are multiplied by.
    public let scale: Float
    /// For each bucket one for each label.
    private let weights: [Float]
    private let bias: [Float]

    /// - Parameters:
    ///   - features: What the weights are for.
    ///   - weights: [buckets, labels].
    ///   - bias: [labels].
    ///   - scale: What the logits are multiplied by.
    package init(features: NgramFeatures, weights: [Float], bias: [Float], scale: Float = 1) {
        (self.features, self.weights, self.bias, self.scale) = (features, weights, bias, scale)
    }

    /// The logits of a text, in the order of the model's labels.
    package func callAsFunction(_ ids: [Int32]) -> [Float] {
        var logits = bias
        for (bucket, value) in features(ids) {
            for label in logits.indices { logits[label] += value * weights[bucket * logits.count + label] }
        }
        return logits.map { $0 * scale }
    }

    /// What each token adds to the logit of one label less that of another, without the bias.
    package func shares(of ids: [Int32], label: Int, against other: Int) -> [Float] {
        features.shares(of: ids) { bucket in
            scale * (weights[bucket * bias.count + label] - weights[bucket * bias.count + other])
        }
    }

    /// The same weights with another scale.
    package func scaled(_ scale: Float) -> NgramWeights {
        NgramWeights(features: features, weights: weights, bias: bias, scale: scale)
    }
}

extension NgramWeights {
    private static let format = "securebert-ngrams-1"

    /// Reads those of a folder; nil when it has none.
    /// - Parameters:
    ///   - folder: The model's.
    ///   - labels: How many the model has.
    ///   - compute: Where halves become floats.
    /// - Throws: `CheckpointError` when the file is malformed or of another number of labels.
    init?(folder: String, labels: Int, _ compute: Compute) throws {
        let path = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: path) != nil else { return nil }
        func error(_ problem: String) -> CheckpointError {
            CheckpointError(
                .malformed, file: path, "\(problem); remove the file, or make it again with securebert finetune ngrams")
        }
        let file = try SafetensorsFile(path: path)
        let metadata = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        guard metadata["format"] == Self.format else { throw error("its format is not \(Self.format)") }
        guard let order = metadata["order"].flatMap(Int.init), NgramFeatures.orders.contains(order),
            let scale = metadata["scale"].flatMap(Float.init), scale.isFinite
        else { throw error("has no \"order\" from 1 to 5 and no \"scale\" that is a number") }
        func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
            guard let found = file.tensorDescription(named: name), found.shape.dimensions == shape else {
                throw error("has no tensor \"\(name)\" of shape \(shape)")
            }
            let values = try compute.float32(file.tensor(named: name)).floats()
            guard values.allSatisfy(\.isFinite) else { throw error("\"\(name)\" has values that are not finite") }
            return values
        }
        let buckets = file.tensorDescription(named: "idf")?.shape.dimensions.first ?? 0
        guard buckets.nonzeroBitCount == 1, NgramFeatures.bits.contains(buckets.trailingZeroBitCount) else {
            throw error("the number of its buckets is \(buckets), which is no power of two up to 2^24")
        }
        self.init(
            features: NgramFeatures(order: order, inverseFrequency: try floats("idf", [buckets])),
            weights: try floats("weights", [buckets, labels]), bias: try floats("bias", [labels]), scale: scale)
    }

    /// Writes them into a model's folder, in bfloat16.
    /// - Throws: `CheckpointError` when that fails.
    package func write(toFolder folder: String, _ compute: Compute) throws {
        func half(_ values: [Float], _ shape: [Int]) throws -> Tensor {
            try compute.converted(Tensor(values, shape: shape), to: .bfloat16)
        }
        try SafetensorsWriter.write(
            [
                ("idf", half(features.inverseFrequency, [features.buckets])),
                ("weights", half(weights, [features.buckets, bias.count])), ("bias", half(bias, [bias.count])),
            ],
            metadata: [("format", Self.format), ("order", "\(features.order)"), ("scale", "\(scale)")],
            to: FileSystem.join(folder, Self.fileName))
    }
}
