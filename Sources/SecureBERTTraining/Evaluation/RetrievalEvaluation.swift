import SecureBERT

/// How well passages are found for the queries of sets in BEIR's layout: by keywords, by a bi-encoder, by both fused, and with the
/// first ones read again by a cross-encoder.
public struct RetrievalEvaluation {
    /// A ranking for each query.
    public typealias Run = [String: [(document: String, score: Double)]]

    /// What ranks.
    public struct Systems {
        /// Makes vectors; nil to leave rankings by vectors out.
        public var encoder: SentenceEncoder?
        /// Reads queries with passages; nil to leave re-ranking out.
        public var reranker: CrossEncoder?
        /// Passages that are re-ranked for each query.
        public var depth = 50

        /// Keywords alone.
        public init() {}
    }

    /// The measures, in the order of the tables' columns.
    public static let measures: [RetrievalMeasure] = [
        .ndcg(10), .averagePrecision(nil), .recall(1), .recall(10), .recall(100), .reciprocalRank(10),
    ]

    /// Passages looked at for each query.
    static let depth = 100

    /// The figures of one way of ranking on one set.
    struct Result {
        let system: String
        let metrics: RetrievalMetrics
    }

    /// The sets, in order, with the results of each way.
    private var results: [(test: RetrievalTest, results: [Result])] = []
    private let systems: Systems

    /// An evaluation of these systems without sets so far.
    public init(_ systems: Systems) { self.systems = systems }

    /// Measures a set.
    /// - Parameter progress: Told how many texts or pairs are done, and what they are.
    public mutating func add(
        _ test: RetrievalTest, progress: @escaping (_ what: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) throws {
        let keywords = test.keywordRun(depth: Self.depth)
        var runs: [(String, Run)] = [("BM25", keywords)]
        var first = keywords
        if let encoder = systems.encoder {
            let encode = RetrievalEncoding(encoder) { progress("encoding", $0, $1) }
            let nearest = try test.run(depth: Self.depth) { try encode($0, areQueries: $1) }
            first = Self.fused([keywords, nearest])
            runs += [("bi-encoder", nearest), ("hybrid", first)]
        }
        if let reranker = systems.reranker {
            let reranked = try rerank(first, test, reranker) { progress("re-ranking", $0, $1) }
            runs += [("re-ranked", reranked), ("re-ranked, fused", Self.fused([first, reranked]))]
        }
        results.append((test, runs.map { Result(system: $0, metrics: test.metrics($1)) }))
    }

    /// Reciprocal-rank fusion of rankings.
    public static func fused(_ runs: [Run]) -> Run {
        let queries = Set(runs.flatMap(\.keys))
        return Dictionary(
            uniqueKeysWithValues: queries.map { query in
                let lists = runs.map { ($0[query] ?? []).map(\.document) }
                return (query, ReciprocalRankFusion()(lists).map { ($0.document, $0.score) })
            })
    }

    /// The first passages of each query in the order of a cross-encoder, then the others as they were.
    private func rerank(
        _ run: Run, _ test: RetrievalTest, _ reranker: CrossEncoder, _ progress: (Int, Int) -> Void
    ) throws -> Run {
        var result: Run = [:]
        let passages = Dictionary(test.passages.map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
        for (number, query) in test.queries.enumerated() {
            let ranked = run[query.id] ?? []
            let candidates = ranked.prefix(systems.depth)
            let scores = try reranker.score(candidates.map { (query.text, passages[$0.document] ?? "") })
            let order = scores.indices.sorted { (-scores[$0].logit.value, $0) < (-scores[$1].logit.value, $1) }
            let documents = order.map { candidates[$0].document } + ranked.dropFirst(systems.depth).map(\.document)
            result[query.id] = documents.enumerated().map { ($0.element, -Double($0.offset)) }
            progress(number + 1, test.queries.count)
        }
        return result
    }

    /// A part for each set, and one with the means over all of them.
    /// - Parameter seed: Of the intervals, which resample queries.
    public func sections(seed: UInt64) -> [EvaluationReport.Section] {
        var sections = results.map { test, results in
            var section = EvaluationReport.Section(test.name)
            section.notes = ["\(test.queries.count) queries, \(test.passages.count) passages."]
            section.figures = results.flatMap { result in
                Self.measures.map { measure in
                    .init(
                        "\(result.system): \(measure.name)", result.metrics.mean(measure),
                        result.metrics.interval(measure, seed: seed))
                }
            }
            section.tables = [
                Self.table(results.map { result in (result.system, Self.measures.map(result.metrics.mean)) })
            ]
            section.plots = [Self.bars(section.figures)]
            return section
        }
        if results.count > 1 { sections.append(means(seed)) }
        return sections
    }

    private func means(_ seed: UInt64) -> EvaluationReport.Section {
        var section = EvaluationReport.Section("Mean of \(results.count) sets")
        let names = results[0].results.map(\.system)
        for (index, name) in names.enumerated() {
            for measure in Self.measures {
                let values = results.map { $0.results[index].metrics.values(measure) }
                section.figures.append(
                    .init(
                        "\(name): \(measure.name)", Ratio.mean(values.map(Ratio.mean)),
                        Bootstrap.interval(meanOfMeans: values, seed: seed)))
            }
        }
        let columns = Self.measures.count
        section.tables = [
            Self.table(
                names.enumerated().map { index, name in
                    (name, section.figures[index * columns..<(index + 1) * columns].map { $0.value ?? 0 })
                })
        ]
        section.plots = [Self.bars(section.figures)]
        return section
    }

    private static func table(_ rows: [(system: String, values: [Double])]) -> EvaluationReport.Table {
        EvaluationReport.Table(
            "Rankings", columns: ["system"] + measures.map(\.name),
            rows: rows.map { [.text($0.system)] + $0.values.map { .number($0) } })
    }

    private static func bars(_ figures: [EvaluationReport.Figure]) -> EvaluationReport.Plot {
        .bars(title: measures[0].name, figures.enumerated().filter { $0.offset % measures.count == 0 }.map(\.element))
    }
}
