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
    private let scorer: SequenceScorer
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
        scorer = SequenceScorer(model: model, head: head)
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
        try run(
            inputs.map { Input($0, mode: mode ?? defaultMode, calibration: calibration, truncate: truncate) })
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
        let inputs = inputs.map { Input($0, mode: mode, calibration: nil, truncate: truncate) }
        return try LogitTask(classifier: self, withNgrams: withNgrams).run(inputs)
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

extension TextClassifier: WindowedTask {
    /// A text to classify.
    package struct Input: Sendable {
        let text: TextInput
        let mode: Mode
        let calibration: ClassifierCalibration?
        let truncate: Bool

        package init(_ text: TextInput, mode: Mode, calibration: ClassifierCalibration? = nil, truncate: Bool = false) {
            (self.text, self.mode, self.calibration, self.truncate) = (text, mode, calibration, truncate)
        }
    }

    package struct Reading: TaskReading {
        let sequence: SequenceScorer.Reading
        /// What n-grams add to the logits; empty for a model without.
        let ngramLogits: [Float]
        let mode: Mode
        let temperature: Float
        package var windows: [Encoding] { sequence.windows }
    }

    package func read(_ input: Input) throws -> Reading { try read(input, withNgrams: true) }

    package func rows(of windows: [Encoding]) throws -> [[Float]] { try scorer.rows(of: windows) }

    package func finish(_ reading: Reading, _ rows: [[Float]]) throws -> Result {
        let (logits, usage) = try logits(reading, rows)
        let scaled = logits.map { $0 / reading.temperature }
        let scores = reading.mode == .softmax ? softmax(scaled) : scaled.map { Logit($0).sigmoid }
        let order = logits.indicesOfLargest(logits.count) { $0 }
        return Result(
            labels: order.map { Label(name: labels[$0], score: scores[$0], logit: Logit(logits[$0])) }, usage: usage)
    }

    fileprivate func read(_ input: Input, withNgrams: Bool) throws -> Reading {
        let text = prepared(input.text)
        let sequence = try scorer.read(
            .init(
                text: text, merging: input.mode == .softmax ? .weightedMean : .maximum, truncate: input.truncate))
        let added = try withNgrams ? ngrams.map { $0(try tokens(of: text, truncate: input.truncate)) } : nil
        return Reading(
            sequence: sequence, ngramLogits: added ?? [], mode: input.mode,
            temperature: Float(input.calibration?.temperature ?? 1))
    }

    fileprivate func logits(_ reading: Reading, _ rows: [[Float]]) throws -> (logits: [Float], usage: InputUsage) {
        let (logits, usage) = try scorer.finish(reading.sequence, rows)
        return (reading.ngramLogits.isEmpty ? logits : zip(logits, reading.ngramLogits).map(+), usage)
    }

    /// The same up to the logits.
    fileprivate struct LogitTask: WindowedTask {
        let classifier: TextClassifier
        let withNgrams: Bool

        func read(_ input: Input) throws -> Reading { try classifier.read(input, withNgrams: withNgrams) }
        func rows(of windows: [Encoding]) throws -> [[Float]] { try classifier.rows(of: windows) }
        func finish(_ reading: Reading, _ rows: [[Float]]) throws -> (logits: [Float], usage: InputUsage) {
            try classifier.logits(reading, rows)
        }
    }
}
