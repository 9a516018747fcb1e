import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTJSON
import SecureBERTTraining

/// `securebert comply`: which controls a policy speaks of, and which it does not.
struct ComplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comply",
        abstract: "Map policies, reports and configuration to NIST 800-53 and CSF controls: coverage, gaps, evidence.",
        usage: "securebert comply [<options>] [<policy> ...]",
        discussion: """
            Reads text, Markdown, HTML, PDF (through pdftotext) and configuration (.conf, .ini, .yaml, .json, sshd_config and the like); of \
            folders the files of these kinds; without a file the standard input. Every paragraph, and every setting with its comment, is given the \
            controls it may be about, with the sentence that shows it; then come the coverage of a baseline over all documents, \
            the controls without evidence, and the ATT&CK techniques that controls with evidence mitigate.

            Mappings are suggestions for someone who knows the documents, no attestation: what share of them NIST's own mappings have is \
            printed beside them. A document that cannot be read or mapped is named, the others are mapped, and the exit code is 3.

            EXAMPLES
              securebert comply policy.md
              securebert comply --baseline low --format html --output coverage.html policies/
              securebert comply --framework nist-csf --json policy.pdf
              securebert comply --controls our-controls.jsonl --format csv policies/ > mapping.csv
              securebert comply --format navigator policies/ > layer.json
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, jsonl, html, csv, navigator
    }

    enum Framework: String, CaseIterable, ExpressibleByArgument {
        case nist80053 = "nist-800-53"
        case nistCSF = "nist-csf"
        case both

        var frameworks: [ControlFramework] {
            ControlFramework(rawValue: rawValue).map { [$0] } ?? ControlFramework.allCases
        }
    }

    enum Baseline: String, CaseIterable, ExpressibleByArgument {
        case low, moderate, high, privacy
    }

    @Argument(help: "Files and folders; - is the standard input.", completion: .file())
    var policies: [String] = []

    @Option(help: ArgumentHelp("nist-800-53, nist-csf or both.", valueName: "name"))
    var framework = Framework.both

    @Option(
        help: ArgumentHelp("Baseline of 800-53 to find gaps in: low, moderate, high or privacy.", valueName: "name"))
    var baseline = Baseline.moderate

    @Option(
        help: ArgumentHelp(
            "Instead of NIST's, a catalog of your own: JSON lines {\"id\", \"title\", \"text\", \"group\"?}.",
            valueName: "file.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var controls: String?

    @Option(help: ArgumentHelp("The most controls of a paragraph, of each framework.", valueName: "n"))
    var topK = 5

    @Option(
        help: ArgumentHelp(
            "The least probability of a control. Default: chosen on the validation part of NIST's mappings.",
            valueName: "0...1"))
    var threshold: Float?

    @Option(
        help: ArgumentHelp(
            "A cross-encoder that reads the first controls again. Default: none.", valueName: "dir|org/name"),
        completion: .directory)
    var reranker: String?

    @Flag(help: "Leave out the ATT&CK techniques that controls mitigate.")
    var noTechniques = false

    @Option(help: ArgumentHelp("text, json, jsonl, html, csv or navigator.", valueName: "name"))
    var format = Format.text

    @Flag(help: "The same as --format json.")
    var json = false

    @Flag(help: "The same as --format jsonl: a line for each paragraph, then one with the coverage.")
    var jsonl = false

    @Option(
        name: .shortAndLong, help: ArgumentHelp("File to write. Default: the standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold must be 0 to 1, found \(threshold)")
        }
        guard (1...100).contains(topK) else { throw ValidationError("--top-k must be 1 to 100, found \(topK)") }
        if json { format = .json }
        if jsonl { format = .jsonl }
        if format == .navigator, controls != nil || noTechniques || framework == .nistCSF {
            throw ValidationError("--format navigator needs the techniques of nist-800-53")
        }
    }

    func run() throws {
        let target = try output.map { try OutputPath.check($0) }
        let endings = ReadableText.extensions + PolicyAnalyzer.configurationEndings
        var failures = 0
        /// One odd document or folder is no reason to lose the others.
        func note(_ error: any Error) {
            failures += 1
            Terminal.printError("\(error)", hint: nil)
        }
        let paths = policies.isEmpty ? ["-"] : try FileWalk.files(policies, endings: endings) { note($0) }
        guard !paths.isEmpty else {
            throw CommandLineError(
                .badInput,
                "there are no \(endings.joined(separator: ", ")) files in \(policies.map(\.visible).joined(separator: ", "))"
            )
        }
        let loaded = try ControlMappers(knowledge, reranker: reranker, compute, messages)
        let mappers = try ownMapper(loaded).map { [$0] } ?? framework.frameworks.map { try loaded.mapper($0) }
        let analyses = try analyze(paths, PolicyAnalyzer(mappers, encoder: loaded.encoder), onFailure: note)
        let report = ComplianceReport(
            analyses: analyses, mappers: mappers, baseline: baseline.rawValue, threshold: threshold,
            knowledge: noTechniques ? nil : loaded.knowledge, isReranked: reranker != nil)
        try write(report, to: target)
        if failures > 0 {
            throw CommandLineError(
                .badInput,
                "\(failures.counted("document or folder", plural: "documents or folders")) could not be mapped; the others are complete"
            )
        }
    }

    /// The mapper of one's own catalog; nil without one.
    private func ownMapper(_ loaded: ControlMappers) throws -> ControlMapper? {
        guard let controls else { return nil }
        var reader = LineReader(try InputFile(controls))
        let reading = try ControlCatalog.reading(reader.wholeBytes() ?? [], path: controls)
        if !reading.unknownMembers.isEmpty {
            messages.note(
                "\(controls.visible): not used: \(reading.unknownMembers.map(\.visible).joined(separator: ", ")); known are id, title, text and group"
            )
        }
        return try loaded.mapper(reading.catalog)
    }

    private func analyze(
        _ paths: [String], _ analyzer: PolicyAnalyzer, onFailure: (any Error) -> Void
    ) throws -> [PolicyAnalysis] {
        var options = PolicyAnalyzer.Options()
        (options.limit, options.threshold) = (topK, threshold)
        let isAlone = paths.count == 1
        let progress = ProgressBar("comply", unit: isAlone ? .paragraphs : .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        var (analyses, done): ([PolicyAnalysis], Int) = ([], 0)
        for reading in ReportGroups(paths).lazy.joined() {
            do {
                let document = try reading.get()
                do {
                    analyses.append(
                        try analyzer(document, options: options) {
                            if isAlone { progress.update(completed: $0, total: $1) }
                        })
                } catch {
                    throw CommandLineError(.badInput, "\(document.name.visible): \(error)")
                }
            } catch {
                guard !isAlone else { throw error }
                progress.finish()
                onFailure(error)
            }
            done += 1
            if !isAlone { progress.update(completed: done, total: paths.count) }
        }
        return analyses
    }

    private func write(_ report: ComplianceReport, to target: String?) throws {
        let terminal = target == nil ? messages.output : Terminal.standardOutput.colors(false)
        let text =
            switch format {
            case .text: ComplianceSummary(terminal: terminal)(report)
            case .json: ComplianceJSON(offsets: offsets.offsets)(report).prettyText + "\n"
            case .jsonl: ComplianceJSON(offsets: offsets.offsets).lines(report)
            case .html: CompliancePage()(report)
            case .csv: ComplianceCSV(offsets: offsets.offsets)(report)
            case .navigator: report.navigatorLayer.prettyText + "\n"
            }
        if let target {
            try AtomicFile.write(Array(text.utf8), to: target)
        } else {
            try StandardOutput.scope { try $0.write(text) }
        }
    }
}
