import SecureBERTCheckpoint
import SecureBERTTensor

/// ModernBERT (Warner et al. 2024, arXiv 2412.13663), the architecture of SecureBERT 2.0: rotary positions, normalization
/// before each block, gated linear units, and attention that is global in some layers and local in the others.
///
/// Tensors are `[tokens, hiddenSize]` throughout; all sequences of a batch lie one after the other.
public struct ModernBertModel: Encoder {
    public let configuration: ModernBertConfiguration
    let tokenEmbeddings: Embedding
    let embeddingNorm: LayerNorm
    let layers: LayerStack<Layer>
    let finalNorm: LayerNorm

    public var hiddenSize: Int { configuration.shared.hiddenSize }
    public var maximumTokens: Int { configuration.shared.maximumPositions }

    public func callAsFunction(
        _ batch: TokenBatch, _ compute: Compute, changingEmbeddings change: (Tensor) throws -> Tensor,
        observe: (Int, Tensor) -> Void
    ) throws -> Tensor {
        try checkLengths(batch)
        let hidden = try layers(change(embed(batch.ids, compute)), batch.sequences, compute, observe: observe)
        return try finalNorm(hidden, compute)
    }

    private func embed(_ ids: [Int32], _ compute: Compute) throws(TensorError) -> Tensor {
        try compute.dropout(
            embeddingNorm(tokenEmbeddings(ids, compute), compute), rate: configuration.embeddingDropout)
    }

    struct Layer: EncoderLayer {
        let headCount: Int
        /// Nil in the first layer, whose input the embedding norm has just normalized.
        let attentionNorm: LayerNorm?
        /// Query, key and value: `[3 * hiddenSize, hiddenSize]`.
        let queryKeyValue: Linear
        let attentionOutput: Linear
        let mlpNorm: LayerNorm
        let mlpInput: GatedLinear
        let mlpOutput: Linear
        /// The part dropped of the attention weights, and again behind the attention block, while training.
        let attentionDropout: Float
        /// The part dropped behind the feed-forward block while training.
        let mlpDropout: Float
        /// Keys at a distance of at most this many tokens, inclusive, are attended to; nil for all of them.
        let localAttentionRadius: Int?
        /// Shared by the layers of the same attention kind.
        let rotary: RotaryEmbedding

        func callAsFunction(
            _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
        ) throws(TensorError) -> Tensor {
            try feedForward(attend(hidden, sequences, compute), compute)
        }

        // Each block is a function of its own, and what it makes is passed on without a name, so that the memory of a long
        // text's intermediate results is free again as soon as it has been read.

        /// `hidden + dropout(attention(norm(hidden)))`
        private func attend(
            _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
        ) throws(TensorError) -> Tensor {
            try attentionOutput(
                compute.attention(
                    queryKeyValue(attentionNorm?(hidden, compute) ?? hidden, compute),  // [tokens, 3 * hiddenSize]
                    sequences, headCount: headCount, radius: localAttentionRadius, rotary: rotary,
                    dropout: attentionDropout),
                compute, dropout: attentionDropout, adding: hidden)
        }

        /// `hidden + dropout(output(gated(norm(hidden))))`
        private func feedForward(_ hidden: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
            try mlpOutput(
                mlpInput(mlpNorm(hidden, compute), compute),  // [tokens, intermediateSize]
                compute, dropout: mlpDropout, adding: hidden)
        }
    }
}
