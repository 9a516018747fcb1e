import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Which parts of a text a classifier's answer rests on, by gradient x input.
///
/// The contribution of a token is the dot product of its vector behind the embeddings with the gradient there of one logit less another
/// (Denil et al. 2014, arXiv 1412.6815; Shrikumar et al. 2016, arXiv 1605.01713): by how much the difference would change, to first
/// order, if the vector were taken away. Behind the embeddings means behind their norm: a norm does not see how long a vector
/// is, so in front of it the product would be zero. N-grams are linear, and what they add is shared exactly by the tokens that make
/// them (``NgramWeights``).
///
/// Contributions are of logits, not of probabilities; they do not add up to the logit, since a transformer is not linear.
public struct GradientAttribution: Sendable {
    /// A piece of the text and what it contributes.
    public struct Part: Sendable, Equatable {
        /// Bytes of UTF-8.
        public let range: Range<Int>
        /// How much it speaks for the label, in logits; negative when it speaks against it.
        public let value: Float
    }

    private let classifier: TextClassifier
    /// The classifier's model in the form that gradients pass through.
    private let transformer: TransformerModel
    private let head: SequenceHead

    /// Reads the classifier's weights once more, in the form that gradients can pass through.
    /// - Throws: ``TaskError`` when the labels of the model do not exclude each other or when it reads a text in another form than
    ///   it is; as ``PretrainedModel/init(path:head:compute:)``.
    public init(_ classifier: TextClassifier) throws {
        let model = classifier.model
        guard classifier.defaultMode == .softmax, classifier.normalizer == nil else {
            throw TaskError(
                .unsuitableModel,
                """
                \(model.path): \(classifier.normalizer == nil
                    ? "its labels do not exclude each other" : "names are replaced before it reads a text"), so parts of the \
                text cannot be given their contribution
                """)
        }
        self.classifier = classifier
        transformer = try TransformerModel(
            model.folder.configuration, weights: model.folder.weights(), head: .sequenceClassification,
            parameters: ParameterSet(isTrained: { _ in false }), compute: model.compute)
        guard case .sequenceClassification(let head) = transformer.head else {
            throw model.lacks("sequence classification")
        }
        self.head = head
    }

    /// What the tokens of a text contribute to the logit of one label less that of another, in the order of the text. Of tokens that
    /// several windows share the contributions are added, weighted as the windows are.
    /// - Parameters:
    ///   - text: The text.
    ///   - label: What they speak for, among the classifier's labels.
    ///   - other: What they speak against.
    /// - Throws: ``TaskError`` when there are no such labels; `TensorError` when memory is exhausted.
    public func callAsFunction(_ text: String, for label: String, against other: String) throws -> [Part] {
        guard let label = classifier.labels.firstIndex(of: label),
            let other = classifier.labels.firstIndex(of: other)
        else {
            throw TaskError(.invalidInput, "the model has no label \"\(label)\" or no label \"\(other)\"")
        }
        var values: [Range<Int>: Float] = [:]
        let windows = try classifier.model.windows(of: TextInput(text)).encodings
        let total = Float(windows.reduce(0) { $0 + $1.count })
        for window in windows {
            let weight = Float(window.count) / total
            let contributions = try contributions(of: window, label, other)
            for (index, range) in zip(window.ids.indices, window.offsets) where !range.isEmpty {
                values[range, default: 0] += weight * contributions[index]
            }
        }
        if let ngrams = classifier.ngrams {
            let whole = try classifier.model.tokenizer.encode(text, addSpecialTokens: false)
            let shares = ngrams.shares(of: whole.ids, label: label, against: other)
            for (share, range) in zip(shares, whole.offsets) where !range.isEmpty {
                values[range, default: 0] += share
            }
        }
        return values.map { Part(range: $0.key, value: $0.value) }
            .sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    }

    /// Gradient times input of each token of a window.
    private func contributions(of window: Encoding, _ label: Int, _ other: Int) throws -> [Float] {
        let compute = classifier.model.compute
        let tape = GradientTape()
        let recording = compute.recording(on: tape)
        let batch = try TokenBatch([window.ids], typeIDs: [window.typeIDs])
        var embeddings: Parameter?
        let hidden = try transformer.encoder(
            batch, recording,
            changingEmbeddings: { embedded in
                let followed = try Parameter(name: "embeddings", embedded, compute)
                embeddings = followed
                return followed.value
            }, observe: { _, _ in })
        let logits = try head(hidden, batch.sequences, recording)
        let difference = try recording.loss(of: [logits]) { operands in
            var gradient = [Float](repeating: 0, count: operands[0].count)
            gradient[label] += 1
            gradient[other] -= 1
            return LossValue(Double(operands[0][label] - operands[0][other]), gradients: [gradient])
        }
        try tape.backward(from: difference, compute)
        guard let embeddings, let gradient = embeddings.gradient else {
            return Array(repeating: 0, count: window.count)
        }
        let width = transformer.encoder.hiddenSize
        return try gradient.withFloats { gradient in
            try embeddings.value.withFloats { values in
                window.ids.indices.map { token in
                    (token * width..<(token + 1) * width).reduce(0) { $0 + gradient[$1] * values[$1] }
                }
            }
        }
    }
}
