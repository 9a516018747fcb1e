/// How hybrid search joins a ranking by words with one by vectors: the method and how much the vectors count.
///
/// Searches of an index, the server and `evaluate retrieval` share these defaults, which were chosen on validation data.
public struct HybridFusion: Sendable, Equatable {
    /// What of the rankings is joined.
    public enum Method: String, Sendable, CaseIterable {
        /// Their ranks, see ``ReciprocalRankFusion``.
        case ranks
        /// Their scores, see ``RelativeScoreFusion``.
        case scores
    }

    public var method: Method
    /// How much the vectors count, of 1; the words count the rest.
    public var vectorWeight: Double

    public init(_ method: Method = .scores, vectorWeight: Double = 0.8) {
        (self.method, self.vectorWeight) = (method, vectorWeight)
    }

    /// The documents of either ranking, best first; of equal scores the one that occurs first.
    /// - Parameters:
    ///   - words: documents with finite scores, best first, each at most once.
    ///   - vectors: the same of the other ranking.
    public func callAsFunction<Document: Hashable>(
        words: [(document: Document, score: Double)], vectors: [(document: Document, score: Double)]
    ) -> [(document: Document, score: Double)] {
        let weights = [1 - vectorWeight, vectorWeight]
        return switch method {
        case .ranks: ReciprocalRankFusion()([words, vectors].map { $0.map(\.document) }, weights: weights)
        case .scores: RelativeScoreFusion(weights: weights)([words, vectors])
        }
    }
}
