import SecureBERTIntel
import SecureBERTJSON

/// Writes scored log lines: anomalies and a summary for people, one JSON document, or all lines with their scores.
struct LogScoreWriter {
    private let out: StandardOutput
    private let output: OutputOptions
    private let key: String
    private let printsAll: Bool
    private let start = ContinuousClock.now
    /// Lines with a score.
    private(set) var lines = 0
    private var anomalies = 0
    private var windows = 0
    private var windowAnomalies: [JSON] = []
    private var windowAnomalyCount = 0
    private var series: LogWindowSeries?
    private var windowStart: (file: String, line: Int)?
    private var windowEnd = 0
    private var page: LogPage?
    private var withoutMessage = 0
    private var odd = 0
    /// Templates that the model could not read.
    var unread = UnreadTemplates()

    /// Lines that are not what was expected are named up to this many.
    private static let namedLines = 10
    /// Windows are listed up to this many, so that memory is bounded.
    private static let listedWindows = 10_000

    /// - Parameter hasPage: Whether a page with a plot is wanted in the end.
    init(_ out: StandardOutput, _ output: OutputOptions, key: String, printsAll: Bool, hasPage: Bool) {
        (self.out, self.output, self.key, self.printsAll) = (out, output, key, printsAll)
        page = hasPage ? LogPage() : nil
    }

    /// A line without score.
    mutating func pass(_ record: LogRecord) throws {
        if case .odd(let problem) = record.content {
            odd += 1
            if odd <= Self.namedLines {
                output.messages.note("\(record.file), line \(record.number): \(problem); passed through")
            }
        } else if record.object != nil, !record.line.allSatisfy({ $0 <= 0x20 }) {
            withoutMessage += 1
        }
        if output.format == .jsonLines { try out.write { $0 += record.line + [0x0A] } }
    }

    mutating func write(_ record: LogRecord, _ score: LogDetector.Score, _ profile: LogProfile) throws {
        lines += 1
        if score.isAnomaly { anomalies += 1 }
        if let problem = score.problem { unread.add("\(record.file), line \(record.number)", problem, output.messages) }
        addToWindow(record, score.score, profile)
        page?.add(record, score)
        switch output.format {
        case .jsonLines:
            try out.write { bytes in
                let results = Self.results(score)
                if let object = record.object {
                    object.write(results, key: key, into: &bytes)
                } else {
                    JSON.object(.init(Self.place(record) + [(key, results)])).write(into: &bytes)
                    bytes.append(0x0A)
                }
            }
        case .json:
            guard score.isAnomaly else { return }
            try out.write { bytes in
                bytes += (anomalies == 1 ? "{\"anomalies\":[\n" : ",\n").utf8
                let members = Self.place(record) + (Self.results(score).objectValue?.members ?? [])
                JSON.object(.init(members)).write(into: &bytes)
            }
        case .text:
            guard score.isAnomaly || printsAll else { return }
            try out.write(text(record, score, profile))
        }
    }

    private mutating func addToWindow(_ record: LogRecord, _ score: Double, _ profile: LogProfile) {
        var series = self.series ?? LogWindowSeries(profile.window)
        let ended = series.add(score, at: record.time)
        self.series = series
        if let ended, !ended.hasLast { endWindow(ended.score, profile) }
        if windowStart == nil { windowStart = (record.file, record.number) }
        windowEnd = record.number
        if let ended, ended.hasLast { endWindow(ended.score, profile) }
    }

    private mutating func endWindow(_ score: Double, _ profile: LogProfile) {
        defer { windowStart = nil }
        windows += 1
        guard score > profile.windowThreshold else { return }
        windowAnomalyCount += 1
        guard let first = windowStart, windowAnomalies.count < Self.listedWindows, output.format == .json else {
            return
        }
        windowAnomalies.append([
            "file": .string(first.file), "first_line": .integer(first.line), "last_line": .integer(windowEnd),
            "score": .number(score),
        ])
    }

    private static func place(_ record: LogRecord) -> [JSON.Object.Member] {
        var bytes = record.line[...]
        if bytes.last == 0x0D { bytes.removeLast() }
        return [
            ("file", .string(record.file)), ("line", .integer(record.number)),
            ("text", .string(String(decoding: bytes, as: UTF8.self))),
        ]
    }

    private static func results(_ score: LogDetector.Score) -> JSON {
        [
            "template_id": .integer(score.templateID), "template": .string(score.template),
            "frequency": .number(score.frequency), "surprise": .number(score.reading.surprise),
            "severity": .number(score.reading.severity), "score": .number(score.score),
            "anomaly": .bool(score.isAnomaly),
            "window": ["score": .number(score.windowScore), "anomaly": .bool(score.isWindowAnomaly)],
        ]
    }

    private func text(_ record: LogRecord, _ score: LogDetector.Score, _ profile: LogProfile) -> String {
        let terminal = output.messages.output
        var reasons = [
            score.count == 0
                ? "not among \(profile.lines.counted("normal line"))"
                : "\(score.count.grouped) of \(profile.lines.counted("normal line"))"
        ]
        if profile.model != nil {
            if score.count == 0 { reasons.append("surprise \(score.reading.surprise.fixed(1))") }
            reasons.append("severity \(score.reading.severity.fixed(1))")
        }
        let place = "\(record.file):\(record.number)"
        let head = score.isAnomaly ? terminal.styled(place, .bold, .red) : place
        let line = String(decoding: record.line, as: UTF8.self).trimmingSpaces
        return """
            \(head)  score \(score.score.fixed(1))  \(terminal.styled(reasons.joined(separator: ", "), .dim))
                \(line.visible.shortened(to: max(40, 2 * terminal.columns - 4)))

            """
    }

    /// The page, when one was wanted.
    func html(_ profile: LogProfile) -> String? { page?.html(profile) }

    /// Completes the document or prints the summary.
    mutating func finish(_ detector: LogDetector) throws {
        if odd > Self.namedLines { output.messages.note("\(odd.counted("line")) in all passed through") }
        if lines == 0, withoutMessage > 0 {
            output.messages.note("no object has the field with the message; name it with --field PATH")
        }
        let profile = detector.profile
        // The last lines are a window of their time, but not of so many lines.
        if profile.window.isTime, let rest = series?.rest { endWindow(rest, profile) }
        let length: JSON.Object.Member =
            switch profile.window {
            case .lines(let count): ("window", .integer(count))
            case .seconds(let count): ("window_seconds", .integer(count))
            }
        switch output.format {
        case .jsonLines: break
        case .json:
            let summary = JSON.object(
                .init([
                    ("windows", .array(windowAnomalies)), ("lines", .integer(lines)),
                    ("anomalous_lines", .integer(anomalies)), length, ("window_count", .integer(windows)),
                    ("anomalous_windows", .integer(windowAnomalyCount)),
                    ("templates", .integer(profile.templates.count)),
                    ("new_templates", .integer(detector.newTemplates)), ("threshold", .number(profile.threshold)),
                    ("window_threshold", .number(profile.windowThreshold)), ("odd_lines", .integer(odd)),
                ]))
            try out.write(anomalies == 0 ? "{\"anomalies\":[\n" : "\n")
            try out.write("],\(summary.text.dropFirst())\n")
        case .text:
            var table = Table([.left, .right, .left])
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            table.add(["lines", lines.grouped, "\(Int(Double(lines) / max(seconds, 1e-3)).grouped) a second"])
            table.add(["templates", profile.templates.count.grouped, "and \(detector.newTemplates.grouped) new"])
            table.add(["anomalies", anomalies.grouped, "lines above \(profile.threshold.fixed(1))"])
            table.add([
                "windows", windowAnomalyCount.grouped,
                "of \(windows.grouped) of \(profile.window.words) above \(profile.windowThreshold.fixed(1))",
            ])
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
        }
    }
}
