import SecureBERTTensor

/// Finds passages that look like answers to a query and are not: what a retriever learns most from.
///
/// Options are named and work as those of `mine_hard_negatives` of sentence-transformers.
public struct HardNegativeMining: Sendable {
    /// Which of the passages that fit are taken.
    public enum Sampling: String, Sendable, CaseIterable {
        /// The nearest ones.
        case top
        /// Any.
        case random
    }

    /// Ranks that are looked at, from 0: those before the first are too likely to be right.
    public var ranks = 0..<100
    /// Passages with a higher score are left out; nil for none.
    public var maximumScore: Double?
    /// Passages with a lower score are left out; nil for none.
    public var minimumScore: Double?
    /// Negatives must score at least this much below the positive; nil for any.
    public var absoluteMargin: Double?
    /// Negatives must score at most this part below 1 of the positive's score: 0.05 leaves out those above 95 % of it.
    public var relativeMargin: Double?
    public var count = 3
    public var sampling = Sampling.top
    public var seed: UInt64 = 42

    public init() {}

    /// Negatives for each relevant passage of each query.
    /// - Parameters:
    ///   - dataset: Queries, passages and judgements.
    ///   - run: For each query passages with scores, best first; deep enough for ``ranks``.
    /// - Returns: One example for each relevant passage; those for which no negative fits are left out.
    public func callAsFunction(
        _ dataset: RetrievalDataset, run: [String: [(document: String, score: Double)]]
    ) -> [EmbeddingExample] {
        let texts = Dictionary(dataset.passages.map { ($0.id, $0.contents) }, uniquingKeysWith: { first, _ in first })
        var examples: [EmbeddingExample] = []
        for (number, query) in dataset.queries.enumerated() {
            let relevant = (dataset.judgements[query.id] ?? [:]).filter { $0.value > 0 }
            let ranked = run[query.id] ?? []
            let right = Set(relevant.keys.compactMap { texts[$0] })
            for positive in relevant.keys.sorted() {
                guard let passage = texts[positive] else { continue }
                let own = ranked.first { $0.document == positive }?.score
                var fitting = ranked.filter { relevant[$0.document] == nil && fits($0.score, positive: own) }
                fitting = Array(fitting.dropFirst(ranks.lowerBound).prefix(ranks.count))
                if sampling == .random {
                    var random = SeededRandom(seed: seed, number)
                    fitting.shuffle(using: &random)
                }
                let negatives = fitting.prefix(count).compactMap { texts[$0.document] }
                guard !negatives.isEmpty else { continue }
                examples.append(
                    EmbeddingExample(query: query.text, passage: passage, negatives: negatives, alsoRight: right))
            }
        }
        return examples
    }

    private func fits(_ score: Double, positive: Double?) -> Bool {
        if let maximumScore, score > maximumScore { return false }
        if let minimumScore, score < minimumScore { return false }
        guard let positive else { return true }
        if let absoluteMargin, score > positive - absoluteMargin { return false }
        if let relativeMargin, score > positive * (1 - relativeMargin) { return false }
        return true
    }
}
