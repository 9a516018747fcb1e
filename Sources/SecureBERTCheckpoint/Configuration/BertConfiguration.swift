/// The configuration of BERT and RoBERTa.
///
/// The two share every layer. RoBERTa counts positions from behind its padding id, which the original implementation
/// reserved: a sequence's first token has position ``positionOffset``.
public struct BertConfiguration: Sendable, Hashable {
    /// What it has in common with other encoders.
    public let shared: SharedConfiguration
    /// True for RoBERTa.
    public let isRoberta: Bool
    /// Rows of the token type embedding; 1 for RoBERTa.
    public let typeVocabularySize: Int
    /// The part of the elements dropped behind the embeddings and every block while training.
    public let hiddenDropout: Float
    /// The part of the attention weights dropped while training.
    public let attentionDropout: Float

    /// The position of a sequence's first token: 0 for BERT, padding id + 1 for RoBERTa.
    public var positionOffset: Int { isRoberta ? shared.paddingID + 1 : 0 }

    /// The most tokens one sequence may have: 512 of roberta-base's 514 positions.
    public var maximumTokens: Int { shared.maximumPositions - positionOffset }

    init(_ values: ConfigurationValues, isRoberta: Bool) throws(CheckpointError) {
        self.isRoberta = isRoberta
        let dropout = try values.number("hidden_dropout_prob", in: ConfigurationLimits.dropout, default: 0.1)
        hiddenDropout = Float(dropout)
        attentionDropout = Float(
            try values.number("attention_probs_dropout_prob", in: ConfigurationLimits.dropout, default: 0.1))
        shared = try SharedConfiguration(
            values,
            defaults: FamilyDefaults(
                vocabularySize: isRoberta ? 50_265 : 30_522, intermediateSize: 3072, layerCount: 12,
                maximumPositions: 512, epsilonKey: "layer_norm_eps", epsilon: 1e-12, activationKey: "hidden_act",
                classifierDropout: dropout, paddingID: isRoberta ? 1 : 0))
        typeVocabularySize = try values.count("type_vocab_size", in: ConfigurationLimits.tokenTypes, default: 2)
        if let kind = values["position_embedding_type"], kind.stringValue != "absolute" {
            throw values.refused("position_embedding_type", kind, allowed: "\"absolute\"", .unsupported)
        }
        guard maximumTokens >= 1 else {
            throw CheckpointError(
                .malformed, file: values.file,
                """
                "max_position_embeddings" is \(shared.maximumPositions), which leaves no position behind the padding id \
                \(shared.paddingID)
                """)
        }
    }
}
