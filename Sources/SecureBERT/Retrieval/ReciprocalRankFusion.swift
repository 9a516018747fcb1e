/// Joins rankings whose scores do not compare, such as keyword and vector search: a document's score is the sum over the
/// rankings of 1 / (k + rank), ranks from 1 (Cormack et al. 2009).
public struct ReciprocalRankFusion: Sendable {
    /// How little the first ranks count more than the next; 60 in the paper.
    public var k = 60.0

    /// Fusion with k = 60.
    public init() {}

    /// The documents of any ranking, best first; of equal scores the one that occurs first.
    /// - Parameters:
    ///   - rankings: documents, best first, each at most once.
    ///   - weights: how much each ranking counts; 1 unless given.
    public func callAsFunction<Document: Hashable>(
        _ rankings: [[Document]], weights: [Double]? = nil
    ) -> [(document: Document, score: Double)] {
        var sums = ScoreSums<Document>()
        for (index, ranking) in rankings.enumerated() {
            let weight = weights?[index] ?? 1
            for (rank, document) in ranking.enumerated() {
                sums.add(weight / (k + Double(rank + 1)), to: document)
            }
        }
        return sums.ranked
    }
}
