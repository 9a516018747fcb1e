import ArgumentParser
import SecureBERT
import SecureBERTIntel
import SecureBERTTraining

/// `securebert evaluate logs`: how well anomalous log lines are found.
struct EvaluateLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Measure how well anomalous log lines are told from normal ones.",
        usage: "securebert evaluate logs --data <file> ... [<options>]",
        discussion: """
            Data are JSON lines {"content", "level", "label"} in the order of their time, 1 for an anomaly. The normal lines of the first \
            part are what the profile and all thresholds are fitted on; the next part is for choosing settings (--split valid), what is \
            left for the figures to quote (--split test, the default). Scores beside securebert's: the frequency of templates alone, \
            surprise alone, severity alone.

            EXAMPLES
              securebert evaluate logs --data bgl-2k.jsonl
              securebert evaluate logs --split valid --false-alarms 0.05 --data bgl-2k.jsonl --html report.html
            """)

    enum Split: String, CaseIterable, ExpressibleByArgument { case valid, test }

    @OptionGroup var model: ModelNameOption

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Labelled log lines.", valueName: "file"), completion: .file())
    var data: [String]

    @Option(help: ArgumentHelp("valid, or test.", valueName: "name"))
    var split = Split.test

    @Option(
        help: ArgumentHelp(
            "The share of the lines, from the start, whose normal ones are fitted on.", valueName: "0...1"))
    var fitPart = 0.4

    @Option(help: ArgumentHelp("The share of the lines behind these for choosing settings.", valueName: "0...1"))
    var validationPart = 0.3

    @Flag(help: "Put the level before the message; it may tell the label.")
    var withLevel = false

    @OptionGroup var fitting: LogFittingOptions
    @OptionGroup var evaluation: EvaluationOptions

    mutating func validate() throws {
        guard fitPart > 0, validationPart >= 0, fitPart + validationPart < 1 else {
            throw ValidationError("--fit-part and --validation-part must be shares that leave some lines for the test")
        }
        if fitting.noModel {
            throw ValidationError("--no-model has no meaning here: frequency alone is measured anyway")
        }
        if fitting.windowTime != nil {
            throw ValidationError("--window-time has no meaning here: windows are measured by lines, --window")
        }
    }

    func run() throws {
        let loaded = try evaluation.load(model, head: .maskedLanguageModel)
        let reader = (reader: try LogReader(loaded), name: loaded.path)
        let sections = try data.map { path in try section(path, reader) }
        try evaluation.print(
            EvaluationReport(
                title: "Log anomalies",
                settings: [
                    ("model", loaded.path), ("split", split.rawValue),
                    ("parts", "first \(fitPart) to fit, next \(validationPart) to choose, rest to test"),
                    ("false alarms allowed", "\(fitting.falseAlarms ?? 0.01)"),
                    ("level", withLevel ? "read" : "left out"),
                    ("seed of intervals", "\(evaluation.seed)"),
                ], sections: sections))
    }

    /// The scores that are compared, each by a name.
    private static let systems: [(name: String, score: @Sendable (LogDetector.Score, Int) -> Double)] = [
        ("securebert logs", { score, _ in score.score }),
        ("template frequency", { score, lines in LogProfile.score(count: score.count, of: lines, .none) }),
        ("surprise", { score, _ in score.reading.surprise }),
        ("severity", { score, _ in score.reading.severity }),
    ]

    private func section(
        _ path: String, _ reader: (reader: LogReader, name: String)
    ) throws -> EvaluationReport.Section {
        let dataset = try LogDataset(path: path)
        let count = Double(dataset.lines.count)
        let (fitEnd, validationEnd) = (Int(count * fitPart), Int(count * (fitPart + validationPart)))
        let clean = dataset.lines[..<fitEnd].filter { !$0.isAnomalous }.map(bytes)
        let judged = Array(split == .valid ? dataset.lines[fitEnd..<validationEnd] : dataset.lines[validationEnd...])
        guard !clean.isEmpty, !judged.isEmpty else {
            throw CommandLineError(
                .badInput, "\(dataset.file): has \(dataset.lines.count) lines, too few for three parts")
        }
        var lines = LogFitting(header: fitting.headers.header)
        for line in clean { lines.add(line) }
        let profile = try fitting.profile(lines, reader)
        var (first, second) = (try LogDetector(profile, reader.reader), try LogDetector(profile, reader.reader))
        let (cleanScores, scores) = (first(clean, areClean: true), second(judged.map(bytes)))
        if let problem = scores.lazy.compactMap(\.problem).first { throw CommandLineError(.badInput, problem) }

        let window = fitting.window ?? 20
        let measured = AnomalyEvaluation(isAnomalous: judged.map(\.isAnomalous), window: window)
        let cleanWindows = AnomalyEvaluation(isAnomalous: clean.map { _ in false }, window: window).windows
        let systems = Self.systems.map { name, score in
            let (known, found) = (
                cleanScores.map { score($0, profile.lines) }, scores.map { score($0, profile.lines) }
            )
            func largest(_ values: [Double], _ windows: [Range<Int>]) -> [Double] {
                windows.map { values[$0].max() ?? 0 }
            }
            func threshold(_ values: [Double]) -> Double {
                LogProfile.threshold(values.map { ($0, 1) }, profile.falseAlarms)
            }
            return AnomalyEvaluation.System(
                name: name, scores: found, threshold: threshold(known), windowScores: largest(found, measured.windows),
                windowThreshold: threshold(largest(known, cleanWindows)))
        }
        var section = measured.section(path, systems, seed: evaluation.seed)
        section.notes.append(
            "Fitted on \(clean.count) normal lines of the first \(fitEnd): \(profile.templates.count) templates.")
        return section
    }

    private func bytes(_ line: LogDataset.Line) -> ArraySlice<UInt8> {
        Array((withLevel ? "\(line.level) \(line.content)" : line.content).utf8)[...]
    }
}
