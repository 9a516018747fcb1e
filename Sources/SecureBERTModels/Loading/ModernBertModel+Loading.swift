import SecureBERTCheckpoint
import SecureBERTTensor

extension ModernBertModel {
    /// Reads the weights that Hugging Face names `embeddings.*`, `layers.*` and `final_norm.*`.
    init(_ configuration: ModernBertConfiguration, _ reader: LayerReader) throws {
        self.configuration = configuration
        let shared = configuration.shared
        let size = shared.hiddenSize
        let bias = configuration.normBias
        let epsilon = shared.layerNormEpsilon
        tokenEmbeddings = try reader.embedding(
            "embeddings.tok_embeddings", shared.vocabularySize, size, paddingID: shared.paddingID)
        embeddingNorm = try reader.norm("embeddings.norm", size, bias: bias, epsilon: epsilon)

        let global = try RotaryEmbedding(headSize: shared.headSize, theta: configuration.globalRopeTheta)
        let local = try RotaryEmbedding(headSize: shared.headSize, theta: configuration.localRopeTheta)
        let stack = try configuration.attention.enumerated().map { index, kind in
            let scope = reader.scoped("layers.\(index)")
            return Layer(
                headCount: shared.headCount,
                attentionNorm: index == 0 ? nil : try scope.norm("attn_norm", size, bias: bias, epsilon: epsilon),
                queryKeyValue: try scope.linear("attn.Wqkv", 3 * size, size, bias: configuration.attentionBias),
                attentionOutput: try scope.linear("attn.Wo", size, size, bias: configuration.attentionBias),
                mlpNorm: try scope.norm("mlp_norm", size, bias: bias, epsilon: epsilon),
                mlpInput: try scope.gatedLinear(
                    "mlp.Wi", shared.intermediateSize, size, bias: configuration.mlpBias,
                    activation: try Activation(shared.activation)),
                mlpOutput: try scope.linear(
                    "mlp.Wo", size, shared.intermediateSize, bias: configuration.mlpBias),
                attentionDropout: configuration.attentionDropout, mlpDropout: configuration.mlpDropout,
                localAttentionRadius: kind == .sliding ? configuration.localAttentionRadius : nil,
                rotary: kind == .sliding ? local : global)
        }
        layers = LayerStack(layers: stack)
        finalNorm = try reader.norm("final_norm", size, bias: bias, epsilon: epsilon)
    }
}
