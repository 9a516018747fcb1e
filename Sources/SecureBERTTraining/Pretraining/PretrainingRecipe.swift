import SecureBERTCheckpoint
import SecureBERTJSON

/// What a pretraining run does, read from a TOML file; `Recipes/pretrain-mini.toml` is an example with every key explained.
public struct PretrainingRecipe: Sendable {
    /// A part of the run with its own kind of sequences.
    public struct Stage: Sendable, Equatable {
        public let name: String
        /// Tokens seen in this stage.
        public let tokens: Int
        /// Tokens of a sequence at most, special ones included.
        public let length: Int
        /// Whether short documents are joined up to that length.
        public let joinsDocuments: Bool
        /// The part of the tokens hidden.
        public let maskRate: Double
        /// Where its tokens come from.
        public let mixture: DocumentMixture
    }

    /// Where the weights come from.
    public enum Start: Sendable {
        /// New weights for this configuration, the content of a `config.json` without its vocabulary.
        case scratch(JSON)
        /// The checkpoint of a folder, to be adapted to the domain.
        case checkpoint(folder: String)
    }

    public let file: String
    /// The recipe in one spelling; two runs of equal texts do the same.
    public let canonicalText: String
    public let start: Start
    public let stages: [Stage]
    /// Patterns of the names of broad sources, see ``DocumentMixture``.
    let broadSources: [String]
    /// What is hidden together, by kind of document.
    let textUnit: TokenMasking.Unit
    let codeUnit: TokenMasking.Unit
    public let settings: TrainerSettings
    /// Tokens of one optimizer step, about: sequences are added until there are that many.
    public let tokensPerStep: Int
    /// Tokens computed at once at most; gradients of several parts are added up.
    public let tokensPerPart: Int
    /// Validation tokens used for an evaluation.
    public let evaluationTokens: Int

    /// Tokens of all stages.
    public var tokens: Int { stages.reduce(0) { $0 + $1.tokens } }

    /// Reads a recipe.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        try self.init(RecipeReader(path: path))
    }

    init(_ reader: RecipeReader) throws {
        file = reader.file
        canonicalText = reader.canonicalText
        start = try Self.start(reader.table("model"), reader)
        let masking = try reader.optionalTable("masking")
        textUnit = try masking?.choice("text", default: .token) ?? .token
        codeUnit = try masking?.choice("code", default: .token) ?? .token
        tokensPerStep = try reader.integer("tokens-per-step", in: 64...1 << 24)
        tokensPerPart = try reader.integer("tokens-per-part", in: 16...1 << 20, default: 4096)
        evaluationTokens = try reader.integer("evaluation.tokens", in: 1...1 << 32, default: 100_000)
        broadSources = try reader.optionalTable("broad")?.strings("sources") ?? []
        let rate = try masking?.double("rate", in: 0.01...0.9, default: 0.3) ?? 0.3
        stages = try reader.tables("stage").map { try Self.stage($0, rate: rate) }
        guard !stages.isEmpty else {
            throw RecipeError(file: file, key: "stage", "is missing, expected at least one [[stage]] with its tokens")
        }
        settings = try TrainerSettings(reader)
        try reader.finish()
    }

    private static func start(_ reader: RecipeReader, _ root: RecipeReader) throws -> Start {
        if let folder = try reader.optionalString("from") { return .checkpoint(folder: root.resolved(folder)) }
        let limits = 1...16_384
        let layers = try reader.integer("layers", in: 1...256)
        let size = try reader.integer("hidden-size", in: limits)
        let heads = try reader.integer("heads", in: 1...1024)
        let interval = try reader.integer("global-every", in: limits, default: 3)
        let globalTheta = try reader.double("global-rope-theta", in: 1...1e12, default: 160_000)
        let localTheta = try reader.double("local-rope-theta", in: 1...1e12, default: 10_000)
        return .scratch([
            "architectures": ["ModernBertForMaskedLM"], "model_type": "modernbert",
            "hidden_size": .integer(size), "num_hidden_layers": .integer(layers),
            "num_attention_heads": .integer(heads),
            "intermediate_size": .integer(try reader.integer("intermediate-size", in: 1...131_072)),
            "max_position_embeddings": .integer(try reader.integer("maximum-length", in: 8...1 << 20)),
            "local_attention": .integer(try reader.integer("local-attention", in: 2...1 << 20, default: 128)),
            "global_attn_every_n_layers": .integer(interval),
            "global_rope_theta": .number(globalTheta), "local_rope_theta": .number(localTheta),
            "hidden_activation": "gelu", "classifier_activation": "gelu", "classifier_pooling": "mean",
            "norm_eps": .number(1e-5), "norm_bias": .bool(false), "attention_bias": .bool(false),
            "mlp_bias": .bool(false), "decoder_bias": .bool(true), "classifier_bias": .bool(false),
            "attention_dropout": .number(0), "embedding_dropout": .number(0), "mlp_dropout": .number(0),
            "initializer_range": .number(try reader.double("initializer-range", in: 1e-4...1, default: 0.02)),
            "tie_word_embeddings": .bool(true), "torch_dtype": "float32",
        ])
    }

    private static func stage(_ reader: RecipeReader, rate: Double) throws -> Stage {
        var kinds: [DocumentKind: Double] = [:]
        for kind in DocumentKind.allCases {
            kinds[kind] = try reader.optionalDouble(kind.rawValue, in: 0...1)
        }
        if !kinds.isEmpty, kinds.values.reduce(0, +) <= 0 {
            throw RecipeError(
                file: reader.file, key: "stage.text", "expected a positive share of text or code, found none")
        }
        return Stage(
            name: try reader.string("name"), tokens: try reader.integer("tokens", in: 1...1 << 44),
            length: try reader.integer("length", in: 8...1 << 20),
            joinsDocuments: try reader.bool("join-documents", default: false),
            maskRate: try reader.double("mask-rate", in: 0.01...0.9, default: rate),
            mixture: DocumentMixture(
                kinds: kinds.isEmpty ? nil : kinds, broad: try reader.optionalDouble("broad", in: 0...1)))
    }
}
