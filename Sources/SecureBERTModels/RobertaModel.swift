import SecureBERTCheckpoint
import SecureBERTTensor

/// RoBERTa (Liu et al. 2019, arXiv 1907.11692), the architecture of SecureBERT: BERT's layers, with positions that count
/// from the padding id.
///
/// Tensors are `[tokens, hiddenSize]` throughout; all sequences of a batch lie one after the other.
public struct RobertaModel: Encoder {
    public let configuration: BertConfiguration
    let embeddings: BertEmbeddings
    let layers: LayerStack<BertLayer>

    public var hiddenSize: Int { configuration.shared.hiddenSize }
    public var maximumTokens: Int { configuration.maximumTokens }

    public func callAsFunction(
        _ batch: TokenBatch, _ compute: Compute, changingEmbeddings change: (Tensor) throws -> Tensor,
        observe: (Int, Tensor) -> Void
    ) throws -> Tensor {
        try checkLengths(batch)
        let positions = batch.sequences.indices.flatMap { positionIDs(batch.ids[batch.sequences[$0]]) }
        return try layers(
            change(embeddings(batch, positionIDs: positions, compute)), batch.sequences, compute, observe: observe)
    }

    /// Positions of one sequence: the first token stands at `paddingID + 1`; a padding id that occurs as a token keeps
    /// the padding's own position and does not count, as in the reference.
    ///
    ///     ids        0  713  1  2      (padding id 1)
    ///     positions  2  3    1  4
    private func positionIDs(_ ids: ArraySlice<Int32>) -> [Int32] {
        let padding = Int32(configuration.shared.paddingID)
        var position = padding
        return ids.map { id in
            guard id != padding else { return padding }
            position += 1
            return position
        }
    }
}
