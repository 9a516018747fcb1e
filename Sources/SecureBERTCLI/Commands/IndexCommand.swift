import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTSearch
import SecureBERTTensor

/// `securebert index`: what `search` and the server search.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Index documents for search by words and by meaning.",
        usage: "securebert index <subcommand>",
        discussion: """
            EXAMPLES
              securebert index build reports/ advisories.jsonl
              securebert index info
              securebert search 'lateral movement over SMB' --top-k 3
            """,
        subcommands: [
            IndexBuildCommand.self, IndexAddCommand.self, IndexRemoveCommand.self, IndexInfoCommand.self,
            IndexCheckCommand.self,
        ])

    /// What `build` and `add` read, for their help.
    static let inputs = """
        Reads text, Markdown, HTML and PDF (through pdftotext), each file one document, and .jsonl with one document a line: {"id", \
        "title"?, "text", "date"?, ...}, other members being metadata to filter by, or {"_id", "title", "text"} as in BEIR; with \
        .gz or .zst behind it, compressed. Documents that are in the index as they are cost nothing. What was committed stays when \
        the program is stopped; run it again to go on. A line or file that cannot be read is named, the others are indexed, and \
        the exit code is 3.
        """
}

/// `securebert index build`: files into an index.
struct IndexBuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Bring an index up to date with files and folders; makes it when there is none.",
        usage: "securebert index build [<options>] <path> ...",
        discussion: """
            \(IndexCommand.inputs) Documents that are in the index and no longer in the files and folders named are removed.

            EXAMPLES
              securebert index build reports/
              securebert index build --index /srv/index --vectors int8 corpus.jsonl
              securebert index build --index /srv/index --keep incoming/
            """)

    @Argument(help: "Files and folders; - is the standard input, one JSON document a line.", completion: .file())
    var paths: [String]

    @Flag(help: "Keep documents that are no longer in the files and folders.")
    var keep = false

    @OptionGroup var update: IndexUpdateOptions

    func run() throws { try IndexJob(update, removesMissing: !keep).run(paths) }
}

/// `securebert index add`: documents into an index, and nothing out of it.
struct IndexAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add or replace documents; makes the index when there is none.",
        usage: "securebert index add [<options>] [<path> ...]",
        discussion: """
            As index build, and removes nothing. Without a path the standard input is read, one JSON document a line.

            EXAMPLES
              securebert index add new-report.pdf
              echo '{"id":"n1","text":"Qakbot is back."}' | securebert index add
            """)

    @Argument(help: "Files and folders; - is the standard input, one JSON document a line.", completion: .file())
    var paths: [String] = []

    @OptionGroup var update: IndexUpdateOptions

    func run() throws { try IndexJob(update, removesMissing: false).run(paths.isEmpty ? ["-"] : paths) }
}

/// `securebert index remove`: documents out of an index.
struct IndexRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove documents by their ids, or all that come from a file or a folder.",
        usage: "securebert index remove [<options>] <id|path> ...",
        discussion: """
            EXAMPLES
              securebert index remove advisory-17 reports/old/
            """)

    @Argument(help: "Ids, or paths that documents were read from.", completion: .file())
    var names: [String]

    @Option(help: ArgumentHelp("Wait so long for another process that writes to the index.", valueName: "seconds"))
    var wait = 0.0

    @OptionGroup var location: IndexLocationOption
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait must be 0 to 86400, found \(wait)") }
    }

    func run() throws {
        let store = try location.location().openToWrite(wait: .seconds(wait), compute: Compute(threads: 1))
        let ids = try store.read { reader in
            try names.flatMap { name in
                if try reader.digests(of: [name])[name] != nil { return [name] }
                let ids = try reader.documentIDs(sources: [AbsolutePath.of(name)])
                guard !ids.isEmpty else {
                    throw CommandLineError(
                        .notFound,
                        "\(name.visible): is no document of the index and no path that documents were read from")
                }
                return ids
            }
        }
        var seen: Set<String> = []
        let unique = ids.filter { seen.insert($0).inserted }
        for start in stride(from: 0, to: unique.count, by: 500) {
            try store.write(SearchBatch(removals: Array(unique[start..<min(start + 500, unique.count)])))
        }
        try store.finishWriting()
        messages.note("\(unique.count.counted("document")) removed")
    }
}

/// `securebert index info`: what an index is.
struct IndexInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Say what an index holds and what it was made with.",
        usage: "securebert index info [--index <dir>] [--json]",
        discussion: """
            EXAMPLES
              securebert index info
              securebert index info --index /srv/index --json
            """)

    @OptionGroup var location: IndexLocationOption

    @Flag(help: "Print one JSON document.")
    var json = false

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try location.location().openToRead(compute: Compute(threads: 1))
        let counts = try store.read { try $0.counts() }
        let manifest = store.manifest
        try StandardOutput.scope { out in
            if json { return try out.writeLine(Self.json(store, counts).text) }
            let kinds = counts.kinds.sorted { $0.key < $1.key }.map { "\($0.value.grouped) \($0.key)" }
            let rescoring = manifest.rescoringFormat.map { ", compared again as \($0.rawValue)" } ?? ""
            var table = Table([.left, .left])
            table.add(["index", store.location.visible])
            table.add([
                "documents",
                counts.documents.grouped + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ").visible))"),
            ])
            table.add(["passages", counts.passages.grouped])
            table.add(["on disk", counts.bytes.byteSize])
            table.add(["model", "\(manifest.modelName.visible) (\(manifest.modelDigest.prefix(12)))"])
            table.add([
                "vectors", "\(manifest.dimensions) dimensions, \(manifest.vectorFormat.rawValue)\(rescoring)",
            ])
            table.add([
                "passage", "at most \(manifest.passageTokens) tokens, \(manifest.overlapTokens) of them shared",
            ])
            for line in table.lines(messages.output) { try out.writeLine(line) }
        }
    }

    private static func json(_ store: any SearchStore, _ counts: SearchCounts) -> JSON {
        let kinds = counts.kinds.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON.integer($0.value)) }
        let members: [JSON.Object.Member] = [
            ("location", .string(store.location)), ("documents", .integer(counts.documents)),
            ("passages", .integer(counts.passages)), ("bytes", .integer(counts.bytes)),
            ("kinds", .object(.init(kinds))),
        ]
        return .object(.init(members + (store.manifest.json.objectValue?.members ?? [])))
    }
}

/// `securebert index check`: whether an index is sound.
struct IndexCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read all of an index and compare it with its checksums.",
        usage: "securebert index check [--index <dir>]",
        discussion: """
            Prints nothing but the number of documents when the index is sound; otherwise what is wrong, with exit code 3.

            EXAMPLES
              securebert index check --index /srv/index
            """)

    @OptionGroup var location: IndexLocationOption
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let store = try location.location().openToRead(compute: Compute(threads: compute.threads))
        let progress = ProgressBar("check", unit: .shards, isEnabled: !messages.quiet)
        defer { progress.finish() }
        let problems = try store.check { progress.update(completed: $0, total: $1) }
        progress.finish()
        for problem in problems { Terminal.printError("\(store.location.visible): \(problem)", hint: nil) }
        guard problems.isEmpty else {
            throw CommandLineError(
                .badInput, "\(store.location.visible): is damaged", hint: "build the index again in another folder")
        }
        let counts = try store.read { try $0.counts() }
        try StandardOutput.scope { out in
            try out.writeLine("\(counts.documents.counted("document")), \(counts.passages.counted("passage")): sound")
        }
    }
}
