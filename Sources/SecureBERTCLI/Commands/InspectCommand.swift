import ArgumentParser
import SecureBERTCheckpoint

/// `securebert inspect`: a model folder at a glance.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Describe a model folder: architecture, sizes, tokenizer, licence.",
        usage: "securebert inspect [<options>] [<dir|org/name>]",
        discussion: """
            Nothing is executed and no weight is read, only the headers. With --write-lock, size and SHA-256 of every file \
            are recorded in models.lock; from then on the folder is refused when a file has changed.

            EXAMPLES
              securebert inspect models/SecureBERT2.0-base
              securebert inspect cisco-ai/SecureBERT2.0-base --json
              securebert inspect models/SecureBERT2.0-base --write-lock
            """)

    @Argument(
        help: ArgumentHelp("Folder of a model, or the name of one that was pulled.", valueName: "dir|org/name"),
        completion: .directory)
    var model: String?

    @Option(name: [.customShort("m"), .customLong("model")], help: .private)
    var modelOption: String?

    @Flag(help: "Record size and SHA-256 of every file in models.lock.")
    var writeLock = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = ModelNameOption()
        options.model = model ?? modelOption
        let path = try options.folderPath()
        // A lock that is about to be replaced is not one to hold the files against.
        if writeLock {
            try ModelLock(describing: path).write(folder: path)
            output.messages.note("wrote \(path.visible)/\(ModelLock.fileName)")
        }
        let summary = try ModelNameOption.asBadModel { try ModelSummary(ModelFolder(path: path)) }
        try StandardOutput.scope { out in
            switch output.format {
            case .text: try out.writeLine(summary.text)
            case .json: try out.writeLine(summary.json.prettyText)
            case .jsonLines: try out.writeLine(summary.json.text)
            }
        }
    }
}
