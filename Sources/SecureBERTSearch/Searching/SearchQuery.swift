import SecureBERT

/// A search.
public struct SearchQuery: Sendable, Equatable {
    /// What ranks.
    public enum Mode: String, Sendable, CaseIterable {
        /// Both, joined.
        case hybrid
        /// Words.
        case bm25
        /// Meaning.
        case vector
    }

    public var text: String
    public var mode = Mode.hybrid
    /// How a hybrid search joins its rankings.
    public var fusion = HybridFusion()
    public var level = SearchLevel.passage
    public var filter = SearchFilter()
    /// Only documents from these files or below these folders, called as ``SearchResults/withoutPlaces`` calls them; empty for any.
    public var names: [String] = []
    /// The most results.
    public var limit = 10
    /// The most passages of one document; nil for any number. At the level of documents, those that are shown with each.
    public var passagesPerDocument: Int?
    /// Results that a re-ranker reads again; nil for none.
    public var rerankDepth: Int?
    /// How what the re-ranker says is joined with the ranking before it.
    public var rerankFusion = RerankFusion()

    /// Results of each ranking that are looked at, at least.
    static let depth = 100
    /// The most results and the greatest depth that may be asked for.
    public static let maximumLimit = 10_000

    public init(_ text: String) { self.text = text }
}
