/// Joins a ranking with what a cross-encoder says of its documents: the scores before and the logits, by ``RelativeScoreFusion``.
///
/// A small cross-encoder ranks worse alone than a hybrid search, but errs elsewhere: beside it the mean of five validation sets
/// is better than either, though not every set is (Documentation/experiments.md).
public struct RerankFusion: Sendable, Equatable {
    /// How much the cross-encoder counts beside the scores before, of 1; with 1 it alone decides.
    public var weight: Double

    public init(weight: Double = 0.5) { self.weight = weight }

    /// The documents in their new order; scores stay in the range that they had.
    /// - Parameters:
    ///   - ranking: documents with finite scores, best first, each at most once.
    ///   - logits: of each of them in the same order, finite; documents without one come last for the cross-encoder.
    public func callAsFunction<Document: Hashable>(
        _ ranking: [(document: Document, score: Double)], logits: [Double]
    ) -> [(document: Document, score: Double)] {
        guard let best = ranking.first?.score, let last = ranking.last?.score else { return [] }
        let read = zip(ranking, logits).map { (document: $0.document, score: $1) }
        // Sorting is stable: equal ones stay in their order.
        return RelativeScoreFusion(weights: [1 - weight, weight])([ranking, read.sorted { $0.score > $1.score }])
            .map { ($0.document, last + (best - last) * $0.score) }
    }
}
