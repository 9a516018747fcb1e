import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTSearch

/// `securebert search`: passages of an index by words and meaning, or paragraphs of files by meaning without one.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find passages of an index by words and meaning, or paragraphs of text files by meaning.",
        usage: "securebert search [<options>] <query> [<path> ...]",
        discussion: """
            With paths, every paragraph of the files is compared with the query; of folders, the .txt and .md files are read. Results \
            are {"score", "file", "line", "endLine", "text"}, best first.
            Without paths an index is searched, see securebert index: by words (BM25) and by meaning, both rankings joined with the \
            weight --vector-weight for meaning; what mentions an identifier of the query (CVE-2024-3400, T1059.001, an address, a hash) \
            comes first. Finding nothing is no error. Results are {"score", "id", "title", "file", "kind", "date", "metadata", "line", "endLine", "start", "end", "text", \
            "bm25", "vector"}; with --json below "results".

            EXAMPLES
              securebert search 'how does the attacker move laterally' reports/
              securebert search --top-k 3 --json 'credential theft' a.txt b.md
              securebert search --index /srv/index 'CVE-2024-3400 exploitation'
              securebert search 'ransom note' --level document --since 2024
              securebert search T1059.001 --mode bm25 --where source=cert --jsonl
            """)

    @Argument(help: "What to look for.")
    var query: String

    @Argument(help: "Files and folders; none to search an index.", completion: .file())
    var paths: [String] = []

    @Option(help: ArgumentHelp("Results.", valueName: "n"))
    var topK = 5

    @OptionGroup var index: IndexSearchOptions
    @OptionGroup var embedding: EmbeddingOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    /// Paragraphs that are embedded between two updates of the progress.
    private static let batchSize = 64

    mutating func validate() throws {
        guard (1...SearchQuery.maximumLimit).contains(topK) else {
            throw ValidationError("--top-k must be 1 to \(SearchQuery.maximumLimit), found \(topK)")
        }
        if !paths.isEmpty, index.needsIndex {
            throw ValidationError(
                "files to search and the options of an index exclude each other; --path PATH limits the search of an index"
            )
        }
        guard paths.isEmpty else { return }
        guard index.needsIndex || index.location.hasDefault else {
            throw ValidationError("name files to search, or an index with --index DIR")
        }
        let isTold = embedding.pooling != nil || embedding.normalize != nil || embedding.dimensions != nil
        if isTold || embedding.truncate {
            throw ValidationError(
                "--pooling, --normalize, --dimensions and --truncate are for files; an index has its own settings")
        }
    }

    func run() throws {
        guard !paths.isEmpty else {
            return try IndexSearch(options: index, model: model, output: output).run(index.query(query, limit: topK))
        }
        let paragraphs = try readParagraphs()
        let encoder = try SentenceEncoder(model.load(output.messages, head: ModelHead.none, default: .embed))
        let scored = try score(paragraphs, encoder).prefix(topK)
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, output.format)
            for (rank, result) in scored.enumerated() {
                try printer.print(Self.json(result)) { (rank == 0 ? "" : "\n") + block(result) }
            }
            try printer.finish()
        }
    }

    private struct Result {
        let paragraph: Paragraph
        let similarity: Similarity
    }

    private func readParagraphs() throws -> [Paragraph] {
        var paragraphs: [Paragraph] = []
        let files = try FileWalk.files(paths) { output.messages.note("skipped: \($0)") }
        for file in files {
            do {
                paragraphs += try Paragraph.all(ofFile: file).filter(\.isSubstantial)
            } catch {
                // One odd file in a folder is no reason to find nothing in the others.
                if paths.contains(file) { throw error }
                output.messages.note("skipped: \(error)")
            }
        }
        guard !paragraphs.isEmpty else {
            throw CommandLineError(
                .badInput,
                files.isEmpty
                    ? "there are no \(FileWalk.extensions.joined(separator: ", ")) files in \(paths.map(\.visible).joined(separator: ", "))"
                    : "\(files.count.counted("file")) searched, none has a paragraph of at least four words")
        }
        return paragraphs
    }

    /// All paragraphs, best first.
    private func score(_ paragraphs: [Paragraph], _ encoder: SentenceEncoder) throws -> [Result] {
        func prompt(_ names: String...) -> SentenceEncoder.Prompt {
            names.first { encoder.promptNames.contains($0) }.map { .named($0) } ?? .standard
        }
        let queryOptions = embedding.options(prompt: prompt("query"))
        let paragraphOptions = embedding.options(prompt: prompt("document", "passage"))
        let query = try encoder([query], options: queryOptions)[0].vector
        let progress = ProgressBar(
            "search", total: paragraphs.count, unit: .paragraphs, isEnabled: !output.messages.quiet)
        defer { progress.finish() }
        var results: [Result] = []
        results.reserveCapacity(paragraphs.count)
        while results.count < paragraphs.count {
            progress.update(completed: results.count)
            let batch = paragraphs[results.count...].prefix(Self.batchSize)
            let vectors = try encoder(batch.map(\.text), options: paragraphOptions)
            results += zip(batch, vectors).map {
                Result(paragraph: $0, similarity: Similarity(query, $1.vector))
            }
        }
        // Sorting is stable, so equal paragraphs stay in the order of the files.
        return results.sorted { $0.similarity > $1.similarity }
    }

    private static func json(_ result: Result) -> JSON {
        [
            "score": JSON(result.similarity.value), "file": .string(result.paragraph.file),
            "line": .integer(result.paragraph.lines.lowerBound), "endLine": .integer(result.paragraph.lines.upperBound),
            "text": .string(result.paragraph.text),
        ]
    }

    private func block(_ result: Result) -> String {
        let terminal = output.messages.output
        let place = "\(result.paragraph.file):\(result.paragraph.lines.lowerBound)"
        let lines = result.paragraph.singleLine.visible.wrapped(to: max(40, min(terminal.columns, 100) - 8), lines: 4)
        return terminal.styled(result.similarity.value.fixed(3), .bold) + "   " + terminal.styled(place, .cyan) + "\n"
            + lines.map { "        \($0)" }.joined(separator: "\n")
    }
}
