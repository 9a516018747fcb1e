import SecureBERT

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

    /// The set with a random part of its queries, the same for a seed.
    public func limited(toQueries count: Int, seed: UInt64 = 42) -> RetrievalTest {
        guard queries.count > count else { return self }
        var random = SeededRandom(seed: seed, 2)
        return RetrievalTest(self, queries: Array(queries.shuffled(using: &random).prefix(count)))
    }

    /// Ranks passages by the products of unit vectors.
    /// - Parameters:
    ///   - depth: Passages kept for each query.
    ///   - encode: Makes unit vectors of texts; told whether they are queries.
    /// - Returns: For each query the nearest passages with their scores.
    public func run(
        depth: Int, _ encode: (_ texts: [String], _ areQueries: Bool) throws -> [[Float]]
    ) throws -> [String: [(document: String, score: Double)]] {
        let passageVectors = try encode(passages.map(\.text), false)
        let queryVectors = try encode(queries.map(\.text), true)
        var run: [String: [(document: String, score: Double)]] = [:]
        for (query, vector) in zip(queries, queryVectors) {
            let scores = passageVectors.map { other in
                Double(zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 })
            }
            let nearest = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(depth)
            run[query.id] = nearest.map { (passages[$0].id, scores[$0]) }
        }
        return run
    }

    /// Ranks passages by keywords.
    public func keywordRun(depth: Int) -> [String: [(document: String, score: Double)]] {
        let index = BM25(documents: passages.map(\.text))
        return Dictionary(
            uniqueKeysWithValues: queries.map { query in
                (query.id, index.search(query.text, limit: depth).map { (passages[$0.document].id, $0.score) })
            })
    }

    /// How good the rankings of the test's queries are.
    public func metrics(_ run: [String: [(document: String, score: Double)]]) -> RetrievalMetrics {
        let asked = Set(queries.map(\.id))
        return RetrievalMetrics(run: run, judgements: judgements.filter { asked.contains($0.key) })
    }
}
