import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel

/// `securebert logs fit`: what normal lines look like.
struct LogsFitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Make a profile of normal log lines.",
        usage: "securebert logs fit [<options>] --output <profile.json> [<file> ...]",
        discussion: """
            Reads lines of normal operation, mines their templates, lets the model read each once, and sets the thresholds: each line is \
            scored as if the others alone were known, and --false-alarms of the lines are above the threshold.

            EXAMPLES
              securebert logs fit clean.log --output profile.json
              zcat old/*.gz | securebert logs fit --false-alarms 0.001 --window 100 --output profile.json
              securebert logs fit --window-time 5m --output profile.json clean.log
              securebert logs fit --field event.original --output profile.json clean.ndjson
            """)

    @OptionGroup var input: LogInputOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The profile to write.", valueName: "file"), completion: .file())
    var output: String

    @OptionGroup var fitting: LogFittingOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let path = try OutputPath.check(output)
        let reader = fitting.noModel ? nil : try model.logReader(messages)
        var lines = LogFitting(header: fitting.headers.header)
        var records = input.records(key: "", hasTimes: fitting.length.isTime, messages)
        let progress = ProgressBar("reading", unit: .lines, isEnabled: !messages.quiet)
        defer { progress.finish() }
        var odd = 0
        while let record = try records.next() {
            switch record.content {
            case .message(let bytes): lines.add(bytes, at: record.time)
            case .nothing: continue
            case .odd(let problem):
                odd += 1
                if odd <= 10 { messages.note("\(record.file), line \(record.number): \(problem); left out") }
            }
            progress.update(completed: lines.lineCount)
        }
        guard lines.lineCount > 0 else {
            throw CommandLineError(
                .badInput, "there are no log lines to make a profile of", hint: "--field, for JSON objects")
        }
        var unread = UnreadTemplates()
        let profile = try fitting.profile(lines, reader) {
            progress.update(completed: $0, total: $1, note: "templates")
        } onUnread: {
            unread.add("\"\($0.visible.shortened(to: 100))\"", "\($1)", messages)
        }
        progress.finish()
        try AtomicFile.write(Array((profile.json.prettyText + "\n").utf8), to: path)
        let share = profile.falseAlarms
        messages.note(
            """
            \(path.visible): \(profile.lines.counted("line")), \(profile.templates.count.counted("template")); anomalies are lines above \
            \(profile.threshold.fixed(2)) and windows of \(profile.window.words) above \(profile.windowThreshold.fixed(2)) \
            (\((share * 100).fixed(share < 0.01 ? 2 : 0)) % of these)
            """)
        if Double(profile.lines) * share < 1 {
            messages.note(
                "\(profile.lines.counted("line")) are too few for --false-alarms \(share): the threshold is the highest score of them"
            )
        }
        try records.throwFailures(unread)
    }
}

/// Templates that the model could not read: their lines count by their frequency alone.
struct UnreadTemplates {
    private(set) var count = 0
    /// Up to this many are named.
    private static let named = 10

    /// - Parameter place: The template, or where it stands.
    mutating func add(_ place: String, _ reason: String, _ messages: MessageOptions) {
        count += 1
        if count <= Self.named { messages.note("\(place): counts by its frequency alone, because \(reason)") }
    }
}

extension LogRecords {
    /// The exit code of a run in which files or templates could not be read.
    func throwFailures(_ unread: UnreadTemplates = .init()) throws(CommandLineError) {
        if failures > 0 {
            throw CommandLineError(.badInput, "\(failures.counted("file")) could not be read; the others are complete")
        }
        if unread.count > 0 {
            throw CommandLineError(
                .badInput,
                "\(unread.count.counted("template")) could not be read by the model; the others are complete")
        }
    }
}
