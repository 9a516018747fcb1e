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
        /// How rankings are joined.
        public var fusion = HybridFusion()
        /// How much the cross-encoder counts beside what it re-ranks, of 1.
        public var rerankerWeight = RerankFusion().weight
        /// Whether the cross-encoder reads only the beginning of passages that do not fit; all of them in windows otherwise.
        public var truncates = false
        /// Whether reports tell what other weights of scores would give, to choose them on validation data.
        public var triesWeights = false

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
    private struct Result {
        let system: String
        let metrics: RetrievalMetrics
    }

    /// What a set gave.
    private struct Outcome {
        let test: RetrievalTest
        /// Of each way of ranking.
        let results: [Result]
        /// nDCG@10 of each fused ranking with each of the weights that are tried.
        let tried: [(system: String, values: [Double])]
    }

    /// The weights that are tried.
    private static let weights = (0...10).map { Double($0) / 10 }

    /// The sets, in order.
    private var outcomes: [Outcome] = []
    private let systems: Systems

    /// An evaluation of these systems without sets so far.
    public init(_ systems: Systems) { self.systems = systems }

    /// Measures a set.
    /// - Parameters:
    ///   - test: Queries, passages and judgements.
    ///   - progress: Told how many texts or pairs are done, and what they are.
    public mutating func add(
        _ test: RetrievalTest, progress: @escaping (_ what: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) throws {
        let keywords = test.keywordRun(depth: Self.depth)
        var runs: [(String, Run)] = [("BM25", keywords)]
        var first = keywords
        var tried: [(system: String, values: [Double])] = []
        if let encoder = systems.encoder {
            let encode = RetrievalEncoding(encoder) { progress("encoding", $0, $1) }
            let nearest = try test.run(depth: Self.depth) { try encode($0, areQueries: $1) }
            first = Self.fused(keywords, nearest, systems.fusion)
            if systems.triesWeights { tried += values("hybrid", keywords, nearest, test) }
            runs += [("bi-encoder", nearest), ("hybrid", first)]
        }
        if let reranker = systems.reranker {
            let candidates = first.mapValues { Array($0.prefix(systems.depth)) }
            let reranked = try rerank(candidates, test, reranker) { progress("re-ranking", $0, $1) }
            let fusion = HybridFusion(systems.fusion.method, vectorWeight: systems.rerankerWeight)
            runs += [("re-ranked", reranked), ("re-ranked, fused", Self.fused(candidates, reranked, fusion))].map {
                ($0, Self.followed($1, by: first))
            }
            if systems.triesWeights { tried += values("re-ranked, fused", candidates, reranked, test) }
        }
        outcomes.append(
            Outcome(test: test, results: runs.map { Result(system: $0, metrics: test.metrics($1)) }, tried: tried))
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

    private static func fused(_ first: Run, _ second: Run, _ fusion: HybridFusion) -> Run {
        Dictionary(
            uniqueKeysWithValues: Set(first.keys).union(second.keys).map { query in
                (query, fusion(words: first[query] ?? [], vectors: second[query] ?? []))
            })
    }

    /// nDCG@10 by each method with each of the weights that are tried.
    private func values(
        _ system: String, _ first: Run, _ second: Run, _ test: RetrievalTest
    ) -> [(system: String, values: [Double])] {
        HybridFusion.Method.allCases.map { method in
            let values = Self.weights.map {
                test.metrics(Self.fused(first, second, HybridFusion(method, vectorWeight: $0))).mean(.ndcg(10))
            }
            return ("\(system), by \(method)", values)
        }
    }

    /// Rankings of the first documents, and behind them those that they lack, as they were.
    private static func followed(_ run: Run, by whole: Run) -> Run {
        Dictionary(
            uniqueKeysWithValues: whole.map { query, ranking in
                let first = run[query] ?? []
                let known = Set(first.map(\.document))
                let rest = ranking.map(\.document).filter { !known.contains($0) }
                let last = first.last?.score ?? 0
                return (query, first + rest.enumerated().map { ($0.element, last - 1 - Double($0.offset)) })
            })
    }

    /// Passages in the order of a cross-encoder, with its logits.
    private func rerank(
        _ run: Run, _ test: RetrievalTest, _ reranker: CrossEncoder, _ progress: (Int, Int) -> Void
    ) throws -> Run {
        var result: Run = [:]
        let passages = Dictionary(test.passages.map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
        for (number, query) in test.queries.enumerated() {
            let candidates = run[query.id] ?? []
            let scores = try reranker.score(
                candidates.map { (query.text, passages[$0.document] ?? "") }, truncate: systems.truncates)
            let order = scores.indices.sorted { (-scores[$0].logit.value, $0) < (-scores[$1].logit.value, $1) }
            result[query.id] = order.map { (candidates[$0].document, Double(scores[$0].logit.value)) }
            progress(number + 1, test.queries.count)
        }
        return result
    }

    /// A part for each set, and one with the means over all of them.
    /// - Parameter seed: Of the intervals, which resample queries.
    public func sections(seed: UInt64) -> [EvaluationReport.Section] {
        var sections = outcomes.map { outcome in
            let (test, results) = (outcome.test, outcome.results)
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
            section.tables += Self.table(ofWeights: outcome.tried)
            section.plots = [Self.bars(section.figures)]
            return section
        }
        if outcomes.count > 1 { sections.append(means(seed)) }
        return sections
    }

    private func means(_ seed: UInt64) -> EvaluationReport.Section {
        var section = EvaluationReport.Section("Mean of \(outcomes.count) sets")
        let names = outcomes[0].results.map(\.system)
        for (index, name) in names.enumerated() {
            for measure in Self.measures {
                let values = outcomes.map { $0.results[index].metrics.values(measure) }
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
        section.tables += Self.table(
            ofWeights: outcomes[0].tried.enumerated().map { index, tried in
                (
                    tried.system,
                    Self.weights.indices.map { weight in Ratio.mean(outcomes.map { $0.tried[index].values[weight] }) }
                )
            })
        section.plots = [Self.bars(section.figures)]
        return section
    }

    private static func table(ofWeights tried: [(system: String, values: [Double])]) -> [EvaluationReport.Table] {
        guard !tried.isEmpty else { return [] }
        return [
            EvaluationReport.Table(
                "nDCG@10 by the weight of the bi-encoder, and of the cross-encoder",
                columns: ["system"] + weights.map { "\($0)" },
                rows: tried.map { [.text($0.system)] + $0.values.map { .number($0) } })
        ]
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
