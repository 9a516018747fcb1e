import ArgumentParser
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining

/// `securebert corpus tokenize`: documents to memory-mapped shards of ids.
struct CorpusTokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn documents into the token shards that pretraining reads.",
        usage: "securebert corpus tokenize --corpus <dir> --output <dir> [<options>]",
        discussion: """
            The corpus is a folder of SPLIT-NNN.jsonl files, possibly compressed with zstd or gzip, one document \
            {"id", "source", "kind", "license", "title", "text"} a line. Each gives one shard; shards whose input and \
            tokenizer have not changed are kept.

            EXAMPLES
              securebert corpus tokenize --corpus DIR --model DIR --output tokens
              securebert corpus tokenize --corpus DIR --tokenizer tokenizer.json \\
                --output tokens --json
            """)

    @Option(help: ArgumentHelp("Folder of JSONL documents.", valueName: "dir"), completion: .directory)
    var corpus: String

    @Option(
        help: ArgumentHelp("A tokenizer.json, or a folder with a tokenizer.", valueName: "path"), completion: .file())
    var tokenizer: String?

    @OptionGroup var model: ModelNameOption

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the shards.", valueName: "dir"), completion: .directory)
    var output: String

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var results: OutputOptions

    mutating func validate() throws {
        if tokenizer != nil, model.model != nil {
            throw ValidationError("--tokenizer and --model exclude each other")
        }
    }

    func run() throws {
        let path = try tokenizer ?? model.folderPath()
        let builder = try TokenCorpusBuilder(
            corpus: corpus, tokenizer: try DocumentTokenizer(path: path), output: output, threads: threads.count)
        let progress = ProgressBar("tokenizing", unit: .bytes, isEnabled: !results.messages.quiet)
        defer { progress.finish() }
        let summary = try builder.run { progress.update(completed: $0.bytes, total: $0.totalBytes) }
        progress.finish()
        try StandardOutput.scope { out in
            switch results.format {
            case .json: try out.writeLine(summary.json.prettyText)
            case .jsonLines: try out.writeLine(summary.json.text)
            case .text:
                for text in table(summary).lines(results.messages.output) { try out.writeLine(text) }
                try out.writeLine(footer(summary))
            }
        }
    }

    private func table(_ summary: TokenCorpusSummary) -> Table {
        var table = Table([.left, .right, .right, .right, .right])
        table.add(["split", "documents", "tokens", "text", "bytes per token"], style: .dim)
        for (split, counts) in summary.splits.sorted(by: { $0.key < $1.key }) {
            table.add([
                split.visible, counts.documents.grouped, counts.tokens.grouped, counts.bytes.byteSize,
                (Double(counts.bytes) / Double(max(1, counts.tokens))).fixed(2),
            ])
        }
        return table
    }

    private func footer(_ summary: TokenCorpusSummary) -> String {
        var parts = [summary.shards.counted("shard")]
        if summary.keptShards > 0 { parts.append("\(summary.keptShards.grouped) of them kept") }
        if summary.emptyDocuments > 0 { parts.append("\(summary.emptyDocuments.counted("empty document")) left out") }
        return results.messages.output.styled(parts.joined(separator: ", ") + " in \(output.visible)", .dim)
    }
}

/// How many threads share the work on a corpus.
struct ThreadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that share the work. Default: one per core.", valueName: "n"))
    var threads: Int?

    mutating func validate() throws {
        if let threads, !(1...Compute.maximumThreads).contains(threads) {
            throw ValidationError("--threads must be 1 to \(Compute.maximumThreads), found \(threads)")
        }
    }

    var count: Int { threads ?? min(SystemCalls.processorCount, Compute.maximumThreads) }
}
