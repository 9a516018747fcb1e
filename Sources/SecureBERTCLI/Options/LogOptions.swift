import ArgumentParser
import SecureBERT
import SecureBERTIntel

/// Where log lines come from.
struct LogInputOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Files to read; - is the standard input, the default.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "text: log lines. jsonl: JSON objects, one a line. Default: jsonl when the first line starts with {.",
            valueName: "format"))
    var inputFormat: InputFormat?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where the message of a JSON object is: keys with dots between. Default: message.", valueName: "path"))
    var field: [String] = ["message"]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where the time of a JSON object is, for windows by time: a text or seconds since 1970. Default: @timestamp, timestamp or time.",
            valueName: "path"))
    var timeField: [String] = ["@timestamp", "timestamp", "time"]

    mutating func validate() throws {
        if inputFormat == .document { throw ValidationError("--input-format must be text or jsonl, found document") }
    }

    /// The lines of all files.
    /// - Parameters:
    ///   - key: One that JSON objects must not have yet.
    ///   - hasTimes: Whether their times are needed.
    func records(key: String, hasTimes: Bool = false, _ messages: MessageOptions) -> LogRecords {
        let paths = files.isEmpty ? ["-"] : files
        if paths.contains("-"), Terminal.inputIsTerminal { messages.note("reading from the terminal, end with Ctrl-D") }
        return LogRecords(paths, format: inputFormat, fields: field, timeFields: hasTimes ? timeField : nil, key: key)
    }
}

/// A span of time with its unit: 30s, 5m, 2h, 1d.
struct LogDuration: ExpressibleByArgument {
    let seconds: Int

    init?(argument: String) {
        let units = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[String($0)] }), let count = Int(argument.dropLast()), count >= 0
        else { return nil }
        let (seconds, overflows) = count.multipliedReportingOverflow(by: unit)
        guard !overflows else { return nil }
        self.seconds = seconds
    }
}

extension LogWindowLength {
    /// "20 lines", "300 seconds".
    var words: String {
        switch self {
        case .lines(let count): count.counted("line")
        case .seconds(let count): count.counted("second")
        }
    }

    /// Whether the times of lines are needed.
    var isTime: Bool { if case .seconds = self { true } else { false } }
}

/// What stands before the message of a line.
struct LogHeaderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Blank-separated fields before the message. Default: time, host and program are recognized and left out.",
            valueName: "n"))
    var headerFields: Int?

    mutating func validate() throws {
        if let headerFields, !(0...100).contains(headerFields) {
            throw ValidationError("--header-fields must be 0 to 100, found \(headerFields)")
        }
    }

    /// How it is left out.
    var header: LogHeader { headerFields.map(LogHeader.fields) ?? .automatic }
}

/// How profiles are made.
struct LogFittingOptions: ParsableArguments {
    @OptionGroup var headers: LogHeaderOptions

    @Option(
        help: ArgumentHelp(
            "The share of normal lines, and of normal windows, that may be called anomalies. Default: 0.01.",
            valueName: "0...1"))
    var falseAlarms: Double?

    @Option(help: ArgumentHelp("Lines of a window. Default: 20.", valueName: "n"))
    var window: Int?

    @Option(
        help: ArgumentHelp(
            "Windows by time instead, such as 30s, 5m or 2h: by the time at the start of a line, or --time-field.",
            valueName: "time"))
    var windowTime: LogDuration?

    @Flag(help: "Score by the frequency of templates alone, without a model.")
    var noModel = false

    mutating func validate() throws {
        if let falseAlarms, !(0..<1).contains(falseAlarms) {
            throw ValidationError("--false-alarms must be at least 0 and less than 1, found \(falseAlarms)")
        }
        if let window, !(1...LogProfile.longestWindow).contains(window) {
            throw ValidationError("--window must be 1 to \(LogProfile.longestWindow), found \(window)")
        }
        if let windowTime, !(1...LogProfile.longestWindowTime).contains(windowTime.seconds) {
            throw ValidationError("--window-time must be 1s to 30d, found \(windowTime.seconds)s")
        }
        if window != nil, windowTime != nil { throw ValidationError("--window and --window-time exclude each other") }
    }

    /// How long windows are.
    var length: LogWindowLength { windowTime.map { .seconds($0.seconds) } ?? .lines(window ?? 20) }

    /// Whether any of them was given.
    var areGiven: Bool {
        headers.headerFields != nil || falseAlarms != nil || window != nil || windowTime != nil || noModel
    }

    /// The profile of the lines.
    func profile(
        _ lines: LogFitting, _ reader: (reader: LogReader, name: String)?,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        onUnread: (_ template: String, _ reason: any Error) throws -> Void = { throw $1 }
    ) throws -> LogProfile {
        try lines.profile(
            reader?.reader, model: reader?.name, falseAlarms: falseAlarms ?? 0.01, window: length,
            progress: progress, onUnread: onUnread)
    }
}

extension ModelOptions {
    /// Loads a masked language model that reads log messages, and says what profiles call it.
    func logReader(_ messages: MessageOptions) throws -> (reader: LogReader, name: String) {
        let model = try load(messages, head: .maskedLanguageModel)
        let name = model.path.split(separator: "/").last.map(String.init) ?? model.path
        return (try LogReader(model), name)
    }
}
