import SecureBERTJSON

/// The configuration of an encoder, read from `config.json` and validated.
public enum ModelConfiguration: Sendable {
    /// BERT and RoBERTa, which differ in how positions are counted; see ``BertConfiguration/positionOffset``.
    case bert(BertConfiguration)
    case modernBert(ModernBertConfiguration)

    /// The model types this package runs, as config.json spells them.
    public static let supportedModelTypes = ["bert", "modernbert", "roberta"]

    /// Reads a `config.json`.
    ///
    /// Counts are bounded before anything is allocated by them, unknown model types and custom code are refused, and so is
    /// everything that would change results and is not implemented.
    /// - Throws: ``CheckpointError`` that names the key, what was found and what is allowed.
    public init(path: String) throws(CheckpointError) {
        try self.init(ConfigurationValues(path: path))
    }

    /// Reads a configuration from JSON that is already parsed.
    /// - Parameters:
    ///   - json: the content of a `config.json`.
    ///   - file: what messages call it.
    /// - Throws: ``CheckpointError`` as ``init(path:)``.
    public init(json: JSON, file: String = "config.json") throws(CheckpointError) {
        guard let object = json.objectValue else {
            throw CheckpointError(.malformed, file: file, "is \(json.kind), expected an object")
        }
        try self.init(ConfigurationValues(object, file: file))
    }

    init(_ values: ConfigurationValues) throws(CheckpointError) {
        try Self.refuseWhatIsNotImplemented(values)
        switch try Self.modelType(values) {
        case "bert": self = .bert(try BertConfiguration(values, isRoberta: false))
        case "roberta": self = .bert(try BertConfiguration(values, isRoberta: true))
        case "modernbert": self = .modernBert(try ModernBertConfiguration(values))
        case let other:
            let supported = supportedModelTypesText
            throw CheckpointError(
                .unsupported, file: values.file,
                "the model type \(other.quoted) is not supported, only \(supported) are")
        }
    }

    private static func refuseWhatIsNotImplemented(_ values: ConfigurationValues) throws(CheckpointError) {
        if let map = values["auto_map"], map.objectValue?.members.isEmpty != true {
            throw CheckpointError(
                .unsafe, file: values.file,
                """
                "auto_map" asks for Python code from the model's repository; this package never runs code from a model, \
                and results without it would be wrong
                """)
        }
        if values["quantization_config"] != nil {
            throw CheckpointError(
                .unsupported, file: values.file,
                "\"quantization_config\" asks for weights quantized by another tool; use the original checkpoint")
        }
        for key in ["is_decoder", "add_cross_attention", "is_encoder_decoder"]
        where try values.boolean(key, default: false) {
            throw CheckpointError(.unsupported, file: values.file, "\(key.quoted) is true, only encoders are supported")
        }
    }

    private static func modelType(_ values: ConfigurationValues) throws(CheckpointError) -> String {
        if let type = try values.string("model_type") { return type }
        // Files older than the key (SciBERT) are BERT's, or name their class.
        let architecture = try values.strings("architectures").first ?? ""
        for (prefix, type) in [("ModernBert", "modernbert"), ("Roberta", "roberta"), ("Bert", "bert")]
        where architecture.hasPrefix(prefix) {
            return type
        }
        guard architecture.isEmpty, values["vocab_size"] != nil, values["hidden_act"] != nil,
            try values.count("type_vocab_size", in: ConfigurationLimits.tokenTypes, default: 0) == 2
        else {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"model_type\" is missing, expected one of \(supportedModelTypesText); add it if you know which one it is"
            )
        }
        return "bert"
    }
}

private let supportedModelTypesText =
    ModelConfiguration.supportedModelTypes.map(\.quoted).joined(separator: ", ")

extension ModelConfiguration {
    /// What every encoder's configuration has.
    public var shared: SharedConfiguration {
        switch self {
        case .bert(let configuration): configuration.shared
        case .modernBert(let configuration): configuration.shared
        }
    }

    /// The model type as config.json spells it.
    public var modelType: String {
        switch self {
        case .bert(let configuration): configuration.isRoberta ? "roberta" : "bert"
        case .modernBert: "modernbert"
        }
    }

    /// The most tokens one sequence may have, special tokens included.
    public var maximumTokens: Int {
        switch self {
        case .bert(let configuration): configuration.maximumTokens
        case .modernBert(let configuration): configuration.shared.maximumPositions
        }
    }
}
