import SecureBERTTensor

/// A transformer encoder: token ids in, one hidden state per token out.
public protocol Encoder: Sendable {
    /// Width of a hidden state.
    var hiddenSize: Int { get }
    /// The most tokens one sequence may have.
    var maximumTokens: Int { get }

    /// Encodes a batch.
    /// - Parameters:
    ///   - batch: The sequences, concatenated.
    ///   - compute: Where the arithmetic runs.
    ///   - change: Receives the output of the embeddings, `[tokens, hiddenSize]`, and returns what the layers get in its place: the
    ///     same numbers, when it is to have gradients.
    ///   - observe: Called with the output of the embeddings (index 0) and of every layer (1...), `[tokens, hiddenSize]`,
    ///     in order.
    /// - Returns: The final hidden states, `[tokens, hiddenSize]`.
    /// - Throws: `TensorError` when an id is outside the vocabulary or a sequence is too long.
    func callAsFunction(
        _ batch: TokenBatch, _ compute: Compute, changingEmbeddings change: (Tensor) throws -> Tensor,
        observe: (Int, Tensor) -> Void
    ) throws -> Tensor
}

extension Encoder {
    /// Encodes a batch: final hidden states `[tokens, hiddenSize]`.
    /// - Parameters:
    ///   - batch: The sequences, concatenated.
    ///   - compute: Where the arithmetic runs.
    ///   - observe: Called with the output of the embeddings (index 0) and of every layer (1...), in order.
    /// - Throws: `TensorError` when an id is outside the vocabulary or a sequence is too long.
    public func callAsFunction(
        _ batch: TokenBatch, _ compute: Compute, observe: (Int, Tensor) -> Void
    ) throws -> Tensor {
        try self(batch, compute, changingEmbeddings: { $0 }, observe: observe)
    }

    /// Encodes a batch: final hidden states `[tokens, hiddenSize]`.
    public func callAsFunction(_ batch: TokenBatch, _ compute: Compute) throws -> Tensor {
        try self(batch, compute, observe: { _, _ in })
    }

    func checkLengths(_ batch: TokenBatch) throws(TensorError) {
        guard batch.sequences.longest <= maximumTokens else {
            throw TensorError(
                .shapeMismatch, operation: "encode", expected: "at most \(maximumTokens) tokens in a sequence",
                found: "\(batch.sequences.longest)")
        }
    }
}
