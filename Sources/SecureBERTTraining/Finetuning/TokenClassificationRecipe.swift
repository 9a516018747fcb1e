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
    /// How much tokens outside of entities count.
    let outsideWeight: Float
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
