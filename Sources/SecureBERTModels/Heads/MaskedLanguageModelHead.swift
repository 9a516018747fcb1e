import SecureBERTTensor

/// Scores every vocabulary entry for the token at a position: dense, activation, norm, then the decoder, whose rows are
/// the input embeddings when the checkpoint ties them.
public struct MaskedLanguageModelHead: Sendable {
    let dense: Linear
    let activation: Activation
    let norm: LayerNorm
    /// `[vocabularySize, hiddenSize]`. For inference read as stored: only a few rows of hidden states pass through it, so
    /// repacking a matrix this large would cost more than it saves.
    let decoder: Linear

    /// - Parameters:
    ///   - hidden: Hidden states of the positions of interest, `[positions, hiddenSize]`.
    ///   - compute: Where the arithmetic runs.
    /// - Returns: Logits `[positions, vocabularySize]`.
    public func callAsFunction(_ hidden: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        let transformed = try norm(dense(hidden, compute, activation: activation), compute)
        return try decoder(transformed, compute)
    }
}
