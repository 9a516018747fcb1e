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
            cannot be read or analyzed is named, the others are analyzed, and the exit code is 3.

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
        var (done, failures) = (0, 0)
        /// One odd report or folder is no reason to lose the others.
        func note(_ error: any Error) {
            failures += 1
            Terminal.printError("\(error)", hint: nil)
        }
        let paths =
            reports.isEmpty
            ? ["-"] : try FileWalk.files(reports, endings: ReadableText.extensions) { note($0) }
        guard !paths.isEmpty else {
            throw CommandLineError(
                .badInput,
                "there are no \(ReadableText.extensions.joined(separator: ", ")) files in \(reports.map(\.visible).joined(separator: ", "))"
            )
        }
        let folder = try InstalledKnowledge.folder(knowledge.knowledge)
        let base = try KnowledgeBase(folder: folder)
        let analyzer = try ReportAnalyzer.load(ner: ner, base, folder: folder, compute, messages)
        var options = ReportAnalyzer.Options()
        (options.entityThreshold, options.techniqueThreshold) = (entityThreshold, techniqueThreshold)
        let progress = ProgressBar(
            "analyze", unit: paths.count > 1 ? .reports : .sentences, isEnabled: !messages.quiet)
        defer { progress.finish() }
        try StandardOutput.scope { out in
            var writer = AnalysisWriter(self, base, out)
            for group in ReportGroups(paths) {
                for case .failure(let error) in group {
                    guard paths.count > 1 else { throw error }
                    progress.finish()
                    note(error)
                }
                let reports = group.compactMap { try? $0.get() }
                let results = reports.separateResults { reports in
                    try analyzer(reports, options: options) { sentence, count in
                        guard paths.count > 1 else { return progress.update(completed: sentence, total: count) }
                        progress.update(completed: done + group.count * sentence / max(1, count), total: paths.count)
                    }
                }
                for (report, result) in zip(reports, results) {
                    switch result {
                    case .success(let analysis): try writer.add(analysis)
                    case .failure(let error):
                        let problem = CommandLineError(.badInput, "\(report.name.visible): \(error)")
                        guard paths.count > 1 else { throw problem }
                        progress.finish()
                        note(problem)
                    }
                }
                done += group.count
            }
            try writer.finish()
        }
        if failures > 0 {
            throw CommandLineError(
                .badInput,
                "\(failures.counted("report or folder", plural: "reports or folders")) could not be analyzed; the others are complete"
            )
        }
    }
}

/// Writes analyses in the format that was asked for: one by one where it allows that, otherwise at the end.
private struct AnalysisWriter {
    private let command: AnalyzeCommand
    private let knowledge: KnowledgeBase
    private let out: StandardOutput
    private var printer: ResultPrinter
    /// Reports so far.
    private var count = 0
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
            let gap = count == 0 ? "" : "\n"
            try printer.print(json) { gap + summary(analysis) }
        case .html:
            page.add(analysis, number: count)
        case .misp:
            let event = MispEvent(analysis, published: published, marking: marking)
            try printer.print(event.json) { "" }
        case .ecs:
            try out.write(
                EcsDocuments([analysis], published: published, knowledge: knowledge, marking: marking).lines)
        case .stix, .navigator: analyses.append(analysis)
        }
        count += 1
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
    /// Adds a report: its text with entities, indicators and the sentences that show techniques marked, and the techniques.
    /// - Parameter number: Of the report in the page; tells its anchors from those of others.
    fileprivate mutating func add(_ analysis: ReportAnalysis, number: Int) {
        let entities = analysis.entities.map {
            Highlight(range: $0.range.utf8, label: $0.type, score: $0.score ?? 1)
        }
        let indicators = analysis.indicators.map {
            Highlight(range: $0.range.utf8, label: $0.indicator.type.rawValue, score: 1)
        }
        func anchor(_ range: Range<Int>) -> String { "r\(number)-\(range.lowerBound)" }
        var techniques: [Range<Int>: [String]] = [:]
        for technique in analysis.techniques {
            for evidence in technique.evidence {
                techniques[evidence.range.utf8, default: []].append(technique.entry.id)
            }
        }
        add(
            analysis.text, (entities + indicators).sorted { $0.range.lowerBound < $1.range.lowerBound },
            passages: techniques.sorted { $0.key.lowerBound < $1.key.lowerBound }.map { range, ids in
                Passage(range: range, note: ids.joined(separator: " "), anchor: anchor(range))
            })
        addTable(
            title: "Techniques of \(analysis.name)", columns: ["Technique", "Name", "Score", "Evidence"],
            rows: analysis.techniques.map { technique in
                [
                    Cell(technique.entry.id), Cell(technique.entry.name), Cell(technique.score.fixed(3)),
                    Cell(
                        technique.evidence.prefix(3).map { .init(text: $0.text, target: anchor($0.range.utf8)) }),
                ]
            })
    }
}
