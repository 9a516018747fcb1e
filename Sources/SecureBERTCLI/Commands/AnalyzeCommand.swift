import ArgumentParser
import SecureBERT
import SecureBERTIntel
import SecureBERTJSON
import SecureBERTTraining

/// `securebert analyze`: what reports say, in the formats of other tools.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Find entities, indicators and techniques in reports, for people or as STIX, MISP, Navigator or ECS.",
        usage: "securebert analyze [<options>] [<report> ...]",
        discussion: """
            Reads text, Markdown, HTML and PDF (through pdftotext); of folders the files of these kinds; without a file the standard \
            input. Names are linked to ATT&CK's ids, techniques come with the sentences that show them. A report that \
            cannot be read is named, the others are analyzed, and the exit code is 3.

            EXAMPLES
              securebert analyze report.txt
              securebert analyze --format stix --published 2024-05-01 reports/ > bundle.json
              securebert analyze --format navigator reports/*.md > layer.json
              curl -s https://example.org/advisory.txt | securebert analyze --json
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, jsonl, html, stix, misp, navigator, ecs
    }

    @Argument(help: "Files and folders; - is the standard input.", completion: .file())
    var reports: [String] = []

    @Option(help: ArgumentHelp("text, json, jsonl, html, stix, misp, navigator or ecs.", valueName: "name"))
    var format = Format.text

    @Flag(help: "The same as --format json.")
    var json = false

    @Flag(help: "The same as --format jsonl: one JSON document for each report.")
    var jsonl = false

    @Option(
        help: ArgumentHelp(
            "The least probability of a technique. Default: chosen on labelled sentences.", valueName: "0...1"))
    var techniqueThreshold: Float?

    @Option(help: ArgumentHelp("The least probability of an entity.", valueName: "0...1"))
    var entityThreshold: Float = 0

    @Flag(help: "Write indicators so that nobody opens them by accident: hxxp[:]//evil[.]example. For text.")
    var defang = false

    @Option(
        help: ArgumentHelp(
            "When the reports were published, for STIX, MISP and ECS. Default: now.",
            valueName: "YYYY-MM-DD[Thh:mm:ssZ]"))
    var published: String?

    @Option(
        help: ArgumentHelp(
            "Marking, for STIX, MISP and ECS: clear, green, amber, amber+strict or red.", valueName: "tlp"))
    var tlp: String?

    @Option(
        help: ArgumentHelp(
            "Model for entities: a folder or a name. Default: securebert-mini-ner.", valueName: "dir|org/name"),
        completion: .directory)
    var ner: String?

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        for (name, value) in [("--technique-threshold", techniqueThreshold), ("--entity-threshold", entityThreshold)] {
            if let value, !(0...1).contains(value) { throw ValidationError("\(name) must be 0 to 1, found \(value)") }
        }
        if json { format = .json }
        if jsonl { format = .jsonl }
        if let published, UTCTime(published) == nil {
            throw ValidationError(
                "--published must be a date such as 2024-05-01 or 2024-05-01T12:00:00Z, found \(published)")
        }
        if let tlp, TrafficLight(rawValue: tlp) == nil {
            throw ValidationError(
                "--tlp must be one of \(TrafficLight.allCases.map(\.rawValue).joined(separator: ", ")), found \(tlp)")
        }
    }

    func run() throws {
        let paths = reports.isEmpty ? ["-"] : try FileWalk.files(reports, endings: ReadableText.extensions)
        guard !paths.isEmpty else {
            throw CommandLineError(
                .badInput,
                "there are no \(ReadableText.extensions.joined(separator: ", ")) files in \(reports.map(\.visible).joined(separator: ", "))"
            )
        }
        let folder = try InstalledKnowledge.folder(knowledge.knowledge)
        let base = try KnowledgeBase(folder: folder)
        let analyzer = try ReportAnalyzer.load(ner: ner, base, folder: folder, compute, messages)
        var failures = 0
        try StandardOutput.scope { out in
            var writer = AnalysisWriter(self, base, out)
            for (index, path) in paths.enumerated() {
                do {
                    let report = try read(path)
                    try writer.add(analyze(report, path, analyzer, index, paths.count))
                } catch let error as OutputClosed {
                    throw error
                } catch {
                    // One odd report is no reason to lose the others.
                    guard paths.count > 1 else { throw error }
                    failures += 1
                    Terminal.printError("\(error)", hint: nil)
                }
            }
            try writer.finish()
        }
        if failures > 0 {
            throw CommandLineError(
                .badInput, "\(failures) of \(paths.count.counted("report")) could not be read; the others are complete")
        }
    }

    private func read(_ path: String) throws -> ReadableText {
        guard path == "-" else { return try ReadableText(path: path) }
        var reader = LineReader(try InputFile("-"))
        return try ReadableText(reader.wholeBytes() ?? [], path: nil)
    }

    private func analyze(
        _ report: ReadableText, _ path: String, _ analyzer: ReportAnalyzer, _ index: Int, _ count: Int
    ) throws -> ReportAnalysis {
        var options = ReportAnalyzer.Options()
        (options.entityThreshold, options.techniqueThreshold) = (entityThreshold, techniqueThreshold)
        let title = count > 1 ? "report \(index + 1) of \(count)" : "analyze"
        let progress = ProgressBar(title, unit: .sentences, isEnabled: !messages.quiet)
        defer { progress.finish() }
        let name = path == "-" ? InputFile.standardInputName : path
        return try analyzer(.init(report.text, name: name, digest: report.digest), options: options) {
            progress.update(completed: $0, total: $1)
        }
    }
}

/// Writes analyses in the format that was asked for: one by one where it allows that, otherwise at the end.
private struct AnalysisWriter {
    private let command: AnalyzeCommand
    private let knowledge: KnowledgeBase
    private let out: StandardOutput
    private var printer: ResultPrinter
    private var isEmpty = true
    /// Those of formats that are one document for all.
    private var analyses: [ReportAnalysis] = []
    private var page: HighlightPage

    init(_ command: AnalyzeCommand, _ knowledge: KnowledgeBase, _ out: StandardOutput) {
        (self.command, self.knowledge, self.out) = (command, knowledge, out)
        printer = ResultPrinter(out, command.format == .text ? .text : command.format == .json ? .json : .jsonLines)
        page = HighlightPage(title: command.reports.isEmpty ? "Report" : command.reports.joined(separator: ", "))
    }

    private var published: UTCTime {
        command.published.flatMap(UTCTime.init) ?? UTCTime(secondsSince1970: SystemCalls.secondsSince1970)
    }
    private var marking: TrafficLight? { command.tlp.flatMap(TrafficLight.init) }

    mutating func add(_ analysis: ReportAnalysis) throws {
        switch command.format {
        case .text, .json, .jsonl:
            let json = AnalysisJSON(offsets: command.offsets.offsets)(analysis)
            let summary = AnalysisSummary(terminal: command.messages.output, isDefanged: command.defang)
            let gap = isEmpty ? "" : "\n"
            try printer.print(json) { gap + summary(analysis) }
        case .html: page.add(analysis)
        case .misp:
            let event = MispEvent(analysis, published: published, marking: marking)
            try printer.print(event.json) { "" }
        case .ecs:
            try out.write(
                EcsDocuments([analysis], published: published, knowledge: knowledge, marking: marking).lines)
        case .stix, .navigator: analyses.append(analysis)
        }
        isEmpty = false
    }

    mutating func finish() throws {
        switch command.format {
        case .text, .json, .jsonl: try printer.finish()
        case .misp, .ecs: break
        case .html: try out.write(page.text)
        case .stix: try out.write(StixBundle(analyses, published: published, marking: marking).json.prettyText + "\n")
        case .navigator:
            let name = command.reports.isEmpty ? "Report" : command.reports.joined(separator: ", ")
            let version = knowledge.files.first { $0.source.contains("ATT&CK") }?.version
            try out.write(NavigatorLayer(analyses, name: name, attackVersion: version).json.prettyText + "\n")
        }
    }
}

extension HighlightPage {
    /// Adds a report: its text with entities and indicators marked, and the techniques with their sentences.
    fileprivate mutating func add(_ analysis: ReportAnalysis) {
        let entities = analysis.entities.map {
            Highlight(range: $0.range.utf8, label: $0.type, score: $0.score ?? 1)
        }
        let indicators = analysis.indicators.map {
            Highlight(range: $0.range.utf8, label: $0.indicator.type.rawValue, score: 1)
        }
        add(analysis.text, (entities + indicators).sorted { $0.range.lowerBound < $1.range.lowerBound })
        addTable(
            title: "Techniques of \(analysis.name)", columns: ["Technique", "Name", "Score", "Evidence"],
            rows: analysis.techniques.map { technique in
                [
                    technique.entry.id, technique.entry.name, technique.score.fixed(3),
                    technique.evidence.prefix(3).map(\.text).joined(separator: "\n"),
                ]
            })
    }
}
