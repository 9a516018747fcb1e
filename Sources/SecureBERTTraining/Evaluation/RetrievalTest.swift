/// A retrieval set to measure encoders on: every query against every passage.
public struct RetrievalTest: Sendable {
    /// What the set is called: its folder.
    public let name: String
    let queries: [(id: String, text: String)]
    let passages: [(id: String, text: String)]
    /// How relevant passages are to a query, by their ids.
    let judgements: [String: [String: Int]]

    /// The queries of a set that have a judgement.
    public init(_ dataset: RetrievalDataset) {
        name = dataset.folder.split(separator: "/").last.map(String.init) ?? dataset.folder
        queries = dataset.queries.map { ($0.id, $0.text) }
        passages = dataset.passages.map { ($0.id, $0.contents) }
        judgements = dataset.judgements
    }

    private init(_ other: RetrievalTest, queries: [(id: String, text: String)]) {
        name = other.name
        self.queries = queries
        passages = other.passages
        judgements = other.judgements
    }

    /// A random part of the queries.
    func limited(toQueries count: Int, seed: UInt64) -> RetrievalTest {
        guard queries.count > count else { return self }
        var random = SeededRandom(seed: seed, 2)
        return RetrievalTest(self, queries: Array(queries.shuffled(using: &random).prefix(count)))
    }

    /// Ranks passages by the products of unit vectors.
    /// - Parameters:
    ///   - depth: Passages kept for each query.
    ///   - encode: Makes unit vectors of texts; told whether they are queries.
    /// - Returns: For each query, passages with their scores, best first.
    public func rankings(
        depth: Int, _ encode: (_ texts: [String], _ areQueries: Bool) throws -> [[Float]]
    ) throws -> [String: [(id: String, score: Double)]] {
        let passageVectors = try encode(passages.map(\.text), false)
        let queryVectors = try encode(queries.map(\.text), true)
        var rankings: [String: [(id: String, score: Double)]] = [:]
        for (query, vector) in zip(queries, queryVectors) {
            var scored = zip(passages, passageVectors).map { passage, other in
                (id: passage.id, score: Double(zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }))
            }
            scored.sort { ($0.score, $1.id) > ($1.score, $0.id) }
            rankings[query.id] = Array(scored.prefix(depth))
        }
        return rankings
    }

    /// The mean normalized discounted cumulative gain of an encoder.
    func ndcg(
        at depth: Int, _ encode: (_ texts: [String], _ areQueries: Bool) throws -> [[Float]]
    ) throws -> Double {
        RetrievalMetrics(rankings: try rankings(depth: depth, encode), judgements: judgements).ndcg(at: depth)
    }
}
