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
        var records = input.records(key: "", messages)
        let progress = ProgressBar("reading", unit: .lines, isEnabled: !messages.quiet)
        defer { progress.finish() }
        var odd = 0
        while let record = try records.next() {
            switch record.content {
            case .message(let bytes): lines.add(bytes)
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
        let profile = try fitting.profile(lines, reader) {
            progress.update(completed: $0, total: $1, note: "templates")
        }
        progress.finish()
        try AtomicFile.write(Array((profile.json.prettyText + "\n").utf8), to: path)
        let share = profile.falseAlarms
        messages.note(
            """
            \(path.visible): \(profile.lines.counted("line")), \(profile.templates.count.counted("template")); anomalies are lines above \
            \(profile.threshold.fixed(2)) and windows of \(profile.window) above \(profile.windowThreshold.fixed(2)) \
            (\((share * 100).fixed(share < 0.01 ? 2 : 0)) % of these)
            """)
        if Double(profile.lines) * share < 1 {
            messages.note(
                "\(profile.lines.counted("line")) are too few for --false-alarms \(share): the threshold is the highest score of them"
            )
        }
        try records.throwFailures()
    }
}

extension LogRecords {
    /// The exit code of a run in which files could not be read.
    func throwFailures() throws(CommandLineError) {
        guard failures > 0 else { return }
        throw CommandLineError(.badInput, "\(failures.counted("file")) could not be read; the others are complete")
    }
}
