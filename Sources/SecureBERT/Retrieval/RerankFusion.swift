/// Joins a ranking with what a cross-encoder says of its documents: the scores before and the logits, by ``RelativeScoreFusion``.
///
/// A small cross-encoder that reads a few passages knows less than one that was trained to tell all of them apart, but errs
/// elsewhere; together they rank better than either.
public struct RerankFusion: Sendable, Equatable {
    /// How much the cross-encoder counts beside the scores before, of 1; with 1 it alone decides.
    public var weight: Double

    public init(weight: Double = 0.5) { self.weight = weight }

    /// The documents in their new order; scores stay in the range that they had.
    /// - Parameters:
    ///   - ranking: documents with finite scores, best first, each at most once.
    ///   - logits: of each of them, finite.
    public func callAsFunction<Document: Hashable>(
        _ ranking: [(document: Document, score: Double)], logits: [Double]
    ) -> [(document: Document, score: Double)] {
        guard let best = ranking.first?.score, let last = ranking.last?.score else { return [] }
        let order = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
        return RelativeScoreFusion(weights: [1 - weight, weight])([
            ranking, order.map { (document: ranking[$0].document, score: logits[$0]) },
        ]).map { ($0.document, last + (best - last) * $0.score) }
    }
}
