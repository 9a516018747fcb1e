import ArgumentParser
import SecureBERTJSON
import SecureBERTTraining

/// `securebert corpus build`: raw files to a clean corpus.
struct CorpusBuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Read, clean, filter and deduplicate text and code into a corpus.",
        usage: "securebert corpus build --recipe <file> --output <dir> [<options>]",
        discussion: """
            The recipe says which files are read and how; Documentation/corpus.md explains it. A run that was \
            interrupted goes on where it stopped.

            EXAMPLES
              securebert corpus build --recipe Recipes/corpus-public.toml \\
                --input ~/repositories --output corpus --skip-missing
              securebert corpus build --recipe Recipes/corpus-prepared.toml \\
                --input prepared --output corpus
              securebert corpus build --recipe corpus.toml --output part-1 \\
                --partition 1/4
            """)

    @Option(help: ArgumentHelp("The recipe, a TOML file.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var recipe: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the corpus.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(
        help: ArgumentHelp(
            "Folder that the recipe's paths are relative to. Default: as it says, or its own.", valueName: "dir"),
        completion: .directory)
    var input: String?

    @Option(help: ArgumentHelp("Read only the i-th of n parts of the inputs.", valueName: "i/n"))
    var partition: PartitionNumber?

    @Option(
        help: ArgumentHelp("A tokenizer.json, or a folder with a tokenizer, to count tokens.", valueName: "path"),
        completion: .file())
    var tokenizer: String?

    @Option(
        help: ArgumentHelp(
            "Evaluation set, or folder of them, to keep out of the corpus. May be repeated.", valueName: "path"),
        completion: .file())
    var keepOut: [String] = []

    @Flag(help: "Leave out sources whose folder or files do not exist.")
    var skipMissing = false

    @Flag(help: "Keep the processed inputs for a later run with more or changed ones.")
    var keepPartitions = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var results: OutputOptions

    func run() throws {
        let recipe = try CorpusRecipe(path: recipe, root: input)
        var options = CorpusBuilder.Options()
        options.part = partition.map { ($0.index, $0.count) } ?? (0, 1)
        options.threads = threads.count
        options.skipsMissing = skipMissing
        options.evaluationFiles = keepOut
        options.keepsPartitions = keepPartitions
        options.tokenizer = try tokenizer.map { try DocumentTokenizer(path: $0) }
        let builder = try CorpusBuilder(recipe, output: output, options: options)
        let reading = ProgressBar("reading", unit: .bytes, isEnabled: !results.messages.quiet)
        let writing = ProgressBar("writing", unit: .shards, isEnabled: !results.messages.quiet)
        defer {
            reading.finish()
            writing.finish()
        }
        let statistics = try builder.run { progress in
            switch progress {
            case .reading(let done, let total): reading.update(completed: done, total: total)
            case .writing(let done, let total): writing.update(completed: done, total: total)
            case .step: reading.finish()
            }
        }
        reading.finish()
        writing.finish()
        for missing in statistics.missing {
            results.messages.note("left out \(missing.visible): there are no files")
        }
        for problem in statistics.unreadable.prefix(5) { results.messages.note("left out \(problem.visible)") }
        if statistics.unreadable.count > 5 {
            results.messages.note("left out \((statistics.unreadable.count - 5).counted("more file")), see report.html")
        }
        try CorpusTable(statistics).print(results)
        results.messages.note("wrote \(output.visible), with report.html")
    }
}

/// `securebert corpus stats`: what is in a corpus.
struct CorpusStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what is in a corpus: documents, sources, licences.",
        usage: "securebert corpus stats [<options>] <dir>",
        discussion: """
            A folder that corpus build made has its statistics in corpus.json; the documents of other folders of JSONL \
            are counted.

            EXAMPLES
              securebert corpus stats corpus
              securebert corpus stats corpus --json
            """)

    @Argument(help: ArgumentHelp("Folder of the corpus.", valueName: "dir"), completion: .directory)
    var corpus: String

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var results: OutputOptions

    func run() throws {
        try CorpusTable(CorpusStatistics(folder: corpus, threads: threads.count)).print(results)
    }
}

/// A share of the inputs as `2/4`.
struct PartitionNumber: ExpressibleByArgument {
    /// From 0.
    let index: Int
    let count: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), (1...10_000).contains(count),
            (1...count).contains(number)
        else { return nil }
        index = number - 1
        self.count = count
    }
}
