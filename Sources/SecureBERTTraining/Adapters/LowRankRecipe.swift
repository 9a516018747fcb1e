import SecureBERTCheckpoint

/// The table `[lora]` of a fine-tuning recipe: the encoder stays as it is but for a product of two thin matrices that is
/// added to each of some linear layers; heads are trained in full.
struct LowRankRecipe: Sendable {
    let rank: Int
    let alpha: Double
    /// Whether the products are divided by the square root of the rank instead of the rank.
    let isRankStabilized: Bool
    /// Names of linear layers, or ends of their paths, as checkpoints spell them; empty for all of them.
    let targets: [String]

    /// - Returns: nil when the recipe has no such table.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found.
    init?(_ reader: RecipeReader) throws(RecipeError) {
        guard try reader.has("lora") else { return nil }
        rank = try reader.integer("lora.rank", in: AdapterConfiguration.ranks, default: 8)
        alpha = try reader.double("lora.alpha", in: AdapterConfiguration.alphas, default: Double(2 * rank))
        isRankStabilized = try reader.bool("lora.rank-stabilized", default: false)
        targets = try reader.strings("lora.targets")
    }

    /// All linear layers: adapting few of them costs accuracy (Dettmers et al. 2023, arXiv 2305.14314). The names are such
    /// that none means the pooler or a layer of a head.
    func targets(of configuration: ModelConfiguration) -> [String] {
        guard targets.isEmpty else { return targets }
        return switch configuration {
        case .modernBert: ["Wqkv", "Wo", "Wi"]
        case .bert: ["query", "key", "value", "intermediate.dense", "output.dense"]
        }
    }
}
