import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTraining

/// `securebert evaluate retrieval`: how well passages are found for queries.
struct EvaluateRetrievalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrieval",
        abstract: "Measure how well passages are found: by keywords, a bi-encoder, both, and re-ranked.",
        usage: "securebert evaluate retrieval --data <dir> ... [<options>]",
        discussion: """
            Data are folders in BEIR's layout. Every query is compared with every passage; hybrid joins the scores of BM25 \
            and the bi-encoder, both scaled to 0...1 for each query (--fusion ranks: reciprocal ranks), as a search of an index does. \
            Figures are those of trec_eval; intervals hold 95 % of 1,000 samples of the queries.

            EXAMPLES
              securebert evaluate retrieval --model DIR --data retrieval/cve-to-cwe
              securebert evaluate retrieval --model DIR --reranker CROSS --split valid \\
                --data retrieval/* --try-weights --html report.html
              securebert evaluate retrieval --bm25-only --data retrieval/*
            """)

    @OptionGroup var model: ModelNameOption
    @OptionGroup var retrieval: RetrievalOptions

    @Option(
        help: ArgumentHelp("Folder of a cross-encoder that reads the first passages again.", valueName: "dir|org/name"),
        completion: .directory)
    var reranker: String?

    @Flag(help: "Measure keywords alone, without a model.")
    var bm25Only = false

    @OptionGroup var evaluation: EvaluationOptions

    mutating func validate() throws {
        if bm25Only, model.model != nil { throw ValidationError("--bm25-only excludes --model") }
    }

    func run() throws {
        var systems = RetrievalEvaluation.Systems()
        var settings: [(String, String)] = []
        if !bm25Only {
            let loaded = try evaluation.load(model, head: .none, default: .embed)
            systems.encoder = try SentenceEncoder(loaded)
            settings.append(("bi-encoder", loaded.path))
        }
        if let reranker {
            let loaded = try evaluation.load(reranker, head: .sequenceClassification)
            systems.reranker = try CrossEncoder(loaded)
            settings.append(("cross-encoder", loaded.path))
        }
        try retrieval.run(systems, settings, evaluation)
    }
}

/// `securebert evaluate rerank`: how much a cross-encoder betters a ranking.
struct EvaluateRerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Measure how much a cross-encoder betters the ranking of keywords, or of a bi-encoder and keywords.",
        usage: "securebert evaluate rerank [--model <dir>] --data <dir> ... [<options>]",
        discussion: """
            As evaluate retrieval, for a cross-encoder. Without --encoder it reads the first passages of BM25 again.

            EXAMPLES
              securebert evaluate rerank --model CROSS --data retrieval/cve-to-cwe
              securebert evaluate rerank --model CROSS --encoder DIR --depth 100 --data retrieval/*
            """)

    @OptionGroup var model: ModelNameOption
    @OptionGroup var retrieval: RetrievalOptions

    @Option(
        help: ArgumentHelp("Folder of the bi-encoder that ranks before.", valueName: "dir|org/name"),
        completion: .directory)
    var encoder: String?

    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        var systems = RetrievalEvaluation.Systems()
        let loaded = try evaluation.load(model, head: .sequenceClassification, default: .rerank)
        systems.reranker = try CrossEncoder(loaded)
        var settings = [("cross-encoder", loaded.path)]
        if let encoder {
            let loaded = try evaluation.load(encoder, head: .none)
            systems.encoder = try SentenceEncoder(loaded)
            settings.append(("bi-encoder", loaded.path))
        }
        try retrieval.run(systems, settings, evaluation)
    }
}

extension HybridFusion.Method: ExpressibleByArgument {}

/// Sets of queries and passages.
struct RetrievalOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Folders with queries, passages and judgements; a colon and the name of a split behind one replaces --split.",
            valueName: "dir[:split]"),
        completion: .directory)
    var data: [String]

    @Option(help: ArgumentHelp("Judgements to measure with: qrels/NAME.tsv.", valueName: "name"))
    var split = "test"

    @Option(help: ArgumentHelp("Passages of each query that a cross-encoder reads.", valueName: "n"))
    var depth = 50

    @Option(help: ArgumentHelp("How rankings are joined: by scaled scores, or by reciprocal ranks.", valueName: "way"))
    var fusion = HybridFusion().method

    @Option(help: ArgumentHelp("How much the bi-encoder counts beside BM25, of 1.", valueName: "0...1"))
    var vectorWeight = HybridFusion().vectorWeight

    @Option(help: ArgumentHelp("How much the cross-encoder counts beside what it re-ranks, of 1.", valueName: "0...1"))
    var rerankerWeight = RerankFusion().weight

    @Flag(help: "Let the cross-encoder read only what fits of a passage; otherwise its best part counts.")
    var truncate = false

    @Flag(help: "Also print nDCG@10 by both ways with other weights, to choose them on validation data.")
    var tryWeights = false

    @Option(help: ArgumentHelp("Measure a random part of the queries of each set. Default: all.", valueName: "n"))
    var queries: Int?

    mutating func validate() throws {
        guard (1...10_000).contains(depth) else { throw ValidationError("--depth must be 1 to 10000, found \(depth)") }
        for (name, weight) in [("--vector-weight", vectorWeight), ("--reranker-weight", rerankerWeight)] {
            guard (0...1).contains(weight) else { throw ValidationError("\(name) must be 0 to 1, found \(weight)") }
        }
        if let queries, queries < 1 { throw ValidationError("--queries must be at least 1, found \(queries)") }
    }

    /// Measures every set and prints the report.
    func run(
        _ systems: RetrievalEvaluation.Systems, _ settings: [(String, String)], _ options: EvaluationOptions
    ) throws {
        let sections = try sections(systems, options)
        try options.print(
            EvaluationReport(
                title: "Retrieval",
                settings: settings + [
                    ("split", split),
                    ("fusion", "\(fusion), bi-encoder \(vectorWeight), cross-encoder \(rerankerWeight)"),
                    ("seed of intervals", "\(options.seed)"),
                ], sections: sections))
    }

    func sections(
        _ systems: RetrievalEvaluation.Systems, _ options: EvaluationOptions
    ) throws -> [EvaluationReport.Section] {
        var systems = systems
        systems.depth = depth
        systems.fusion = HybridFusion(fusion, vectorWeight: vectorWeight)
        systems.rerankerWeight = rerankerWeight
        systems.truncates = truncate
        systems.triesWeights = tryWeights
        var evaluation = RetrievalEvaluation(systems)
        for folder in data {
            let progress = options.progress(folder, .examples)
            defer { progress.finish() }
            let test = try RetrievalTest(dataset(folder))
            try evaluation.add(queries.map { test.limited(toQueries: $0, seed: options.seed) } ?? test) {
                what, done, total in
                progress.update(completed: done, total: total, note: what)
            }
        }
        return evaluation.sections(seed: options.seed)
    }

    private func dataset(_ text: String) throws -> RetrievalDataset {
        guard FileSystem.kind(of: text) == nil, let colon = text.lastIndex(of: ":") else {
            return try RetrievalDataset(folder: text, split: split)
        }
        return try RetrievalDataset(folder: String(text[..<colon]), split: String(text[text.index(after: colon)...]))
    }
}
