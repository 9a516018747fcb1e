import SecureBERTTensor

/// The input stage of BERT and RoBERTa: word + token type + position vectors, then a norm.
struct BertEmbeddings: Sendable {
    let words: Embedding
    let positions: Embedding
    let types: Embedding
    let norm: LayerNorm
    /// The part dropped while training.
    let dropout: Float

    /// - Parameter positionIDs: Row of the position table for each token, `[tokens]`; here BERT and RoBERTa differ.
    /// - Returns: `[tokens, hiddenSize]`
    func callAsFunction(
        _ batch: TokenBatch, positionIDs: [Int32], _ compute: Compute
    ) throws(TensorError) -> Tensor {
        let typeIDs = batch.typeIDs ?? Array(repeating: 0, count: batch.tokens)
        let sum = try compute.add(words(batch.ids, compute), types(typeIDs, compute))
        let normed = try norm(compute.add(sum, positions(positionIDs, compute)), compute)
        return try compute.dropout(normed, rate: dropout)
    }
}
