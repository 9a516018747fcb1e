import SecureBERTTensor

/// One layer of BERT and RoBERTa: attention and a two-layer perceptron, each followed by residual sum and norm.
struct BertLayer: Sendable {
    let headCount: Int
    /// Query, key and value projections stacked: `[3 * hiddenSize, hiddenSize]`.
    let queryKeyValue: Linear
    let attentionOutput: Linear
    let attentionNorm: LayerNorm
    let intermediate: Linear
    let activation: Activation
    let output: Linear
    let outputNorm: LayerNorm
    /// The part dropped behind both blocks while training.
    let dropout: Float

    /// - Parameter hidden: `[tokens, hiddenSize]`
    /// - Returns: `[tokens, hiddenSize]`
    func callAsFunction(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
    ) throws(TensorError) -> Tensor {
        let projected = try queryKeyValue(hidden, compute)  // [tokens, 3 * hiddenSize]
        let context = try compute.attention(projected, sequences, headCount: headCount)
        let attended = try attentionNorm(
            attentionOutput(context, compute, dropout: dropout, adding: hidden), compute)
        let expanded = try intermediate(attended, compute, activation: activation)  // [tokens, intermediateSize]
        return try outputNorm(output(expanded, compute, dropout: dropout, adding: attended), compute)
    }
}
