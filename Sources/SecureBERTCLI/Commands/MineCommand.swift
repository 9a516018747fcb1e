import ArgumentParser
import SecureBERT
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTraining

/// `securebert mine`: hard negatives for training retrievers and cross-encoders.
struct MineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mine",
        abstract: "Find passages that look like answers to a query and are not.",
        usage: "securebert mine --data <dir> [--model <dir>] [--bm25] [<options>]",
        discussion: """
            Data are a folder in BEIR's layout. Passages are ranked by the model, by keywords with --bm25, or by both fused, \
            and judged ones left out. Options are named as those of mine_hard_negatives of sentence-transformers; scores and \
            margins are those of the ranking, or of --cross-encoder. Prints JSON lines {"query", "positive", "negatives": \
            [...]}, with --teacher also "scores": of the positive and of each negative, for the loss "distillation" of \
            finetune rerank. --output-format has the layouts of sentence-transformers: triplet {"anchor", "positive", \
            "negative"}, n-tuple {"anchor", "positive", "negative_1", ...} of those with all negatives, labeled-pair {"anchor", \
            "positive", "label"} and labeled-list {"anchor", "positive": [...], "labels": [...]}.

            EXAMPLES
              securebert mine --data retrieval/cve-to-cwe --model runs/embed/model \\
                --num-negatives 5 --relative-margin 0.05 > mined.jsonl
              securebert mine --data retrieval/cve-to-cwe --bm25 --split valid
            """)

    @OptionGroup var model: ModelNameOption

    @Option(help: ArgumentHelp("Folder in BEIR's layout.", valueName: "dir"), completion: .directory)
    var data: String

    @Option(help: ArgumentHelp("Which judgements: qrels/SPLIT.tsv.", valueName: "split"))
    var split = "train"

    @Flag(name: .customLong("bm25"), help: "Rank by keywords; fused with the model's ranks when --model is given too.")
    var usesKeywords = false

    @Option(help: ArgumentHelp("Leave out the nearest n passages that fit.", valueName: "n"))
    var rangeMin = 0

    @Option(help: ArgumentHelp("Look at the nearest n passages that fit.", valueName: "n"))
    var rangeMax = 100

    @Option(help: ArgumentHelp("Leave out passages with a higher score.", valueName: "score"))
    var maxScore: Double?

    @Option(help: ArgumentHelp("Leave out passages with a lower score.", valueName: "score"))
    var minScore: Double?

    @Option(help: ArgumentHelp("Score at least this much below the positive.", valueName: "score"))
    var absoluteMargin: Double?

    @Option(help: ArgumentHelp("Score at least this part below the positive.", valueName: "0...1"))
    var relativeMargin: Double?

    @Option(help: ArgumentHelp("Negatives for each positive.", valueName: "n"))
    var numNegatives = 3

    @Option(help: ArgumentHelp("Which of those that fit.", valueName: "name"))
    var samplingStrategy = HardNegativeMining.Sampling.top

    @Option(
        help: ArgumentHelp(
            "Cross-encoder whose scores of the candidates decide which fit and are nearest.", valueName: "dir|org/name"),
        completion: .directory)
    var crossEncoder: String?

    @Option(
        help: ArgumentHelp("Also score them by this sentence encoder or cross-encoder.", valueName: "dir|org/name"),
        completion: .directory)
    var teacher: String?

    @Option(help: ArgumentHelp("Layout of the lines.", valueName: "name"))
    var outputFormat = Layout.lists

    @Option(help: ArgumentHelp("Seed of random sampling.", valueName: "n"))
    var seed: UInt64 = 42

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        guard rangeMin >= 0, rangeMax > rangeMin else {
            throw ValidationError("--range-max must be above --range-min, found \(rangeMin) and \(rangeMax)")
        }
        let hasLimits = [maxScore, minScore, absoluteMargin, relativeMargin].contains { $0 != nil }
        guard !(hasLimits && usesKeywords && model.model != nil && crossEncoder == nil) else {
            throw ValidationError(
                """
                scores and margins mean nothing where keywords and a model are fused by their ranks; name a --cross-encoder, \
                or leave out --bm25 or --model
                """)
        }
        guard outputFormat == .lists || teacher == nil else {
            throw ValidationError("--teacher's scores are written by --output-format lists only")
        }
        guard numNegatives > 0 else { throw ValidationError("--num-negatives must be positive, found \(numNegatives)") }
    }

    func run() throws {
        let dataset = try RetrievalDataset(folder: data, split: split)
        let test = RetrievalTest(dataset)
        let depth = rangeMax + 50
        var run = usesKeywords ? test.keywordRun(depth: depth) : [:]
        if !usesKeywords || model.model != nil {
            let nearest = try vectorRun(test, depth: depth)
            run = usesKeywords ? RetrievalEvaluation.fused([run, nearest]) : nearest
        }
        var mining = HardNegativeMining()
        mining.ranks = rangeMin..<rangeMax
        (mining.maximumScore, mining.minimumScore) = (maxScore, minScore)
        (mining.absoluteMargin, mining.relativeMargin) = (absoluteMargin, relativeMargin)
        (mining.count, mining.sampling, mining.seed) = (numNegatives, samplingStrategy, seed)
        let examples = try scored(mined(mining, dataset, run))
        try StandardOutput.scope { out in
            for example in examples {
                for line in outputFormat.lines(of: example, negatives: numNegatives) { try out.writeLine(line.text) }
            }
        }
        messages.note("\(examples.count.counted("example")) of \(dataset.queries.count.grouped) queries")
    }

    private func mined(
        _ mining: HardNegativeMining, _ dataset: RetrievalDataset,
        _ run: [String: [(document: String, score: Double)]]
    ) throws -> [EmbeddingExample] {
        guard let crossEncoder else { return try mining(dataset, run: run) }
        let encoder = try CrossEncoder(
            .named(crossEncoder, head: .sequenceClassification, Compute(threads: threads.threads)))
        let progress = ProgressBar("reading again", unit: .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        let total = dataset.queries.count * (rangeMax - rangeMin)
        var done = 0
        return try mining(dataset, run: run) { pairs in
            defer {
                done += pairs.count
                progress.update(completed: min(done, total), total: total)
            }
            return try encoder.score(pairs.map { ($0.query, $0.passage) }, truncate: true).map { Double($0.score) }
        }
    }

    /// The examples with the teacher's scores, when there is one.
    private func scored(_ examples: [EmbeddingExample]) throws -> [EmbeddingExample] {
        guard let teacher else { return examples }
        var name = ModelNameOption()
        name.model = teacher
        let folder = try name.folder()
        let loaded = try ModelNameOption.asBadModel {
            try PretrainedModel(folder: folder, compute: Compute(threads: threads.threads))
        }
        let progress = ProgressBar("asking the teacher", unit: .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        let isCrossEncoder = if case .sequenceClassification = loaded.transformer.head { true } else { false }
        let model: Teacher =
            try isCrossEncoder ? .crossEncoder(CrossEncoder(loaded)) : .encoder(SentenceEncoder(loaded))
        return try model(examples) { progress.update(completed: $0, total: $1) }
    }

    private func vectorRun(
        _ test: RetrievalTest, depth: Int
    ) throws -> [String: [(document: String, score: Double)]] {
        let encoder = try SentenceEncoder(
            PretrainedModel(
                folder: model.folder(default: .embed), head: .some(.none), compute: Compute(threads: threads.threads)))
        let progress = ProgressBar("encoding", unit: .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        return try test.run(depth: depth) { texts, areQueries in
            try RetrievalEncoding(encoder, progress: { progress.update(completed: $0, total: $1) })(
                texts, areQueries: areQueries)
        }
    }
}

extension MineCommand {
    /// How an example is written.
    enum Layout: String, CaseIterable, ExpressibleByArgument {
        /// One line with a list of negatives, as `finetune` reads it.
        case lists
        case triplet
        case tuple = "n-tuple"
        case labeledPair = "labeled-pair"
        case labeledList = "labeled-list"

        /// The lines of an example.
        /// - Parameters:
        ///   - example: A query with its passages.
        ///   - count: The negatives that were asked for; tuples are as long as each other.
        func lines(of example: EmbeddingExample, negatives count: Int) -> [JSON] {
            let (query, positive) = (JSON.string(example.query), JSON.string(example.passage))
            let negatives = example.negatives.map(JSON.string)
            switch self {
            case .lists:
                let scores = example.teacherScores.map { JSON.number(Double($0)) }
                let members: [JSON.Object.Member] = [
                    ("query", query), ("positive", positive), ("negatives", .array(negatives)),
                ]
                return [.object(.init(members + (scores.isEmpty ? [] : [("scores", .array(scores))])))]
            case .triplet:
                return negatives.map { ["anchor": query, "positive": positive, "negative": $0] }
            case .tuple:
                guard negatives.count == count else { return [] }
                let numbered = negatives.enumerated().map { ("negative_\($0.offset + 1)", $0.element) }
                return [.object(.init([("anchor", query), ("positive", positive)] + numbered))]
            case .labeledPair:
                return ([(positive, 1)] + negatives.map { ($0, 0) }).map {
                    ["anchor": query, "positive": $0.0, "label": .integer($0.1)]
                }
            case .labeledList:
                let labels = [JSON.integer(1)] + negatives.map { _ in .integer(0) }
                return [["anchor": query, "positive": .array([positive] + negatives), "labels": .array(labels)]]
            }
        }
    }
}

extension HardNegativeMining.Sampling: ExpressibleByArgument {}
