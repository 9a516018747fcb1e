/// What an index was made with. Searching it with anything else would compare what cannot be compared, so it is written when
/// the index is made and compared whenever it is opened.
public struct IndexManifest: Sendable, Equatable {
    /// The version of the layout that this program reads and writes.
    public static let currentVersion = 2

    /// The version of the layout.
    public var version = currentVersion
    /// What the model's folder is called, for messages.
    public var modelName: String
    /// SHA-256 of what decides the model's vectors: weights, configuration, tokenizer, pooling.
    public var modelDigest: String
    /// Elements of a vector.
    public var dimensions: Int
    /// The text before each passage and before each query, as models trained with such prompts want it; mostly empty.
    public var passagePrompt: String
    public var queryPrompt: String
    /// How the vectors that are all looked at are kept.
    public var vectorFormat: VectorFormat
    /// How the vectors are kept beside them that the best are compared again with; nil when there are none.
    public var rescoringFormat: VectorFormat?
    /// The most tokens of a passage, special tokens included.
    public var passageTokens: Int
    /// About how many tokens neighbouring passages share.
    public var overlapTokens: Int

    public init(
        modelName: String, modelDigest: String, dimensions: Int, passagePrompt: String = "", queryPrompt: String = "",
        vectorFormat: VectorFormat = .float32, rescoringFormat: VectorFormat? = nil, passageTokens: Int,
        overlapTokens: Int
    ) {
        (self.modelName, self.modelDigest, self.dimensions) = (modelName, modelDigest, dimensions)
        (self.passagePrompt, self.queryPrompt) = (passagePrompt, queryPrompt)
        (self.vectorFormat, self.rescoringFormat) = (vectorFormat, rescoringFormat)
        (self.passageTokens, self.overlapTokens) = (passageTokens, overlapTokens)
    }
}
