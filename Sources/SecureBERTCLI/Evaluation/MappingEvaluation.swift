import SecureBERT
import SecureBERTIntel
import SecureBERTJSON
import SecureBERTTraining

/// Measures how well ``ControlMapper`` finds controls, against BM25 over the same texts.
struct MappingEvaluation {
    private typealias Run = RetrievalEvaluation.Run
    private typealias Found = [[ControlMapper.Candidate]]

    private let loaded: ControlMappers
    private let seed: UInt64
    private let isReranked: Bool
    private(set) var sections: [EvaluationReport.Section] = []
    private var written: [JSON] = []

    private static let measures: [RetrievalMeasure] = [
        .ndcg(10), .recall(5), .recall(10), .recall(20), .reciprocalRank(10), .averagePrecision(nil),
    ]
    /// Controls looked at for each query.
    private static let depth = 100
    /// Controls of a query whose evidence is written.
    private static let writtenDepth = 20
    /// Controls that `comply` suggests for a passage.
    private static let suggestions = PolicyAnalyzer.Options().limit

    init(_ loaded: ControlMappers, seed: UInt64, isReranked: Bool) {
        (self.loaded, self.seed, self.isReranked) = (loaded, seed, isReranked)
    }

    /// A line for each query with its first controls, what speaks for them and which are right.
    var scores: String { written.map { $0.text + "\n" }.joined() }

    // MARK: - Controls

    /// Measures a set of queries.
    mutating func add(_ set: MappingQueries, progress: (_ done: Int, _ total: Int) -> Void) throws {
        let vectors = try vectors(set.queries.map(\.text))
        let systems = try systems(set.framework)
        let catalog = systems.last.catalog
        var runs = [("BM25", keywordRun(set, catalog.controls))]
        var last: Found = []
        for (index, system) in systems.all.enumerated() {
            last = try found(set.queries, vectors, system.mapper)
            runs.append((system.name, run(set.queries, last, catalog)))
            progress(index + 1, systems.all.count)
        }
        let hasParts = set.queries.contains { !$0.parts.isEmpty }
        let whole = last
        if hasParts {
            last = try inSentences(set.queries, vectors, systems.last)
            let name = "mapper, sentences too"
            runs.append((name, run(set.queries, last, catalog, by: { Double($0.probability) })))
        }
        if !hasParts { write(set, last, catalog, form: set.framework.rawValue) }
        if set.framework == .nist80053, !hasParts {
            let other = try loaded.mapperLikeOwn(set.framework)
            write(set, try found(set.queries, vectors, other), catalog, form: "other")
        }
        var section = section(set.name, judgements(set.queries), runs)
        section.figures += suggested(set.queries, last, systems.last.mapping, catalog)
        if hasParts {
            section.figures.append(
                recallAtPrecision(of: last, whole, set.queries, systems.last.mapping, catalog, "without sentences, "))
        }
        sections.append(section)
    }

    /// Ways of mapping, the last of them complete.
    private func systems(
        _ framework: ControlFramework
    ) throws -> (all: [(name: String, mapper: ControlMapper)], last: ControlMapper) {
        func only(_ kept: [WritableKeyPath<ControlMapping, Double>]) throws -> ControlMapper {
            try loaded.mapper(framework, isReranked: false) { mapping in
                for weight in Self.weights where !kept.contains(weight) { mapping[keyPath: weight] = 0 }
            }
        }
        var all = [
            ("bi-encoder", try only([\.weights.similarity])), ("fields", try only(Self.fields)),
            ("fields and bi-encoder", try only(Self.fields + [\.weights.similarity])),
            (
                "mapper without crosswalk",
                try loaded.mapper(framework, isReranked: false) { $0.weights.crosswalk = 0 }
            ),
        ]
        let mapper = try loaded.mapper(framework, isReranked: false)
        all.append(("mapper", mapper))
        guard isReranked else { return (all, mapper) }
        let reranked = try loaded.mapper(framework)
        return (all + [("mapper, re-ranked", reranked)], reranked)
    }

    private static var fields: [WritableKeyPath<ControlMapping, Double>] {
        [\.weights.title, \.weights.statement, \.weights.guidance]
    }
    private static var weights: [WritableKeyPath<ControlMapping, Double>] {
        fields + [\.weights.similarity, \.weights.crosswalk, \.weights.enhancements, \.weights.base]
    }

    private func vectors(_ texts: [String]) throws -> [[Float]] {
        try stride(from: 0, to: texts.count, by: 64).flatMap { start in
            try loaded.encoder(Array(texts[start..<min(start + 64, texts.count)])).map(\.vector)
        }
    }

    private func found(
        _ queries: [MappingQueries.Query], _ vectors: [[Float]], _ mapper: ControlMapper
    ) throws -> Found {
        try zip(queries, vectors).map { query, vector in
            try mapper(.init(query.text, vector: vector), limit: Self.depth) { Self.isLeftOut($0, query) }
        }
    }

    /// Groups of either framework: a family, or a category.
    private static func isLeftOut(_ partner: KnowledgeEntry, _ query: MappingQueries.Query) -> Bool {
        query.groups.contains { partner.parent == $0 || partner.id.hasPrefix($0 + "-") }
    }

    /// What `comply` finds in a paragraph and its sentences; in a query without parts as before.
    private func inSentences(
        _ queries: [MappingQueries.Query], _ vectors: [[Float]], _ mapper: ControlMapper
    ) throws -> Found {
        try zip(queries, vectors).map { query, vector in
            let parts = try zip(query.parts, self.vectors(query.parts)).map { ControlMapper.Text($0, vector: $1) }
            return try mapper(.init(query.text, vector: vector), sentences: parts, limit: Self.depth) {
                Self.isLeftOut($0, query)
            }
        }
    }

    private func judgements(_ queries: [MappingQueries.Query]) -> [String: [String: Int]] {
        Dictionary(
            queries.map { query in (query.id, Dictionary(query.relevant.map { ($0, 1) }) { first, _ in first }) }
        ) { first, _ in first }
    }

    private func run(
        _ queries: [MappingQueries.Query], _ found: Found, _ catalog: ControlCatalog,
        by score: (ControlMapper.Candidate) -> Double = \.score
    ) -> Run {
        Dictionary(
            zip(queries, found).map { query, candidates in
                (query.id, candidates.map { (catalog.controls[$0.control].id, score($0)) })
            }
        ) { first, _ in first }
    }

    /// BM25 as `evaluate retrieval` has it, over title, statement and guidance.
    private func keywordRun(_ set: MappingQueries, _ controls: [KnowledgeEntry]) -> Run {
        let index = BM25(documents: controls.map { "\($0.name) \($0.text) \($0.guidance)" })
        return Dictionary(
            set.queries.map { query in
                (
                    query.id,
                    index.search(query.text, limit: Self.depth).map { (controls[$0.document].id, $0.score) }
                )
            }
        ) { first, _ in first }
    }

    /// How good the suggestions of `comply` are with its default options.
    private func suggested(
        _ queries: [MappingQueries.Query], _ found: Found, _ mapping: ControlMapping, _ catalog: ControlCatalog,
        _ name: String = ""
    ) -> [EvaluationReport.Figure] {
        let counts = zip(queries, found).map { query, candidates in
            let likely = candidates.prefix(Self.suggestions).filter { $0.probability >= mapping.threshold }
            let right = likely.count { query.relevant.contains(catalog.controls[$0.control].id) }
            return (right: Double(right), suggested: Double(likely.count), relevant: Double(query.relevant.count))
        }
        func ratio(_ name: String, _ units: [(Double, Double)]) -> EvaluationReport.Figure {
            let (parts, whole) = units.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
            return .init(name, whole > 0 ? parts / whole : nil, Bootstrap.interval(units, seed: seed))
        }
        return [
            ratio("\(name)suggestions: precision", counts.map { ($0.right, $0.suggested) }),
            ratio("\(name)suggestions: recall", counts.map { ($0.right, $0.relevant) }),
            ratio("\(name)queries with suggestions", counts.map { ($0.suggested > 0 ? 1 : 0, 1) }),
        ]
    }

    /// How much another way of mapping suggests of what is right when it may be wrong as often as the first is at the threshold: its
    /// most probable suggestions down to where their precision falls below that.
    private func recallAtPrecision(
        of first: Found, _ other: Found, _ queries: [MappingQueries.Query], _ mapping: ControlMapping,
        _ catalog: ControlCatalog, _ name: String
    ) -> EvaluationReport.Figure {
        func suggestions(_ found: Found) -> [(probability: Float, isRight: Bool)] {
            zip(queries, found).flatMap { query, candidates in
                candidates.prefix(Self.suggestions).map {
                    ($0.probability, query.relevant.contains(catalog.controls[$0.control].id))
                }
            }.sorted { $0.probability > $1.probability }
        }
        let likely = suggestions(first).filter { $0.probability >= mapping.threshold }
        let precision = Double(likely.count(where: \.isRight)) / Double(max(1, likely.count))
        var (right, best) = (0, 0)
        for (index, suggestion) in suggestions(other).enumerated() {
            right += suggestion.isRight ? 1 : 0
            if Double(right) >= precision * Double(index + 1) { best = right }
        }
        let relevant = queries.reduce(0) { $0 + $1.relevant.count }
        return .init("\(name)suggestions: recall at the same precision", Double(best) / Double(max(1, relevant)), nil)
    }

    private func section(
        _ name: String, _ judgements: [String: [String: Int]], _ runs: [(String, Run)]
    ) -> EvaluationReport.Section {
        let results = runs.map { (name: $0.0, metrics: RetrievalMetrics(run: $0.1, judgements: judgements)) }
        var section = EvaluationReport.Section(name)
        section.notes = ["\(judgements.count) queries."]
        section.figures = results.flatMap { result in
            Self.measures.map { measure in
                .init(
                    "\(result.name): \(measure.name)", result.metrics.mean(measure),
                    result.metrics.interval(measure, seed: seed))
            }
        }
        if let first = results.first, let last = results.last {
            section.figures += [RetrievalMeasure.ndcg(10), .recall(10)].map { measure in
                let gains = zip(last.metrics.values(measure), first.metrics.values(measure)).map { $0 - $1 }
                return .init(
                    "\(last.name) minus \(first.name): \(measure.name)",
                    gains.reduce(0, +) / Double(max(1, gains.count)), Bootstrap.interval(mean: gains, seed: seed))
            }
        }
        section.tables = [
            .init(
                "Rankings", columns: ["system"] + Self.measures.map(\.name),
                rows: results.map { result in
                    [.text(result.name)] + Self.measures.map { .number(result.metrics.mean($0)) }
                })
        ]
        return section
    }

    private mutating func write(_ set: MappingQueries, _ found: Found, _ catalog: ControlCatalog, form: String) {
        for (query, candidates) in zip(set.queries, found) {
            written.append(
                Self.line(set.name, form, candidates, count: query.relevant.count) {
                    query.relevant.contains(catalog.controls[$0].id)
                })
        }
    }

    private static func line(
        _ set: String, _ form: String, _ candidates: [ControlMapper.Candidate], count: Int, isRight: (Int) -> Bool
    ) -> JSON {
        [
            "set": .string(set), "form": .string(form), "relevant": .integer(count),
            "candidates": .array(
                candidates.prefix(writtenDepth).map {
                    [
                        "score": .number($0.score), "similarity": JSON($0.similarity),
                        "right": .bool(isRight($0.control)),
                    ]
                }),
        ]
    }

    // MARK: - Settings

    /// Measures settings as `comply` maps them: each by itself, of a text with several the most probable for any of them.
    mutating func add(_ settings: SettingQueries) throws {
        let mapper = try loaded.mapper(.nist80053)
        let asProse = try loaded.mapperOfProse(.nist80053)
        let queries = settings.queries.map { query in
            MappingQueries.Query(
                id: query.id,
                text: PolicyAnalyzer.queries(of: query.document, isExplained: false).joined(separator: " "),
                relevant: query.relevant, groups: [], parts: PolicyAnalyzer.queries(of: query.document))
        }
        let words = queries.map { query in
            MappingQueries.Query(
                id: query.id, text: query.text, relevant: query.relevant, groups: [], parts: [query.text])
        }
        let controls = mapper.catalog.controls
        let set = MappingQueries(name: settings.name, framework: .nist80053, queries: queries)
        var runs = [("BM25", keywordRun(set, controls))]
        let keywordsOfExplained = MappingQueries(
            name: settings.name, framework: .nist80053,
            queries: queries.map { query in
                .init(
                    id: query.id, text: query.parts.joined(separator: " "), relevant: query.relevant, groups: [])
            })
        runs.append(("BM25, explained", keywordRun(keywordsOfExplained, controls)))
        func measure(_ name: String, _ queries: [MappingQueries.Query], _ mapper: ControlMapper) throws -> Found {
            let found = try queries.map { try inSettings($0, mapper) }
            runs.append((name, run(queries, found, mapper.catalog, by: { Double($0.probability) })))
            return found
        }
        let before = try measure("mapper, as prose", words, asProse)
        _ = try measure("mapper, as prose, explained", queries, asProse)
        let found = try measure("mapper, explained", queries, mapper)
        var section = section(settings.name, judgements(queries), runs)
        section.figures += suggested(queries, before, asProse.mapping, asProse.catalog, "as prose, ")
        section.figures += suggested(queries, found, mapper.mapping(isSetting: true), mapper.catalog)
        sections.append(section)
        write(set, found, mapper.catalog, form: set.framework.rawValue + "-settings")
    }

    private func inSettings(_ query: MappingQueries.Query, _ mapper: ControlMapper) throws -> [ControlMapper.Candidate]
    {
        var best: [Int: ControlMapper.Candidate] = [:]
        for (text, vector) in zip(query.parts, try vectors(query.parts)) {
            let text = ControlMapper.Text(text, vector: vector, isSetting: true)
            for candidate in try mapper(text, limit: Self.depth)
            where candidate.probability > best[candidate.control]?.probability ?? -1 {
                best[candidate.control] = candidate
            }
        }
        return best.values.sorted { (-$0.probability, $0.control) < (-$1.probability, $1.control) }
    }

    // MARK: - Techniques, other texts

    /// Measures how techniques are found for outcomes of the CSF through the controls of 800-53: right are those that the controls of
    /// the crosswalk mitigate, the more of them the better.
    mutating func addTechniques(_ outcomes: [MappingQueries.Outcome]) throws {
        let queries = outcomes.map(\.whole)
        let mapper = try loaded.mapper(.nist80053)
        let controls = mapper.catalog.controls
        let techniques = loaded.knowledge.entries.filter { $0.kind == .technique }
        func counted(_ ids: some Sequence<(control: KnowledgeEntry, weight: Double)>) -> [String: Double] {
            var sums: [String: Double] = [:]
            for (control, weight) in ids { for id in control.related { sums[id, default: 0] += weight } }
            return sums
        }
        let judged = queries.map { query in
            (
                query.id,
                counted(controls.filter { query.relevant.contains($0.id) }.map { ($0, 1) }).mapValues { Int($0) }
            )
        }.filter { !$0.1.isEmpty }
        let index = BM25(documents: techniques.map { "\($0.name) \($0.text)" })
        var (keywords, through): (Run, Run) = ([:], [:])
        let found = try found(queries, try vectors(queries.map(\.text)), mapper)
        for (query, candidates) in zip(queries, found) {
            keywords[query.id] = index.search(query.text, limit: Self.depth).map {
                (techniques[$0.document].id, $0.score)
            }
            let likely = candidates.prefix(10).map { (controls[$0.control], Double($0.probability)) }
            through[query.id] = counted(likely).map { ($0.key, $0.value) }
        }
        var section = section(
            "CSF outcome with examples to ATT&CK techniques",
            Dictionary(judged) { first, _ in first }, [("BM25", keywords), ("through controls", through)])
        section.notes.append("A technique's grade is the number of the outcome's controls that mitigate it.")
        sections.append(section)
    }

    /// Measures how many passages that are about no control are given one.
    mutating func addUnrelated(_ passages: [String]) throws {
        let vectors = try vectors(passages)
        var section = EvaluationReport.Section("Other texts")
        section.notes = ["\(passages.count) passages."]
        for framework in ControlFramework.allCases {
            let mapper = try loaded.mapper(framework)
            let found = try zip(passages, vectors).map { try mapper(.init($0, vector: $1), limit: Self.depth) }
            let isMapped = found.map { ($0.first?.probability ?? 0) >= mapper.mapping.threshold ? 1.0 : 0.0 }
            section.figures.append(
                .init(
                    "passages with suggestions: \(framework.rawValue)",
                    isMapped.reduce(0, +) / Double(max(1, isMapped.count)),
                    Bootstrap.interval(mean: isMapped, seed: seed)))
            for candidates in found {
                written.append(Self.line("unrelated", framework.rawValue, candidates, count: 0) { _ in false })
            }
            if framework == .nist80053 {
                let other = try loaded.mapperLikeOwn(framework)
                for (passage, vector) in zip(passages, vectors) {
                    let candidates = try other(.init(passage, vector: vector), limit: Self.depth)
                    written.append(Self.line("unrelated", "other", candidates, count: 0) { _ in false })
                }
            }
        }
        sections.append(section)
    }
}
