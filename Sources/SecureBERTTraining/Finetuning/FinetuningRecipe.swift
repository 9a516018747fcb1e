import SecureBERTCheckpoint

/// What a fine-tuning run does, whatever its task, read from a TOML file; `Recipes/finetune-*.toml` are examples.
public struct FinetuningRecipe: Sendable {
    public let file: String
    /// The recipe in one spelling; two runs of equal texts do the same.
    public let canonicalText: String
    /// The folder of the checkpoint to begin with.
    public let start: String
    /// One run for each.
    public let seeds: [UInt64]
    /// How often every example is seen.
    public let epochs: Double
    /// Examples of one optimizer step.
    public let batchSize: Int
    /// Tokens computed at once at most; gradients of several parts are added up.
    public let tokensPerPart: Int
    /// Tokens of a sequence at most, special ones included; longer examples are cut into windows.
    public let maximumLength: Int
    /// Layers from the bottom whose weights stay as they are.
    public let frozenLayers: Int
    /// Whether the embeddings stay as they are.
    public let freezesEmbeddings: Bool
    /// What is trained in place of the encoder's matrices; nil to train them themselves.
    let lora: LowRankRecipe?
    /// Whether the run says how often to evaluate; otherwise it is after every epoch.
    let hasEvaluationInterval: Bool
    var settings: TrainerSettings

    /// Reads what all tasks have in common. The task reads its own keys and then calls `reader.finish()`.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found.
    init(_ reader: RecipeReader) throws {
        file = reader.file
        canonicalText = reader.canonicalText
        start = reader.resolved(try reader.string("from"))
        seeds = try Self.seeds(reader)
        epochs = try reader.double("epochs", in: 0.001...100_000)
        batchSize = try reader.integer("batch-size", in: 1...1 << 20)
        tokensPerPart = try reader.integer("tokens-per-part", in: 16...1 << 20, default: 4096)
        maximumLength = try reader.integer("maximum-length", in: 8...1 << 20, default: 512)
        frozenLayers = try reader.integer("freeze.layers", in: 0...1024, default: 0)
        freezesEmbeddings = try reader.bool("freeze.embeddings", default: false)
        lora = try LowRankRecipe(reader)
        hasEvaluationInterval = try reader.has("evaluation.every")
        settings = try TrainerSettings(reader)
    }

    private static func seeds(_ reader: RecipeReader) throws -> [UInt64] {
        let numbers = try reader.integers("seeds", in: 0...Int.max)
        guard Set(numbers).count == numbers.count else {
            throw reader.error("seeds", "expected different numbers, found \(numbers)")
        }
        return numbers.isEmpty ? [42] : numbers.map(UInt64.init)
    }

    /// Whether the optimizer may change the weights of that name.
    func isTrained(_ name: String) -> Bool {
        if let layer = LayerDepth.layer(name) { return layer >= frozenLayers }
        return !(freezesEmbeddings && name.contains("embeddings."))
    }
}
