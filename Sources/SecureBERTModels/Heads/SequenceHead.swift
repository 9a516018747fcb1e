import SecureBERTTensor

/// Scores labels for a whole sequence: pool, transform, classify.
public struct SequenceHead: Sendable {
    /// The three architectures differ in what stands between pooling and classifier.
    enum Transform: Sendable {
        /// BERT's pooler and RoBERTa's classification head: dense, tanh. RoBERTa's drops elements of its input too.
        case tanh(Linear, dropsInput: Bool)
        /// ModernBERT: dense, activation, norm.
        case prediction(PredictionTransform)
    }

    let pooling: Pooling
    let transform: Transform
    /// `[labels, hiddenSize]`
    let classifier: Linear
    /// The part dropped around the transform while training.
    let dropout: Float

    /// - Parameters:
    ///   - hidden: `[tokens, hiddenSize]`
    ///   - sequences: Where each sequence lies among the tokens.
    ///   - compute: Where the arithmetic runs.
    /// - Returns: Logits `[sequences, labels]`.
    public func callAsFunction(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
    ) throws(TensorError) -> Tensor {
        let pooled = try compute.pool(hidden, sequences, pooling)
        let transformed =
            switch transform {
            case .tanh(let dense, let dropsInput):
                try dense(
                    compute.dropout(pooled, rate: dropsInput ? dropout : 0), compute, activation: .tanh)
            case .prediction(let prediction): try prediction(pooled, compute)
            }
        return try classifier(compute.dropout(transformed, rate: dropout), compute)
    }
}
