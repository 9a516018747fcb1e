import SecureBERTJSON

/// How a sentence embedding is made of token states (`1_Pooling/config.json`).
public struct PoolingConfiguration: Sendable, Hashable {
    /// One way to reduce `[tokens, hiddenSize]` to `[hiddenSize]`.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// The state of the first token.
        case cls
        /// The greatest value of each element.
        case max
        case mean
        /// The sum divided by the square root of the token count.
        case meanSquareRootLength = "mean_sqrt_len_tokens"
        /// The mean weighted by position, the first token with weight 1.
        case weightedMean = "weightedmean"
        /// The state of the last token.
        case lastToken = "lasttoken"
    }

    /// The modes whose results are concatenated, in this order.
    public let modes: [Mode]
    /// Whether the tokens of a prompt take part.
    public let includesPrompt: Bool

    /// Elements of the pooled vector for states of that size.
    public func outputSize(hiddenSize: Int) -> Int { modes.count * hiddenSize }

    /// The older files have a flag for each mode. Their order of concatenation is not the order of ``Mode``.
    private static let legacyKeys: [(key: String, mode: Mode)] = [
        ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
        ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRootLength),
        ("pooling_mode_weightedmean_tokens", .weightedMean), ("pooling_mode_lasttoken", .lastToken),
    ]

    init(_ values: ConfigurationValues, hiddenSize: Int) throws(CheckpointError) {
        for key in ["embedding_dimension", "word_embedding_dimension"] {
            let dimension = try values.count(key, in: ConfigurationLimits.hiddenSize, default: hiddenSize)
            guard dimension == hiddenSize else {
                throw CheckpointError(
                    .malformed, file: values.file,
                    "\(key.quoted) is \(dimension), expected \(hiddenSize), the \"hidden_size\" of the model")
            }
        }
        modes = try Self.modes(values)
        includesPrompt = try values.boolean("include_prompt", default: true)
    }

    private static func modes(_ values: ConfigurationValues) throws(CheckpointError) -> [Mode] {
        if let value = values["pooling_mode"] {
            let names = value.arrayValue ?? [value]
            var modes: [Mode] = []
            for name in names {
                guard let mode = name.stringValue.flatMap(Mode.init(rawValue:)), !modes.contains(mode) else {
                    let allowed = Mode.allCases.map { $0.rawValue.quoted }.joined(separator: ", ")
                    throw values.refused("pooling_mode", value, allowed: "\(allowed), each at most once", .unsupported)
                }
                modes.append(mode)
            }
            guard !modes.isEmpty else { throw values.refused("pooling_mode", value, allowed: "at least one mode") }
            return modes
        }
        var modes: [Mode] = []
        for (key, mode) in legacyKeys where try values.boolean(key, default: false) { modes.append(mode) }
        return modes.isEmpty ? [.mean] : modes
    }
}

/// A dense layer behind the pooling (`2_Dense`): activation(x · Wᵀ + b).
public struct DenseConfiguration: Sendable, Hashable {
    /// Elements of the vectors that go in.
    public let inputSize: Int
    /// Elements of the vectors that come out.
    public let outputSize: Int
    /// Whether b is there.
    public let hasBias: Bool
    /// The function applied to the sum.
    public let activation: ActivationFunction
    /// Its weights: `linear.weight` [outputSize, inputSize] and `linear.bias` [outputSize].
    public let weights: WeightFiles

    init(_ values: ConfigurationValues, folder: String, inputSize: Int) throws(CheckpointError) {
        self.inputSize = try values.count("in_features", in: ConfigurationLimits.intermediateSize)
        guard self.inputSize == inputSize else {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"in_features\" is \(self.inputSize), expected \(inputSize), the size of the vectors before the layer")
        }
        outputSize = try values.count("out_features", in: ConfigurationLimits.intermediateSize)
        hasBias = try values.boolean("bias", default: true)
        activation = try values.torchActivation("activation_function", default: .tanh)
        for key in ["module_input_name", "module_output_name"] {
            if let name = values[key], name.stringValue != "sentence_embedding" {
                throw values.refused(key, name, allowed: "\"sentence_embedding\"", .unsupported)
            }
        }
        guard try !values.boolean("use_residual", default: false) else {
            throw values.refused("use_residual", .bool(true), allowed: "false", .unsupported)
        }
        weights = try WeightFiles(folder: folder)
    }
}
