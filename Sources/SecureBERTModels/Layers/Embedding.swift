import SecureBERTTensor

/// A table of vectors, one per id.
public struct Embedding: Sendable {
    /// `[entries, hiddenSize]`; may be mapped from the checkpoint and of a 16-bit type.
    let table: Tensor
    /// The row of padding, which training leaves alone; nil for none.
    let paddingID: Int32?

    /// - Parameter ids: `[tokens]`
    /// - Returns: `[tokens, hiddenSize]`, float32.
    /// - Throws: ``TensorError`` naming the first id that is outside the table.
    func callAsFunction(_ ids: [Int32], _ compute: Compute) throws(TensorError) -> Tensor {
        try compute.gather(table, ids, paddingID: paddingID)
    }
}
