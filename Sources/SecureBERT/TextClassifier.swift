import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Assigns labels to whole texts.
public struct TextClassifier: Sendable {
    public struct Label: Sendable {
        public let name: String
        public let score: Probability
        public let logit: Logit
    }

    public struct Result: Sendable {
        /// Highest score first.
        public let labels: [Label]
        public let usage: InputUsage

        /// The probability that it is any label but one, of a model whose labels exclude each other: that a function is
        /// vulnerable, whatever its weakness, is that of all but "safe". Nil when there is no such label.
        public func probability(except name: String) -> Probability? {
            guard labels.contains(where: { $0.name == name }) else { return nil }
            return Probability(labels.reduce(0) { $1.name == name ? $0 : $0 + $1.score.value })
        }
    }

    /// How logits become probabilities.
    public enum Mode: String, Sendable, CaseIterable {
        /// Labels exclude each other.
        case softmax
        /// Each label is present or not, whatever the others are.
        case sigmoid
    }

    let model: PretrainedModel
    private let head: SequenceHead
    let normalizer: IdentifierNormalizer?
    /// What n-grams of the whole text add to the logits; nil when the model's folder has none.
    public let ngrams: NgramWeights?
    /// The model's labels in the order of its logits.
    public let labels: [String]
    /// What the configuration says, as the reference reads it: sigmoid for several labels at once and for a single label.
    public let defaultMode: Mode

    /// - Throws: ``TaskError`` when the model has no sequence classification head; `CheckpointError` when the folder's
    ///   ``NgramWeights`` do not fit it.
    public init(_ model: PretrainedModel) throws {
        guard case .sequenceClassification(let head) = model.transformer.head else {
            throw model.lacks("sequence classification")
        }
        self.model = model
        self.head = head
        let configuration = model.folder.configuration.shared
        labels = configuration.labels
        ngrams = try NgramWeights(folder: model.path, labels: configuration.labels.count, model.compute)
        normalizer = configuration.normalizesIdentifiers ? IdentifierNormalizer() : nil
        defaultMode =
            configuration.problemType == .multiLabelClassification || configuration.labels.count == 1
            ? .sigmoid : .softmax
    }

    /// Classifies texts, in order. When `config.json` has `normalize_identifiers`, as models of `finetune vuln` can, they are
    /// source code and pass through ``IdentifierNormalizer`` first.
    ///
    /// A text longer than the model is read in overlapping windows. Their logits are averaged, weighted by their tokens, when
    /// labels exclude each other; otherwise the largest counts, because a label that is present in one window is present.
    /// - Parameters:
    ///   - inputs: Texts, or pairs of texts.
    ///   - mode: nil for ``defaultMode``.
    ///   - calibration: Its temperature divides the logits before they become scores; ``calibration()`` has the model's.
    ///   - truncate: Read only what fits the model, and say so in the result.
    public func callAsFunction(
        _ inputs: [TextInput], mode: Mode? = nil, calibration: ClassifierCalibration? = nil, truncate: Bool = false
    ) throws -> [Result] {
        let mode = mode ?? defaultMode
        let temperature = Float(calibration?.temperature ?? 1)
        return try logits(inputs, mode: mode, truncate: truncate).map { logits, usage in
            let scaled = logits.map { $0 / temperature }
            let scores = mode == .softmax ? softmax(scaled) : scaled.map { Logit($0).sigmoid }
            let order = logits.indicesOfLargest(logits.count) { $0 }
            return Result(
                labels: order.map { Label(name: labels[$0], score: scores[$0], logit: Logit(logits[$0])) }, usage: usage
            )
        }
    }

    /// The calibration in the model's folder; nil when there is none.
    /// - Throws: `CheckpointError` when it is malformed or of other labels.
    public func calibration() throws -> ClassifierCalibration? {
        try ClassifierCalibration(folder: model.path, labels: labels)
    }

    /// The logits of texts, in the order of ``labels``: those of the head, windows merged, and what n-grams add.
    /// - Parameter withNgrams: Whether to add the latter.
    package func logits(
        _ inputs: [TextInput], mode: Mode, truncate: Bool, withNgrams: Bool = true
    ) throws -> [(logits: [Float], usage: InputUsage)] {
        let prepared = inputs.map(prepared)
        let results = try model.sequenceLogits(prepared, head, truncate: truncate) { windows, weights in
            mode == .softmax ? WindowMerging.weightedMean(windows, weights) : WindowMerging.maximum(windows)
        }
        guard withNgrams, let ngrams else { return results }
        return try zip(prepared, results).map { input, result in
            let added = ngrams(try tokens(of: input, truncate: truncate))
            return (zip(result.logits, added).map(+), result.usage)
        }
    }

    /// The token ids that n-grams are made of.
    package func tokens(of input: TextInput) throws -> [Int32] { try tokens(of: prepared(input), truncate: false) }

    private func prepared(_ input: TextInput) -> TextInput {
        normalizer.map { normalizer in input.map(normalizer.callAsFunction) } ?? input
    }

    private func tokens(of input: TextInput, truncate: Bool) throws -> [Int32] {
        let room = model.maximumTokens - model.tokenizer.specialTokenCount(isPair: input.pair != nil)
        return try model.tokenizer.encode(
            input.text, pair: input.pair, addSpecialTokens: false,
            truncation: truncate ? Truncation(maximumLength: room) : nil
        ).ids
    }
}
