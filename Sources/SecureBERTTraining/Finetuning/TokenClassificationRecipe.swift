/// How a token classifier is fine-tuned: the common keys and the table `[ner]`.
public struct TokenClassificationRecipe: Sendable {
    /// What errors cost.
    public enum Loss: String, Sendable, CaseIterable {
        case crossEntropy = "cross-entropy"
        /// Certain tokens count less; see `focus`.
        case focal
        /// A linear-chain random field over the labels of words.
        case randomField = "crf"
    }

    public internal(set) var common: FinetuningRecipe
    let subtokens: SentenceEncoding.Subtokens
    public let loss: Loss
    /// The exponent of the focal loss.
    let focus: Double
    /// How rare types are helped.
    public enum Balance: String, Sendable, CaseIterable {
        case none
        /// The entities of each type count together as much as those of any other.
        case weights
        /// Sentences with each type, and those without an entity, are drawn as often as those with any other; one with several
        /// as often as its rarest asks for.
        case sampling
    }

    let balance: Balance
    /// How much tokens outside of entities count.
    let outsideWeight: Float
    /// How much tokens of entities of a type count, where the recipe says so; goes before ``balance``.
    let typeWeights: [String: Float]
    /// The part of training sentences written without the spaces that ordinary text does not have.
    let tightness: Double
    /// The part of the entities replaced by others of their type.
    let replacement: Double
    /// The part of the replacements that are invented.
    let invention: Double
    /// Types of extra training data by the type of this label set that they stand for; others are not learned.
    let typeMap: [String: String]

    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        let reader = try RecipeReader(path: path)
        common = try FinetuningRecipe(reader)
        subtokens = try reader.choice("ner.subtokens", default: .first)
        loss = try reader.choice("ner.loss", default: .crossEntropy)
        focus = try reader.double("ner.focus", in: 0...10, default: 2)
        outsideWeight = Float(try reader.double("ner.outside-weight", in: 0.001...1000, default: 1))
        balance = try reader.choice("ner.balance", default: .none)
        var weights: [String: Float] = [:]
        if let table = try reader.optionalTable("ner.weights") {
            for key in table.keys() { weights[key] = Float(try table.double(key, in: 0.001...1000)) }
        }
        typeWeights = weights
        guard loss != .randomField || (balance != .weights && weights.isEmpty && outsideWeight == 1) else {
            throw reader.error(
                "ner.loss",
                "the random field has one loss for a sentence and no weights of types; use balance = \"sampling\"")
        }
        tightness = try reader.double("ner.tight-text", in: 0...1, default: 0)
        replacement = try reader.double("ner.replace-entities", in: 0...1, default: 0)
        invention = try reader.double("ner.invent-names", in: 0...1, default: 0)
        var map: [String: String] = [:]
        if let table = try reader.optionalTable("ner.types") {
            for key in table.keys() { map[key] = try table.string(key) }
        }
        typeMap = map
        try reader.finish()
    }
}
