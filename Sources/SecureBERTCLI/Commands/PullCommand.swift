import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTHub
import SecureBERTJSON

/// `securebert pull`: downloads a model. The only subcommand that uses the network.
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a model into the cache that all Hugging Face tools share.",
        usage: "securebert pull [<options>] <org/name[@revision]>",
        discussion: """
            Prints the folder. A download that was cut continues where it stopped; every file is checked against the digest \
            the hub lists. HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_HUB_OFFLINE and HTTPS_PROXY are respected.

            EXAMPLES
              securebert pull cisco-ai/SecureBERT2.0-base
              securebert pull org/name@v1.0 --quiet
              securebert pull org/name --include '*.safetensors' --include '*.json'
            """)

    @Argument(
        help: ArgumentHelp("The model, with a branch, tag or commit if not main.", valueName: "org/name[@revision]"))
    var reference: String

    @Option(
        help: ArgumentHelp("Only the files that fit; * and ? are wildcards. May be repeated.", valueName: "pattern"))
    var include: [String] = []

    @Flag(help: "Every file, also those this program cannot use.")
    var all = false

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if all, !include.isEmpty { throw ValidationError("--all and --include exclude each other") }
    }

    func run() async throws {
        let reference = try HubReference(reference)
        let client = HubClient(configuration: try .environment())
        let bar = ProgressBar("\(reference)", unit: .bytes, isEnabled: !output.messages.quiet)
        defer { bar.finish() }
        let selection: FileSelection = all ? .all : include.isEmpty ? .usable : .matching(include)
        let snapshot = try await client.pull(reference, selection: selection) { progress in
            let name = progress.file.split(separator: "/").last ?? ""
            bar.update(
                completed: progress.received, total: progress.total,
                note: "[\(progress.finishedFiles)/\(progress.fileCount)] \(name)", processed: progress.transferred)
        }
        bar.finish()
        let fetched = snapshot.files.filter { !$0.wasCached }
        let bytes = fetched.reduce(0) { $0 + $1.bytes }
        output.messages.note(
            fetched.isEmpty
                ? "\(reference) was already here" : "\(reference): \(fetched.count.counted("file")), \(bytes.byteSize)")
        let readme = snapshot.path + "/README.md"
        if let notice = try? ModelCard(path: readme).notice { output.messages.note(notice) }
        try StandardOutput.scope { out in
            switch output.format {
            case .text: try out.writeLine(snapshot.path)
            case .json: try out.writeLine(Self.json(snapshot).prettyText)
            case .jsonLines: try out.writeLine(Self.json(snapshot).text)
            }
        }
    }

    private static func json(_ snapshot: PulledSnapshot) -> JSON {
        let files = snapshot.files.map { file -> JSON in
            [
                "path": .string(file.path), "bytes": .integer(file.bytes), "digest": .string(file.digest),
                "cached": .bool(file.wasCached),
            ]
        }
        return ["path": .string(snapshot.path), "commit": .string(snapshot.commit), "files": .array(files)]
    }
}
