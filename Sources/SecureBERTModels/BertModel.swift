import SecureBERTCheckpoint
import SecureBERTTensor

/// BERT (Devlin et al. 2018, arXiv 1810.04805): absolute positions, token types, normalization after each residual sum.
///
/// Tensors are `[tokens, hiddenSize]` throughout; all sequences of a batch lie one after the other.
public struct BertModel: Encoder {
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
        let positions = batch.sequences.indices.flatMap { (0..<Int32(batch.sequences[$0].count)) }
        return try layers(
            change(embeddings(batch, positionIDs: positions, compute)), batch.sequences, compute, observe: observe)
    }
}
