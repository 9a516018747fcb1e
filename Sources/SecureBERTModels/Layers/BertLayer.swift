import SecureBERTTensor

/// One layer of BERT and RoBERTa: attention and a two-layer perceptron, each followed by residual sum and norm.
struct BertLayer: EncoderLayer {
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
    /// The part of the attention weights dropped while training.
    let attentionDropout: Float

    func callAsFunction(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
    ) throws(TensorError) -> Tensor {
        try feedForward(attend(hidden, sequences, compute), compute)
    }

    // Each block is a function of its own, and what it makes is passed on without a name, so that the memory of a long text's
    // intermediate results is free again as soon as it has been read.

    /// `norm(hidden + dropout(attention(hidden)))`
    private func attend(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
    ) throws(TensorError) -> Tensor {
        try attentionNorm(
            attentionOutput(
                compute.attention(
                    queryKeyValue(hidden, compute),  // [tokens, 3 * hiddenSize]
                    sequences, headCount: headCount, dropout: attentionDropout),
                compute, dropout: dropout, adding: hidden),
            compute)
    }

    /// `norm(hidden + dropout(output(activation(intermediate(hidden)))))`
    private func feedForward(_ hidden: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try outputNorm(
            output(
                intermediate(hidden, compute, activation: activation),  // [tokens, intermediateSize]
                compute, dropout: dropout, adding: hidden),
            compute)
    }
}
