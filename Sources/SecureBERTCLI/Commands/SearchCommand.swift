import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert search`: paragraphs of files by meaning, without an index.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find paragraphs of text files by meaning.",
        usage: "securebert search [<options>] <query> <path> ...",
        discussion: """
            Every paragraph of the files is compared with the query; of folders, the .txt and .md files are read. Results \
            are {"score", "file", "line", "endLine", "text"}, best first.

            EXAMPLES
              securebert search -m DIR 'how does the attacker move laterally' reports/
              securebert search -m DIR --top-k 3 --json 'credential theft' a.txt b.md
            """)

    @Argument(help: "What to look for.")
    var query: String

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    @Option(help: ArgumentHelp("Results.", valueName: "n"))
    var topK = 5

    @OptionGroup var embedding: EmbeddingOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    /// Paragraphs that are embedded between two updates of the progress.
    private static let batchSize = 64

    mutating func validate() throws {
        guard topK > 0 else { throw ValidationError("--top-k must be at least 1, found \(topK)") }
    }

    func run() throws {
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
