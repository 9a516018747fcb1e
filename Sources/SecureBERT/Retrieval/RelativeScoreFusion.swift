/// Joins rankings by their scores, each scaled for its query so that its best document has 1 and its last one 0; a ranking says 0
/// of documents that it does not have.
///
/// Unlike ranks, scores tell how much better the first is than the second. With a weight found on validation data this beat
/// reciprocal-rank fusion on most sets of Bruch, Gai and Ingber 2023 (arXiv 2210.11934), who study it as a convex combination.
public struct RelativeScoreFusion: Sendable {
    /// How much each ranking counts.
    public let weights: [Double]

    /// Fusion of as many rankings as there are weights.
    public init(weights: [Double]) { self.weights = weights }

    /// The documents of any ranking, best first; of equal scores the one that occurs first.
    /// - Parameter rankings: documents with finite scores, best first, each document at most once.
    public func callAsFunction<Document: Hashable>(
        _ rankings: [[(document: Document, score: Double)]]
    ) -> [(document: Document, score: Double)] {
        var sums = ScoreSums<Document>()
        for (ranking, weight) in zip(rankings, weights) {
            let last = ranking.last?.score ?? 0
            let range = (ranking.first?.score ?? 0) - last
            for (document, score) in ranking {
                sums.add(weight * (range > 0 ? (score - last) / range : 1), to: document)
            }
        }
        return sums.ranked
    }
}
