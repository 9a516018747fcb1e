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
    /// Negatives must score at least this much below the query's lowest-scored positive; nil for any.
    public var absoluteMargin: Double?
    /// Negatives must score at least this part of that positive's score below it: 0.05 leaves out those above 95 %.
    public var relativeMargin: Double?
    public var count = 3
    public var sampling = Sampling.top
    public var seed: UInt64 = 42

    public init() {}

    /// Negatives for each relevant passage of each query.
    /// - Parameters:
    ///   - dataset: Queries, passages and judgements.
    ///   - run: For each query passages with scores, best first; deep enough for ``ranks``.
    ///   - rescored: Better scores of pairs of a query and a passage, in order; then ``ranks`` are those of `run`, and these
    ///     scores decide what fits and what is nearest. nil for those of `run`.
    /// - Throws: What `rescored` throws.
    /// - Returns: One example for each relevant passage; those for which no negative fits are left out. A positive that the
    ///   ranking does not hold counts as its last passage for the margins: its own score can only be lower.
    public func callAsFunction(
        _ dataset: RetrievalDataset, run: [String: [(document: String, score: Double)]],
        rescored: (([(query: String, passage: String)]) throws -> [Double])? = nil
    ) throws -> [EmbeddingExample] {
        let texts = Dictionary(dataset.passages.map { ($0.id, $0.contents) }, uniquingKeysWith: { first, _ in first })
        var examples: [EmbeddingExample] = []
        for (number, query) in dataset.queries.enumerated() {
            let relevant = (dataset.judgements[query.id] ?? [:]).filter { $0.value > 0 }.keys.sorted()
            var ranked = run[query.id] ?? []
            if let rescored {
                let candidates = ranked.filter { !relevant.contains($0.document) }.prefix(ranks.upperBound)
                    .dropFirst(ranks.lowerBound).map(\.document)
                let documents = relevant + candidates
                let scores = try rescored(documents.map { (query.text, texts[$0] ?? "") })
                ranked = zip(documents, scores).map { (document: $0, score: $1) }.sorted { $0.score > $1.score }
            }
            let highest = highestScore(ranked, relevant: Set(relevant))
            let lowest = minimumScore ?? -.infinity
            let fitting = ranked.filter {
                !relevant.contains($0.document) && $0.score <= highest && $0.score >= lowest
            }
            let window =
                rescored == nil ? Array(fitting.prefix(ranks.upperBound).dropFirst(ranks.lowerBound)) : fitting
            let negatives = taken(window, query: number).compactMap { texts[$0.document] }
            guard !negatives.isEmpty else { continue }
            let right = relevant.compactMap { texts[$0] }
            for passage in right {
                examples.append(
                    EmbeddingExample(query: query.text, passage: passage, negatives: negatives, alsoRight: Set(right)))
            }
        }
        return examples
    }

    /// The highest score a negative of a query may have.
    private func highestScore(_ ranked: [(document: String, score: Double)], relevant: Set<String>) -> Double {
        var highest = maximumScore ?? .infinity
        let found = ranked.filter { relevant.contains($0.document) }.map(\.score)
        guard let positive = found.count == relevant.count ? found.min() : ranked.last?.score else { return highest }
        if let absoluteMargin { highest = min(highest, positive - absoluteMargin) }
        if let relativeMargin { highest = min(highest, positive - abs(positive) * relativeMargin) }
        return highest
    }

    /// As many as wanted, best first.
    private func taken(
        _ window: [(document: String, score: Double)], query: Int
    ) -> [(document: String, score: Double)] {
        guard sampling == .random else { return Array(window.prefix(count)) }
        var random = SeededRandom(seed: seed, query)
        return window.indices.shuffled(using: &random).prefix(count).sorted().map { window[$0] }
    }
}
