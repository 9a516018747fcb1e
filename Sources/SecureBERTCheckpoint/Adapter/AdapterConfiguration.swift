import SecureBERTJSON

/// What a LoRA adapter is (Hu et al. 2021, arXiv 2106.09685): `adapter_config.json` as PEFT writes it.
///
/// Accepted is what adds `factor * B A` to matrices and replaces modules by trained ones; whatever else a configuration asks
/// for would give other numbers and is refused by name.
public struct AdapterConfiguration: Sendable, Hashable {
    /// What the adapted model is for, as PEFT names it.
    public enum TaskType: String, Sendable, Hashable, CaseIterable {
        case sequenceClassification = "SEQ_CLS"
        case tokenClassification = "TOKEN_CLS"
        case questionAnswering = "QUESTION_ANS"
        case featureExtraction = "FEATURE_EXTRACTION"
    }

    public static let fileName = "adapter_config.json"

    /// Rows of each A and columns of each B.
    public let rank: Int
    /// The numerator of ``factor``.
    public let alpha: Double
    /// Whether the denominator of ``factor`` is the square root of the rank (rsLoRA: Kalajdzievski 2023, arXiv 2312.03732).
    public let isRankStabilized: Bool
    /// Names of adapted modules, or ends of their paths; nil when the file has a pattern instead.
    public let targets: [String]?
    /// Names of modules that were trained in full, or ends of their paths.
    public let savedModules: [String]
    public let taskType: TaskType?
    /// Folder or name of the model that was adapted, as whoever trained it called it.
    public let baseModel: String?

    /// What the product of B and A is multiplied by.
    public var factor: Double { alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)) }

    package static let ranks = 1...4096
    package static let alphas = 0...1e6

    package init(
        rank: Int, alpha: Double, isRankStabilized: Bool, targets: [String], savedModules: [String],
        taskType: TaskType, baseModel: String
    ) {
        self.rank = rank
        self.alpha = alpha
        self.isRankStabilized = isRankStabilized
        self.targets = targets
        self.savedModules = savedModules
        self.taskType = taskType
        self.baseModel = baseModel
    }

    /// Reads a file.
    /// - Throws: ``CheckpointError`` naming the key, what was found and what is allowed.
    public init(path: String) throws(CheckpointError) {
        let values = try ConfigurationValues(path: path)
        guard let type = try values.string("peft_type") else {
            throw CheckpointError(.malformed, file: path, "\"peft_type\" is missing, expected \"LORA\"")
        }
        guard type == "LORA" else {
            throw values.refused("peft_type", .string(type), allowed: "\"LORA\"", .unsupported)
        }
        try Self.refuseVariants(values)
        rank = try values.count("r", in: Self.ranks)
        alpha = try values.number("lora_alpha", in: Self.alphas)
        isRankStabilized = try values.boolean("use_rslora", default: false)
        targets = values["target_modules"]?.stringValue == nil ? try values.strings("target_modules") : nil
        savedModules = try values.strings("modules_to_save")
        // Other tasks, such as language modelling, only name a head that is not part of the adapter.
        taskType = try values.string("task_type").flatMap(TaskType.init)
        baseModel = try values.string("base_model_name_or_path")
    }

    /// Keys of PEFT that change what is computed, and their harmless values beside null, false and nothing.
    private static let variants: [(key: String, harmless: [String])] = [
        ("bias", ["none"]), ("fan_in_fan_out", []), ("lora_bias", []), ("use_dora", []), ("use_qalora", []),
        ("use_bdlora", []), ("rank_pattern", []), ("alpha_pattern", []), ("layer_replication", []),
        ("target_parameters", []), ("trainable_token_indices", []), ("alora_invocation_tokens", []),
        ("arrow_config", []), ("kasa_config", []), ("monteclora_config", []), ("velora_config", []),
        // These begin with other weights of the base model than it has; only the adapter's factors may begin differently.
        ("init_lora_weights", ["gaussian", "eva", "orthogonal"]),
    ]

    private static func refuseVariants(_ values: ConfigurationValues) throws(CheckpointError) {
        for (key, harmless) in variants {
            guard let value = values[key] else { continue }
            let isHarmless =
                switch value {
                case .bool(let flag): !flag || key == "init_lora_weights"
                case .array(let elements): elements.isEmpty
                case .object(let object): object.members.isEmpty
                case .string(let text): harmless.contains(text)
                default: false
                }
            guard isHarmless else {
                let allowed = ["nothing"] + harmless.map(\.quoted)
                throw values.refused(
                    key, value, allowed: "\(allowed.joined(separator: " or ")); only plain LoRA is supported",
                    .unsupported)
            }
        }
    }

    /// The content of the file.
    package var json: JSON {
        [
            "peft_type": "LORA", "task_type": taskType.map { .string($0.rawValue) } ?? .null,
            "base_model_name_or_path": baseModel.map(JSON.string) ?? .null, "r": .integer(rank),
            "lora_alpha": Int(exactly: alpha).map(JSON.integer) ?? .number(alpha),
            "target_modules": .array((targets ?? []).map(JSON.string)),
            "modules_to_save": savedModules.isEmpty ? .null : .array(savedModules.map(JSON.string)),
            "use_rslora": .bool(isRankStabilized), "use_dora": false, "lora_dropout": 0, "bias": "none",
            "fan_in_fan_out": false, "init_lora_weights": true, "inference_mode": true, "rank_pattern": [:],
            "alpha_pattern": [:],
        ]
    }
}

extension AdapterConfiguration.TaskType {
    /// What an adapter is for when the adapted model has this head.
    package init(_ head: ModelHead) {
        self =
            switch head {
            case .sequenceClassification: .sequenceClassification
            case .tokenClassification: .tokenClassification
            case .questionAnswering: .questionAnswering
            case .none, .maskedLanguageModel, .other: .featureExtraction
            }
    }

    /// The head of the adapted model.
    package var head: ModelHead {
        switch self {
        case .sequenceClassification: .sequenceClassification
        case .tokenClassification: .tokenClassification
        case .questionAnswering: .questionAnswering
        case .featureExtraction: .none
        }
    }
}
