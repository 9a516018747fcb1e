import ArgumentParser
import SecureBERTJSON
import SecureBERTTraining

/// `securebert bench corpus`: how fast raw files become a corpus.
struct BenchCorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "Measure how fast a corpus is built, with and without near duplicates.",
        usage: "securebert bench corpus --recipe <file> [<options>]",
        discussion: """
            The whole of corpus build, from reading to shards, into a temporary folder that is removed. MB are millions \
            of bytes of raw text, uncompressed. The best run counts.

            EXAMPLES
              securebert bench corpus --recipe Recipes/corpus-prepared.toml \\
                --input prepared
              securebert bench corpus --recipe corpus.toml --runs 1 --json
            """)

    @Option(help: ArgumentHelp("The recipe, a TOML file.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var recipe: String

    @Option(
        help: ArgumentHelp(
            "Folder that the recipe's paths are relative to. Default: as it says, or its own.", valueName: "dir"),
        completion: .directory)
    var input: String?

    @Option(help: ArgumentHelp("Runs of each kind.", valueName: "n"))
    var runs = 3

    @Flag(help: "Leave out sources whose folder or files do not exist.")
    var skipMissing = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs must be 1 to 1000, found \(runs)") }
    }

    func run() throws {
        let recipe = try CorpusRecipe(path: recipe, root: input)
        var (without, with): ([Double], [Double]) = ([], [])
        var result: CorpusStatistics?
        // In turn, so that a busy machine slows down both.
        for _ in 0..<runs {
            without.append(try measure(recipe.removingNearDuplicates(false)).seconds)
            let run = try measure(recipe.removingNearDuplicates(true))
            with.append(run.seconds)
            result = run.statistics
        }
        guard let result, let fastest = without.min(), let fastestWithNear = with.min() else { return }
        let megabytes = Double(result.inputBytes) / 1e6
        try StandardOutput.scope { out in
            guard output.format == .text else {
                let json: JSON = [
                    "megabytesPerSecond": .number(megabytes / fastest), "seconds": .number(fastest),
                    "nearDuplicatesMegabytesPerSecond": .number(megabytes / fastestWithNear),
                    "nearDuplicatesSeconds": .number(fastestWithNear), "inputBytes": .integer(result.inputBytes),
                    "documentsRead": .integer(result.documentsRead), "documents": .integer(result.documents),
                    "threads": .integer(threads.count), "runs": .integer(runs),
                    "peakResidentBytes": .integer(SystemCalls.peakResidentBytes),
                ]
                return try out.writeLine(json.text)
            }
            var table = Table([.left, .right, .right])
            func add(_ name: String, _ seconds: Double) {
                table.add(
                    [name, "\((megabytes / seconds).fixed(1)) MB/s", "\(seconds.fixed(2)) s"],
                    style: name == "corpus" ? .bold : nil)
            }
            add("corpus", fastest)
            add("with near duplicates", fastestWithNear)
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
            try out.writeLine(
                """
                \(result.inputBytes.byteSize) of raw text, \(result.documentsRead.grouped) documents, \
                \(threads.count.counted("thread")), peak memory \(SystemCalls.peakResidentBytes.byteSize)
                """)
        }
    }

    private func measure(_ recipe: CorpusRecipe) throws -> (seconds: Double, statistics: CorpusStatistics) {
        var options = CorpusBuilder.Options()
        options.threads = threads.count
        options.skipsMissing = skipMissing
        let folder = try TemporaryOutput()
        let start = ContinuousClock.now
        let statistics = try CorpusBuilder(recipe, output: folder.path, options: options).run()
        return ((ContinuousClock.now - start) / .seconds(1), statistics)
    }
}
