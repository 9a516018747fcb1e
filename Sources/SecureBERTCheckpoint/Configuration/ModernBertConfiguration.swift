import SecureBERTJSON

/// The configuration of ModernBERT, in both generations of its `config.json`.
public struct ModernBertConfiguration: Sendable, Hashable {
    /// Which tokens a layer's attention sees.
    public enum Attention: String, Sendable, Hashable, CaseIterable {
        /// Every token of the sequence.
        case full = "full_attention"
        /// The tokens within ``ModernBertConfiguration/localAttentionRadius``.
        case sliding = "sliding_attention"
    }

    /// How a sequence classifier reduces token states to one.
    public enum Pooling: String, Sendable, Hashable, CaseIterable {
        case cls
        case mean
    }

    /// What it has in common with other encoders.
    public let shared: SharedConfiguration
    /// The kind of attention of each layer, `[layerCount]`.
    public let attention: [Attention]
    /// How far a local layer sees: token i attends to j when |i - j| <= radius. The file gives the whole window,
    /// `local_attention` = 128, and the radius is its half, 64: with the token itself 129 tokens.
    public let localAttentionRadius: Int
    /// The rotary base of layers with full attention.
    public let globalRopeTheta: Double
    /// The rotary base of layers with sliding attention.
    public let localRopeTheta: Double
    /// Whether layer norms have a bias.
    public let normBias: Bool
    /// Whether the attention's products have a bias.
    public let attentionBias: Bool
    /// Whether the feed-forward products have a bias.
    public let mlpBias: Bool
    /// Whether the masked language model's decoder has a bias.
    public let decoderBias: Bool
    /// Whether the dense layer of a head has a bias.
    public let classifierBias: Bool
    /// The parts of the elements dropped while training: behind the embeddings; of the attention weights, and again behind
    /// the attention blocks; behind the feed-forward blocks.
    public let embeddingDropout: Float
    public let attentionDropout: Float
    public let mlpDropout: Float
    /// Where the distribution of new weights is cut off, in deviations; transformers' default is 2.
    public let initializerCutoff: Float
    /// How a sequence classifier reduces token states to one.
    public let classifierPooling: Pooling
    /// The activation of the dense layer of a head.
    public let classifierActivation: ActivationFunction

    init(_ values: ConfigurationValues) throws(CheckpointError) {
        shared = try SharedConfiguration(
            values,
            defaults: FamilyDefaults(
                vocabularySize: 50_368, intermediateSize: 1152, layerCount: 22, maximumPositions: 8192,
                epsilonKey: "norm_eps", epsilon: 1e-5, activationKey: "hidden_activation",
                classifierDropout: 0, paddingID: 50_283))
        guard shared.headSize.isMultiple(of: 2) else {
            throw CheckpointError(
                .malformed, file: values.file,
                "a head has \(shared.headSize) elements (\"hidden_size\" / \"num_attention_heads\"), expected an even number"
            )
        }
        attention = try Self.attention(values, layerCount: shared.layerCount)
        localAttentionRadius = try Self.radius(values)
        (globalRopeTheta, localRopeTheta) = try Self.thetas(values)
        normBias = try values.boolean("norm_bias", default: false)
        attentionBias = try values.boolean("attention_bias", default: false)
        mlpBias = try values.boolean("mlp_bias", default: false)
        decoderBias = try values.boolean("decoder_bias", default: true)
        classifierBias = try values.boolean("classifier_bias", default: false)
        embeddingDropout = Float(try values.number("embedding_dropout", in: ConfigurationLimits.dropout, default: 0))
        attentionDropout = Float(try values.number("attention_dropout", in: ConfigurationLimits.dropout, default: 0))
        mlpDropout = Float(try values.number("mlp_dropout", in: ConfigurationLimits.dropout, default: 0))
        initializerCutoff = Float(
            try values.number("initializer_cutoff_factor", in: ConfigurationLimits.initializerCutoff, default: 2))
        classifierPooling = try values.choice("classifier_pooling", default: .cls)
        classifierActivation = try values.activation("classifier_activation")
    }

    /// The newer files list the kind of every layer, the older ones say that each n-th layer, from the first, is global.
    private static func attention(
        _ values: ConfigurationValues, layerCount: Int
    ) throws(CheckpointError) -> [Attention] {
        let interval = try values.optionalCount("global_attn_every_n_layers", in: ConfigurationLimits.layers)
        let byInterval: [Attention] = (0..<layerCount).map { $0.isMultiple(of: interval ?? 3) ? .full : .sliding }
        guard values["layer_types"] != nil else { return byInterval }
        let names = try values.strings("layer_types")
        guard names.count == layerCount else {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"layer_types\" has \(names.count) entries, expected \"num_hidden_layers\", which is \(layerCount)")
        }
        var listed: [Attention] = []
        for name in names {
            guard let kind = Attention(rawValue: name) else {
                throw values.refused(
                    "layer_types", .string(name), allowed: "\"full_attention\" or \"sliding_attention\"", .unsupported)
            }
            listed.append(kind)
        }
        if let interval, listed != byInterval {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"layer_types\" contradicts \"global_attn_every_n_layers\", which is \(interval); remove the wrong one"
            )
        }
        return listed
    }

    private static func radius(_ values: ConfigurationValues) throws(CheckpointError) -> Int {
        let window = try values.optionalCount("local_attention", in: ConfigurationLimits.positions)
        let half = try values.optionalCount("sliding_window", in: ConfigurationLimits.positions)
        if let window, let half, window / 2 != half {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"sliding_window\" is \(half) and contradicts \"local_attention\", whose half it is: \(window) / 2")
        }
        return half ?? (window ?? 128) / 2
    }

    private static func thetas(_ values: ConfigurationValues) throws(CheckpointError) -> (global: Double, local: Double)
    {
        if let scaling = values["rope_scaling"] {
            throw values.refused("rope_scaling", scaling, allowed: "null", .unsupported)
        }
        let parameters = try values.nested("rope_parameters")
        for (key, value) in parameters?.object.members ?? [] where Attention(rawValue: key) == nil {
            throw CheckpointError(
                .unsupported, file: values.file,
                """
                "rope_parameters" has the key \(key.quoted) (\(value.text.printable)), expected only "full_attention" and \
                "sliding_attention"
                """)
        }
        let global = try theta(values, parameters, .full, legacyKey: "global_rope_theta", default: 160_000)
        // The older generation says null where local layers share the base of the global ones.
        let isShared = values.object["local_rope_theta"]?.isNull == true
        let local = try theta(
            values, parameters, .sliding, legacyKey: "local_rope_theta", default: isShared ? global : 10_000)
        return (global, local)
    }

    private static func theta(
        _ values: ConfigurationValues, _ parameters: ConfigurationValues?, _ kind: Attention, legacyKey: String,
        default fallback: Double
    ) throws(CheckpointError) -> Double {
        let legacy =
            values[legacyKey] == nil ? nil : try values.number(legacyKey, in: ConfigurationLimits.ropeTheta)
        guard let nested = try parameters?.nested(kind.rawValue) else { return legacy ?? fallback }
        for key in ["rope_type", "type"] {
            if let type = nested[key], type.stringValue != "default" {
                throw nested.refused(key, type, allowed: "\"default\"", .unsupported)
            }
        }
        if let factor = nested["partial_rotary_factor"], factor.doubleValue != 1 {
            throw nested.refused("partial_rotary_factor", factor, allowed: "1", .unsupported)
        }
        guard nested["rope_theta"] != nil else { return legacy ?? fallback }
        let theta = try nested.number("rope_theta", in: ConfigurationLimits.ropeTheta)
        if let legacy, legacy != theta {
            throw CheckpointError(
                .malformed, file: values.file,
                """
                \(legacyKey.quoted) is \(legacy) and contradicts "rope_theta" of \(kind.rawValue.quoted), which is \
                \(theta); remove the wrong one
                """)
        }
        return theta
    }
}
