import SecureBERTTensor

/// What an encoder repeats: hidden states in, hidden states of the same shape out.
protocol EncoderLayer: Sendable {
    /// - Parameter hidden: `[tokens, hiddenSize]`
    /// - Returns: `[tokens, hiddenSize]`
    func callAsFunction(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
    ) throws(TensorError) -> Tensor
}

/// The layers of an encoder, one after the other.
struct LayerStack<Layer: EncoderLayer>: Sendable {
    let layers: [Layer]

    /// - Parameters:
    ///   - embedded: What the embeddings give, `[tokens, hiddenSize]`.
    ///   - observe: Called with the embeddings (index 0) and the output of every layer (1...), in order.
    /// - Returns: The last layer's output, `[tokens, hiddenSize]`.
    func callAsFunction(
        _ embedded: Tensor, _ sequences: SequenceLayout, _ compute: Compute, observe: (Int, Tensor) -> Void
    ) throws(TensorError) -> Tensor {
        var hidden = embedded
        observe(0, hidden)
        for (index, layer) in layers.enumerated() {
            hidden = try compute.segment(hidden) { hidden, compute throws(TensorError) in
                try layer(hidden, sequences, compute)
            }
            observe(index + 1, hidden)
        }
        return hidden
    }
}
