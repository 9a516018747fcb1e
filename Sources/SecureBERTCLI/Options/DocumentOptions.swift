import ArgumentParser
import SecureBERTTraining

/// Where the texts of a corpus come from, and how many threads read them.
struct DocumentOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            """
            Files or folders: .jsonl with one object a line, or text; with .zst behind it, compressed. From folders, \
            .jsonl, .txt and .md are taken.
            """,
            valueName: "path"),
        completion: .file())
    var input: [String]

    @Option(help: ArgumentHelp("The key of the text in JSON lines.", valueName: "key"))
    var field = "text"

    @Option(help: ArgumentHelp("Threads that share the work. Default: one per core.", valueName: "n"))
    var threads: Int?

    mutating func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be 1 to 1024, found \(threads)")
        }
    }

    /// Finds the files.
    func reader() throws -> TextFiles { try TextFiles(paths: input, field: field) }

    var threadCount: Int { threads ?? TextFiles.availableCores }
}
