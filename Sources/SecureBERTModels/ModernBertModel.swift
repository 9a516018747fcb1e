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
    let layers: [Layer]
    let finalNorm: LayerNorm

    public var hiddenSize: Int { configuration.shared.hiddenSize }
    public var maximumTokens: Int { configuration.shared.maximumPositions }

    public func callAsFunction(
        _ batch: TokenBatch, _ compute: Compute, observe: (Int, Tensor) -> Void
    ) throws -> Tensor {
        try checkLengths(batch)
        let normed = try embeddingNorm(tokenEmbeddings(batch.ids, compute), compute)
        var hidden = try compute.dropout(normed, rate: configuration.embeddingDropout)
        observe(0, hidden)
        for (index, layer) in layers.enumerated() {
            hidden = try compute.segment(hidden) { hidden, compute throws(TensorError) in
                try layer(hidden, batch.sequences, compute)
            }
            observe(index + 1, hidden)
        }
        return try finalNorm(hidden, compute)
    }

    struct Layer: Sendable {
        let headCount: Int
        /// Nil in the first layer, whose input the embedding norm has just normalized.
        let attentionNorm: LayerNorm?
        /// Query, key and value: `[3 * hiddenSize, hiddenSize]`.
        let queryKeyValue: Linear
        let attentionOutput: Linear
        let mlpNorm: LayerNorm
        let mlpInput: GatedLinear
        let mlpOutput: Linear
        /// The parts dropped behind the two blocks while training.
        let attentionDropout: Float
        let mlpDropout: Float
        /// Keys at a distance of at most this many tokens, inclusive, are attended to; nil for all of them.
        let localAttentionRadius: Int?
        /// Shared by the layers of the same attention kind.
        let rotary: RotaryEmbedding

        func callAsFunction(
            _ hidden: Tensor, _ sequences: SequenceLayout, _ compute: Compute
        ) throws(TensorError) -> Tensor {
            let normed = try attentionNorm?(hidden, compute) ?? hidden
            let projected = try queryKeyValue(normed, compute)  // [tokens, 3 * hiddenSize]
            let context = try compute.attention(
                projected, sequences, headCount: headCount, radius: localAttentionRadius, rotary: rotary)
            let attended = try attentionOutput(context, compute, dropout: attentionDropout, adding: hidden)
            let gated = try mlpInput(mlpNorm(attended, compute), compute)  // [tokens, intermediateSize]
            return try mlpOutput(gated, compute, dropout: mlpDropout, adding: attended)
        }
    }
}
