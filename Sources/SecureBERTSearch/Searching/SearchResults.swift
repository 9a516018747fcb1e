/// What a search has found.
public struct SearchResults: Sendable, Equatable {
    /// A place in one of the rankings that were joined.
    public struct Place: Sendable, Equatable {
        /// From 1.
        public let rank: Int
        /// BM25's sum, or the cosine.
        public let score: Double
    }

    /// A passage with what it was found by.
    public struct Passage: Sendable, Equatable {
        public let passage: SearchPassage
        public let ordinal: Int
        public let score: Double
    }

    /// A passage or a document.
    public struct Result: Sendable, Equatable {
        /// Higher is better; the scale is that of the ranking: BM25, cosine, what `HybridFusion` makes of both
        /// (1 more where the text has an identifier of the query), or the re-ranker's logit.
        public var score: Double
        public internal(set) var document: SearchDocument
        /// One at the level of passages; at that of documents the best, perhaps none.
        public let passages: [Passage]
        public let keywords: Place?
        public let vector: Place?
        /// What the re-ranker says; nil when it has not read it.
        public var logit: Double?
    }

    public let query: SearchQuery
    /// The model of the index.
    public let model: String
    /// Best first.
    public private(set) var results: [Result]
    let roots: SearchRoots

    /// The same without a word about where files are, for those who may search the index and not know its computer: a file, and
    /// an id that begins with its path, are called by their path below the folder that was indexed.
    public var withoutPlaces: SearchResults {
        var other = self
        other.results = results.map { result in
            var result = result
            let path = result.document.source
            guard !path.isEmpty else { return result }
            result.document.source = roots.name(of: path)
            if let rest = result.document.id.part(behind: path) { result.document.id = result.document.source + rest }
            return result
        }
        return other
    }
}
