/// How a sentence encoder is fine-tuned: the common keys and the table `[embed]`.
public struct EmbeddingRecipe: Sendable {
    /// What errors cost.
    public enum Loss: String, Sendable, CaseIterable {
        /// Multiple negatives ranking: each query finds its passage among those of the batch.
        case ranking
        /// And each passage its query.
        case symmetric
        /// Each given negative is farther away than the passage, by a margin.
        case triplet
        /// Pairs with scores have cosines in the same order.
        case coSENT = "cosent"
    }

    /// How token states become one vector.
    public enum Pooling: String, Sendable, CaseIterable {
        case cls, mean
    }

    public internal(set) var common: FinetuningRecipe
    public let loss: Loss
    let pooling: Pooling
    /// What cosines are multiplied by: the inverse temperature.
    let scale: Double
    let margin: Double
    /// Sizes at which vectors can be cut, beside the whole (Matryoshka).
    let dimensions: [Int]
    /// Given negatives used of an example, at most.
    let negatives: Int
    /// What stands before each query and passage.
    let queryPrompt: String
    let passagePrompt: String
    /// Queries of each validation set that are measured, at most.
    let validationQueries: Int

    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        let reader = try RecipeReader(path: path)
        common = try FinetuningRecipe(reader)
        loss = try reader.choice("embed.loss", default: .ranking)
        pooling = try reader.choice("embed.pooling", default: .mean)
        scale = try reader.double("embed.scale", in: 0.01...1000, default: 20)
        margin = try reader.double("embed.margin", in: 0...2, default: 0.3)
        dimensions = try reader.integers("embed.dimensions", in: 1...16_384)
        negatives = try reader.integer("embed.negatives", in: 0...1000, default: 1)
        guard loss != .triplet || negatives > 0 else {
            throw reader.error("embed.negatives", "expected at least 1 for the triplet loss, found 0")
        }
        queryPrompt = try reader.string("embed.query-prompt", default: "")
        passagePrompt = try reader.string("embed.passage-prompt", default: "")
        validationQueries = try reader.integer("embed.validation-queries", in: 1...1 << 32, default: 300)
        try reader.finish()
    }
}
