import ArgumentParser
import SecureBERT
import SecureBERTSearch
import SecureBERTTensor

/// How an index is searched.
struct IndexSearchOptions: ParsableArguments {
    @OptionGroup var location: IndexLocationOption

    @Option(
        help: ArgumentHelp("Of an index: hybrid, bm25 (words) or vector (meaning). Default: hybrid.", valueName: "way"))
    var mode: SearchQuery.Mode?

    @Option(
        help: ArgumentHelp(
            "How --mode hybrid joins its rankings: by scaled scores, or by reciprocal ranks. Default: \(HybridFusion().method).",
            valueName: "way"))
    var fusion: HybridFusion.Method?

    @Option(
        help: ArgumentHelp(
            "How much meaning counts beside words in --mode hybrid, of 1. Default: \(HybridFusion().vectorWeight).",
            valueName: "0...1"))
    var vectorWeight: Double?

    @Option(help: ArgumentHelp("What is found in an index: passage or document. Default: passage.", valueName: "name"))
    var level: SearchLevel?

    @Option(
        help: ArgumentHelp("Only documents from this file or below this folder; may be repeated.", valueName: "path"))
    var path: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only documents of this kind: text, markdown, html, pdf, record; may be repeated.", valueName: "name"))
    var kind: [String] = []

    @Option(help: ArgumentHelp("Only documents from this date on.", valueName: "YYYY-MM-DD"))
    var since: String?

    @Option(help: ArgumentHelp("Only documents from before this date.", valueName: "YYYY-MM-DD"))
    var before: String?

    @Option(
        help: ArgumentHelp("Only documents with this metadata; of one key any of the values.", valueName: "key=value"))
    var `where`: [String] = []

    @Option(help: ArgumentHelp("Passages of one document, at most.", valueName: "n"))
    var perDocument: Int?

    @Flag(help: "Read the best results of an index again with a cross-encoder.")
    var rerank = false

    @Option(
        help: ArgumentHelp(
            "The cross-encoder for --rerank. Default: securebert-mini-rerank.", valueName: "dir|org/name"),
        completion: .directory)
    var rerankModel: String?

    @Option(help: ArgumentHelp("Results that --rerank reads again. Default: 50.", valueName: "n"))
    var rerankDepth: Int?

    @Option(
        help: ArgumentHelp(
            "How much the cross-encoder counts beside the ranking it reads again, of 1. Default: \(RerankFusion().weight).",
            valueName: "0...1"))
    var rerankWeight: Double?

    mutating func validate() throws {
        for condition in `where` where condition.firstIndex(of: "=").map({ $0 == condition.startIndex }) ?? true {
            throw ValidationError("--where must be key=value, found \(condition.visible)")
        }
        for (name, date) in [("--since", since), ("--before", before)] {
            guard let date else { continue }
            guard let first = date.utf8.first, (0x30...0x39).contains(first) else {
                throw ValidationError("\(name) must be a date such as 2024-05-01, found \(date.visible)")
            }
        }
        let numbers = [("--per-document", perDocument), ("--rerank-depth", rerankDepth)]
        for case (let name, let number?) in numbers where !(1...SearchQuery.maximumLimit).contains(number) {
            throw ValidationError("\(name) must be 1 to \(SearchQuery.maximumLimit), found \(number)")
        }
        let weights = [("--vector-weight", vectorWeight), ("--rerank-weight", rerankWeight)]
        for case (let name, let weight?) in weights where !(0...1).contains(weight) {
            throw ValidationError("\(name) must be 0 to 1, found \(weight)")
        }
        if let mode, mode != .hybrid, fusion != nil || vectorWeight != nil {
            throw ValidationError("--fusion and --vector-weight are for --mode hybrid, found \(mode.rawValue)")
        }
        if !rerank, rerankModel != nil || rerankDepth != nil || rerankWeight != nil {
            throw ValidationError(
                "--rerank-model, --rerank-depth and --rerank-weight are for --rerank, which is missing")
        }
    }

    /// Whether an option is given that only an index understands.
    var needsIndex: Bool {
        location.isGiven || mode != nil || fusion != nil || vectorWeight != nil || level != nil || !path.isEmpty
            || !kind.isEmpty || since != nil
            || before != nil
            || !`where`.isEmpty || perDocument != nil || rerank
    }

    /// The search that is asked for.
    func query(_ text: String, limit: Int) -> SearchQuery {
        var query = SearchQuery(text)
        (query.mode, query.level, query.limit) = (mode ?? .hybrid, level ?? .passage, limit)
        query.fusion.method = fusion ?? query.fusion.method
        query.fusion.vectorWeight = vectorWeight ?? query.fusion.vectorWeight
        query.passagesPerDocument = perDocument
        query.rerankDepth = rerank ? rerankDepth ?? 50 : nil
        query.rerankFusion.weight = rerankWeight ?? query.rerankFusion.weight
        query.filter.sources = path.map(AbsolutePath.of)
        (query.filter.kinds, query.filter.since, query.filter.before) = (kind, since, before)
        for condition in `where` {
            guard let equals = condition.firstIndex(of: "=") else { continue }
            let value = String(condition[condition.index(after: equals)...])
            query.filter.metadata[String(condition[..<equals]), default: []].append(value)
        }
        return query
    }

    /// The cross-encoder of `--rerank`; nil without it.
    func reranker(_ compute: Compute) throws -> SearchIndex.Reranker? {
        guard rerank else { return nil }
        guard let name = rerankModel ?? ShippedModel.rerank.folder else {
            throw CommandLineError(
                .usage, "--rerank needs a cross-encoder, and \(ShippedModel.rerank.rawValue) is not installed",
                hint: "--rerank-model DIR")
        }
        return SearchIndex.reranker(
            try CrossEncoder(.named(name, head: .sequenceClassification, compute)))
    }
}

extension SearchQuery.Mode: ExpressibleByArgument {}
extension SearchLevel: ExpressibleByArgument {}
