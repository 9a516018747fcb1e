import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTJSON
import SecureBERTTensor

/// `securebert knowledge`: what is known offline of ATT&CK, CWE, CAPEC and NIST's controls.
struct KnowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "knowledge",
        abstract: "Show or update what is known offline of ATT&CK, CWE, CAPEC and NIST's controls.",
        subcommands: [KnowledgeShowCommand.self, KnowledgeUpdateCommand.self, KnowledgeIndexCommand.self])
}

/// Which knowledge files.
struct KnowledgeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Folder of knowledge files. Default: $SECUREBERT_KNOWLEDGE, what knowledge update has written, or those that \
            come with the program.
            """,
            valueName: "dir"),
        completion: .directory)
    var knowledge: String?
}

/// `securebert knowledge show`: entries by id or name.
struct KnowledgeShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show entries by id or name; without any, the files and what they have.",
        usage: "securebert knowledge show [<options>] [<id or name> ...]",
        discussion: """
            EXAMPLES
              securebert knowledge show
              securebert knowledge show T1003.001 CWE-787 'Fancy Bear'
              securebert knowledge show --jsonl S0154
            """)

    @Argument(help: "Ids such as T1059.001, G0007, CWE-79, AC-2, PR.AA-01, or names of groups, software and campaigns.")
    var names: [String] = []

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let base = try KnowledgeBase(folder: InstalledKnowledge.folder(knowledge.knowledge))
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, output.format)
            if names.isEmpty {
                for file in base.files { try printer.print(Self.json(file)) { line(file) } }
            }
            let linker = EntityLinker(base)
            for name in names {
                let entries = base[name.uppercased()].map { [$0] } ?? linker.entries(named: name)
                guard !entries.isEmpty else {
                    throw CommandLineError(
                        .notFound,
                        "\"\(name.visible)\" is no id and no name of a group, of software or of a campaign that is known",
                        hint: "securebert knowledge update with a newer bundle")
                }
                for entry in entries { try printer.print(entry.json) { block(entry) } }
            }
            try printer.finish()
        }
    }

    private static func json(_ file: KnowledgeFile) -> JSON {
        [
            "source": .string(file.source), "version": .string(file.version), "entries": .integer(file.entries.count),
            "attribution": .string(file.attribution),
        ]
    }

    private func line(_ file: KnowledgeFile) -> String {
        let terminal = output.messages.output
        let version = file.version.isEmpty ? "" : " \(file.version.visible)"
        return terminal.styled(file.source.visible + version, .bold)
            + ", \(file.entries.count.counted("entry", plural: "entries"))\n"
            + terminal.styled("  " + file.attribution.visible, .dim)
    }

    private func block(_ entry: KnowledgeEntry) -> String {
        let terminal = output.messages.output
        var lines = [terminal.styled("\(entry.id.visible) \(entry.name.visible)", .bold) + " (\(entry.kind.rawValue))"]
        for (title, texts) in [
            ("also", entry.aliases), ("tactics", entry.tactics), ("platforms", entry.platforms),
            ("baselines", entry.baselines), ("related", entry.related),
        ] where !texts.isEmpty {
            lines.append("  \(title): " + texts.map(\.visible).joined(separator: ", "))
        }
        lines += entry.text.visible.wrapped(to: max(40, min(terminal.columns, 100) - 2), lines: 12).map { "  \($0)" }
        return (lines + [terminal.styled("  " + entry.url.visible, .cyan)]).joined(separator: "\n")
    }
}

/// `securebert knowledge update`: reads what MITRE has published.
struct KnowledgeUpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Replace a source by a newer one: a STIX bundle of ATT&CK or CAPEC.",
        usage: "securebert knowledge update <file.json> [--output <dir>]",
        discussion: """
            Reads enterprise-attack.json, mobile-attack.json, ics-attack.json or stix-capec.json as MITRE publishes them. Each replaces \
            what is known of its domain, the others stay as they are; a group or software of several domains is related to what any of \
            them says. Nothing is downloaded.

            EXAMPLES
              securebert knowledge update enterprise-attack.json
              securebert knowledge update mobile-attack.json
              securebert knowledge update enterprise-attack.json --output /srv/securebert/knowledge
            """)

    @Argument(help: "The bundle.", completion: .file(extensions: ["json"]))
    var bundle: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Folder to write. Default: securebert/knowledge in the user's data folder.", valueName: "dir"),
        completion: .directory)
    var output: String?

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let files = try KnowledgeFile.files(ofStixBundle: bundle)
        guard let target = output ?? InstalledKnowledge.userFolder else {
            throw CommandLineError(.usage, "there is no HOME to write to", hint: "--output DIR")
        }
        let source = try InstalledKnowledge.folder(knowledge.knowledge)
        try InstalledKnowledge.makeFolder(target)
        let replaced = Set(files.map(\.name))
        // All of a folder is used or none of it, so what is not replaced comes along; vectors are of the old techniques.
        for name in try FileSystem.names(inFolder: source)
        where !replaced.contains(name) && name != EntryVectors.Subject.techniques.fileName && !name.hasPrefix(".") {
            let (from, to) = (FileSystem.join(source, name), FileSystem.join(target, name))
            guard FileSystem.kind(of: from) == .file, FileSystem.kind(of: to) == nil else { continue }
            try AtomicFile.write(FileSystem.read(from, limit: 256 << 20), to: to)
        }
        for file in files {
            try file.write(to: FileSystem.join(target, file.name))
            messages.note(
                "wrote \(file.entries.count.counted("entry", plural: "entries")) of \(file.source.visible) \(file.version.visible) to \(target.visible)"
            )
        }
    }
}

/// `securebert knowledge index`: vectors of the techniques' descriptions.
struct KnowledgeIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Make the vectors that analyze and comply need, so that they do not make them each time.",
        usage: "securebert knowledge index [--knowledge <dir>]")

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let folder = try InstalledKnowledge.folder(knowledge.knowledge)
        let mapping = try TechniqueMapping(folder: folder)
        let shared = try Compute(threads: compute.threads)
        let encoder = try SentenceEncoder(.named(mapping.encoder, head: .none, shared))
        let base = try KnowledgeBase(folder: folder)
        for subject in EntryVectors.Subject.allCases {
            let entries = subject.entries(of: base)
            guard !entries.isEmpty else { continue }
            let vectors = try EntryVectors.making(of: entries, subject, encoder, messages)
            try vectors.write(toFolder: folder, shared)
            messages.note("wrote vectors of \(vectors.ids.count.grouped) \(subject.rawValue)")
        }
    }
}
