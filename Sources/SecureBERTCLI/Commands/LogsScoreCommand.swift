import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel

/// `securebert logs score`: how normal each line is.
struct LogsScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score log lines and print the anomalies; the default of securebert logs.",
        usage: "securebert logs [--profile <profile.json>] [<options>] [<file> ...]",
        discussion: """
            Without --profile the first --warm-up lines are taken for normal ones; a shorter input is its own reference, and its least normal \
            lines are printed. With --jsonl every line comes out in its order as it went in, an object with one more key: {"template_id", \
            "template", "frequency", "surprise", "severity", "score", "anomaly", "window": {"score", "anomaly"}}; a line of text as \
            {"file", "line", "text"} with this key. Lines without message pass through. The window of a line ends with it: so many lines, or \
            the lines of so much time; a line without time, or with an earlier one, counts at the time of the line before.

            EXAMPLES
              securebert logs app.log
              securebert logs --profile profile.json --json app.log
              journalctl -f | securebert logs --profile profile.json
              tail -F app.ndjson | securebert logs --profile profile.json --field event.original --jsonl
            """)

    @OptionGroup var input: LogInputOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("What securebert logs fit has written.", valueName: "file"),
        completion: .file())
    var profile: String?

    @Option(help: ArgumentHelp("Without a profile: first lines to take for normal ones.", valueName: "n"))
    var warmUp = 1000

    @OptionGroup var fitting: LogFittingOptions

    @Option(help: ArgumentHelp("The key of the results, which objects must not have yet.", valueName: "name"))
    var key = "securebert_logs"

    @Flag(help: "Print all lines, not only anomalies. For text.")
    var all = false

    @Option(
        help: ArgumentHelp("Write a page with the course of the scores, too.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    /// Lines that are scored together when they are there already.
    private static let batchSize = 1024
    /// A warm-up ends with this many bytes, however few lines they are.
    private static let warmUpBytes = 64 << 20

    mutating func validate() throws {
        guard !key.isEmpty else { throw ValidationError("--key must not be empty") }
        guard (1...10_000_000).contains(warmUp) else {
            throw ValidationError("--warm-up must be 1 to 10000000, found \(warmUp)")
        }
        if profile != nil, fitting.areGiven {
            throw ValidationError(
                "--header-fields, --false-alarms, --window, --window-time and --no-model are part of the profile; give them to securebert logs fit"
            )
        }
    }

    func run() throws {
        let known = try profile.map { try LogProfile(path: $0) }
        let page = try html.map { try OutputPath.check($0) }
        let needsModel = known.map { $0.model != nil } ?? !fitting.noModel
        let reader = needsModel ? try model.logReader(output.messages) : nil
        let hasTimes = (known?.window ?? fitting.length).isTime
        var records = input.records(key: key, hasTimes: hasTimes, output.messages)
        var unread = UnreadTemplates()
        try StandardOutput.scope { out in
            var writer = LogScoreWriter(out, output, key: key, printsAll: all, hasPage: html != nil)
            var detector: LogDetector
            if let known {
                detector = try LogDetector(known, reader?.reader)
            } else {
                let first = try warmUp(&records)
                var lines = LogFitting(header: fitting.headers.header)
                for record in first {
                    if case .message(let bytes) = record.content { lines.add(bytes, at: record.time) }
                }
                let fitted = try fitting.profile(
                    lines, reader,
                    onUnread: { writer.unread.add("\"\($0.visible.shortened(to: 100))\"", "\($1)", output.messages) })
                detector = try LogDetector(fitted, reader?.reader)
                try write(first, &detector, &writer, areClean: true)
            }
            let progress = ProgressBar(
                "scoring", unit: .lines, isEnabled: !output.messages.quiet && output.format == .json)
            defer { progress.finish() }
            while true {
                var batch: [LogRecord] = []
                while batch.count < Self.batchSize, batch.isEmpty || records.isReady, let record = try records.next() {
                    batch.append(record)
                }
                if batch.isEmpty { break }
                try write(batch, &detector, &writer)
                // Whoever waits for a line behind this one gets this one first.
                if !records.isReady { try out.flush() }
                progress.update(completed: writer.lines)
            }
            progress.finish()
            try writer.finish(detector)
            if let page, let html = writer.html(detector.profile) { try AtomicFile.write(Array(html.utf8), to: page) }
            unread = writer.unread
        }
        try records.throwFailures(unread)
    }

    private func warmUp(_ records: inout LogRecords) throws -> [LogRecord] {
        var first: [LogRecord] = []
        var (lines, bytes) = (0, 0)
        while lines < warmUp, bytes < Self.warmUpBytes, let record = try records.next() {
            if case .message = record.content { lines += 1 }
            first.append(record)
            bytes += record.line.count + MemoryLayout<LogRecord>.size
        }
        return first
    }

    private func write(
        _ records: [LogRecord], _ detector: inout LogDetector, _ writer: inout LogScoreWriter, areClean: Bool = false
    ) throws {
        let lines = records.compactMap { record -> (bytes: ArraySlice<UInt8>, time: Double?)? in
            guard case .message(let bytes) = record.content else { return nil }
            return (bytes, record.time)
        }
        var scores = detector(lines.map(\.bytes), times: lines.map(\.time), areClean: areClean)[...]
        for record in records {
            if case .message = record.content {
                guard let score = scores.popFirst() else { continue }
                try writer.write(record, score, detector.profile)
            } else {
                try writer.pass(record)
            }
        }
    }
}
