import SecureBERTTensor

/// Scores labels for each token: token classification (one column per label) and extractive question answering (columns
/// "start" and "end").
public struct TokenHead: Sendable {
    /// ModernBERT transforms the hidden states first; BERT and RoBERTa do not.
    let transform: PredictionTransform?
    /// `[labels, hiddenSize]`
    let classifier: Linear
    /// The part dropped before the classifier while training.
    let dropout: Float
    /// Scores of label sequences, where the model was trained with them.
    public let randomField: RandomField?

    init(transform: PredictionTransform?, classifier: Linear, dropout: Float, randomField: RandomField? = nil) {
        self.transform = transform
        self.classifier = classifier
        self.dropout = dropout
        self.randomField = randomField
    }

    /// A linear-chain conditional random field over the labels of a sequence (Lafferty et al. 2001): a path of labels scores the sum
    /// of its logits, of its transitions, and of how it starts and ends.
    public struct RandomField: Sendable {
        /// `[labels, labels]`, from row to column.
        public let transitions: Tensor
        /// `[labels]`
        public let start: Tensor
        /// `[labels]`
        public let end: Tensor
    }

    /// - Parameters:
    ///   - hidden: `[tokens, hiddenSize]`
    ///   - compute: Where the arithmetic runs.
    /// - Returns: Logits `[tokens, labels]`.
    public func callAsFunction(_ hidden: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        let transformed = try transform?(hidden, compute) ?? hidden
        return try classifier(compute.dropout(transformed, rate: dropout), compute)
    }
}

/// Dense, activation, norm: what ModernBERT puts before every classifier.
public struct PredictionTransform: Sendable {
    let dense: Linear
    let activation: Activation
    let norm: LayerNorm

    func callAsFunction(_ hidden: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try norm(dense(hidden, compute, activation: activation), compute)
    }
}
