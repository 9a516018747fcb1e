import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTJSON

/// `securebert scan`: which functions of source code to read first.
struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Order the functions of source code by how vulnerable a model takes them to be: triage, not proof.",
        usage: "securebert scan <path> ... [<options>]",
        discussion: """
            Reads C, C++, Java, Python, JavaScript, TypeScript, Go and PHP; of folders the files of these languages that \
            .gitignore and .securebertignore do not leave out. The model of this program was trained and measured on C and C++. \
            The lines that matter are found by gradient x input.

            A comment securebert:ignore, with a reason behind it or not, on the first line of a function or alone on the line before, \
            silences it. A baseline is what an earlier scan has written as SARIF or JSON; functions that have not changed since are \
            known, wherever they stand now.

            Scores are remembered by the content of functions, and written down every few seconds: a scan that was stopped goes on where \
            it was when it is started again.

            Exit codes: 0 done; 1 findings with the score of --fail-on that are neither known nor silenced; 3 a named path could \
            not be scanned or a function not be scored, or the baseline is not ours; 4 a named path does not exist. Files in folders that \
            cannot be read, are binary, or have endless lines are named, the others are scanned.

            EXAMPLES
              securebert scan src/
              securebert scan --format sarif src/ > securebert.sarif
              securebert scan --fail-on 0.8 --baseline main.sarif --output new.sarif src/
              securebert scan --top 20 --threshold 0.2 parser.c
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, sarif, json
    }

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    @Option(help: ArgumentHelp("text, sarif or json.", valueName: "name"))
    var format = Format.text

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Write a file, too, in the format that its ending tells: .sarif, .json, otherwise text. Can be repeated.",
            valueName: "file"),
        completion: .file())
    var output: [String] = []

    @Option(help: ArgumentHelp("The least score that is reported. Default: the model's own.", valueName: "0...1"))
    var threshold: Double?

    @Option(help: ArgumentHelp("Exit with 1 when a new finding has at least this score.", valueName: "0...1"))
    var failOn: Double?

    @Option(
        help: ArgumentHelp("SARIF or JSON of an earlier scan: what it has is not new.", valueName: "file"),
        completion: .file(extensions: ["sarif", "json"]))
    var baseline: String?

    @Option(help: ArgumentHelp("How many findings the text shows. Default: all.", valueName: "n"))
    var top: Int?

    @Option(
        help: ArgumentHelp(
            "What paths are relative to, such as the root of the repository. Default: the current folder, or what the paths have in common.",
            valueName: "dir"),
        completion: .directory)
    var root: String?

    @Option(help: ArgumentHelp("Tells this run from others of the repository, for SARIF.", valueName: "name"))
    var category = "default"

    @Flag(help: "Scan what .gitignore and .securebertignore leave out, too.")
    var noIgnore = false

    @Flag(help: "Report what comments in the source silence, too.")
    var noSuppress = false

    @Flag(help: "List the functions that would be scored, and stop.")
    var list = false

    @OptionGroup var cache: ScanCacheOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        for (name, value) in [("--threshold", threshold), ("--fail-on", failOn)] {
            if let value, !(0...1).contains(value) { throw ValidationError("\(name) must be 0 to 1, found \(value)") }
        }
        if let top, top < 1 { throw ValidationError("--top must be at least 1, found \(top)") }
        if paths.contains("-") {
            throw ValidationError("scan reads files and folders, not the standard input: the name tells the language")
        }
        if json { format = .json }
    }

    func run() throws {
        let outputs = try output.map { try OutputPath.check($0) }
        let baseline = try baseline.map { try ScanBaseline(path: $0) }
        let walk = SourceWalk(paths, honorsIgnoreFiles: !noIgnore)
        let named = walk.problems.filter(\.isNamed)
        if walk.files.isEmpty, let first = named.first {
            throw CommandLineError(first.isMissing ? .notFound : .badInput, "\(first.path.visible): \(first.problem)")
        }
        let root = try ScanRoot(root, walk.files.map(\.path))
        if list { return try FunctionList(root: root, isJSON: format == .json).print(walk) }
        var (report, context) = try scan(walk, root, hasBaseline: baseline != nil)
        baseline?.mark(&report)
        warn(report)
        let writer = ScanWriter(report: report, context: context, top: top)
        for path in outputs { try AtomicFile.write(Array(writer.text(for: path).utf8), to: path) }
        do {
            try StandardOutput.scope { try $0.write(writer.text(format, terminal: messages.output)) }
        } catch is OutputClosed {
            // Whoever has read enough still wants to know how it went.
        }
        try checkFailures(report, named)
    }

    // MARK: - Scanning

    private func scan(_ walk: SourceWalk, _ root: ScanRoot, hasBaseline: Bool) throws -> (ScanReport, ScanContext) {
        let model = try model.load(messages, head: .sequenceClassification, default: .vulnerability)
        let classifier = try TextClassifier(model)
        var options = CodeScanner.Options()
        options.honorsSuppressions = !noSuppress
        options.threshold = threshold
        let remembered = try cache.open(model.folder, self.model.compute, messages)
        var scanner = try CodeScanner(classifier, cache: remembered, options: options)
        if let failOn, failOn < scanner.report.threshold {
            options.threshold = failOn
            scanner = try CodeScanner(classifier, cache: remembered, options: options)
        }
        for problem in walk.problems {
            scanner.note(
                ScanNote(
                    problem.isNamed ? .error : .warning, code: problem.isMissing ? "not-found" : "unreadable",
                    path: root.relative(problem.path), problem.problem))
        }
        if walk.files.isEmpty {
            scanner.note(ScanNote(.note, code: "no-files", "there are no source files in what is to be scanned"))
        }
        let report = try score(walk.files, root, &scanner)
        let context = ScanContext(
            toolVersion: SecureBERTCommand.version,
            modelName: model.path.split(separator: "/").last.map(String.init) ?? model.path,
            triage: try TriageTable(folder: model.path), hasBaseline: hasBaseline, ignored: walk.ignored,
            category: category, weaknessNames: weaknessNames(classifier.labels))
        return (report, context)
    }

    /// Reads and scores. A signal ends that between two functions, with the scores so far remembered.
    private func score(_ files: [SourceWalk.File], _ root: ScanRoot, _ scanner: inout CodeScanner) throws -> ScanReport
    {
        struct Stop: Error {}
        return try Interruption.deferred { isRequested in
            do {
                try read(files, root, &scanner) { if isRequested() { throw Stop() } }
                return try progress { report in
                    try scanner.finish {
                        report($0, nil)
                        if isRequested() { throw Stop() }
                    }
                }
            } catch is Stop {
                scanner.saveScores()
                if scanner.cache != nil {
                    let count = scanner.report.counts.cached + scanner.report.counts.scored
                    messages.note("stopped; the scores of \(count.counted("function")) are remembered")
                }
                return scanner.report
            }
        }
    }

    private func progress<Result>(_ body: ((Int, Int?) -> Void) throws -> Result) rethrows -> Result {
        let bar = ProgressBar("scan", unit: .functions, isEnabled: !messages.quiet)
        defer { bar.finish() }
        return try body { bar.update(completed: $0, total: $1) }
    }

    private func read(
        _ files: [SourceWalk.File], _ root: ScanRoot, _ scanner: inout CodeScanner, _ check: () throws -> Void
    ) throws {
        let total = files.reduce(0) { $0 + $1.byteCount }
        var done = 0
        try progress { report in
            for file in files {
                let path = root.relative(file.path)
                done += file.byteCount
                let source: SourceFile
                do throws(SourceFile.Problem) {
                    source = try SourceFile(path: file.path, language: file.language)
                } catch {
                    scanner.note(
                        ScanNote(
                            file.isNamed ? .error : .warning, code: error.code.rawValue, path: path, error.description))
                    continue
                }
                // How many functions there will be is guessed from the bytes that are left.
                let guess = Int(Double(scanner.report.counts.functions) * Double(total) / Double(max(1, done)))
                try scanner.add(source, path: path) {
                    report($0, max($0, guess))
                    try check()
                }
            }
        }
    }

    /// The names of the weaknesses among the labels, as far as the knowledge files have them.
    private func weaknessNames(_ labels: [String]) -> [String: String] {
        let weaknesses = labels.filter { $0.hasPrefix("CWE-") }
        guard !weaknesses.isEmpty, let folder = try? InstalledKnowledge.folder(nil),
            let base = try? KnowledgeBase(folder: folder)
        else { return [:] }
        return Dictionary(
            weaknesses.compactMap { id in base[id].map { (id, $0.name) } }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: - Messages

    /// Remarks of one kind are printed up to this many.
    private static let printedNotes = 10

    private func warn(_ report: ScanReport) {
        var counts: [String: Int] = [:]
        for note in report.notes {
            counts[note.code, default: 0] += 1
            let text = (note.path.map { "\($0.visible): " } ?? "") + note.message
            guard counts[note.code] ?? 0 <= Self.printedNotes else { continue }
            if note.level == .error { Terminal.printError(text) } else { messages.note(text) }
        }
        for (code, count) in counts.sorted(by: { $0.key < $1.key }) where count > Self.printedNotes {
            messages.note(
                "\((count - Self.printedNotes).counted("more remark")) of the kind \(code); --format json has all")
        }
    }

    private func checkFailures(
        _ report: ScanReport, _ named: [(path: String, problem: String, isNamed: Bool, isMissing: Bool)]
    ) throws {
        let failures = report.notes.count { $0.level == .error }
        if failures > 0 {
            throw CommandLineError(
                failures == named.count && named.allSatisfy(\.isMissing) ? .notFound : .badInput,
                "\(failures.counted("named path or function", plural: "named paths or functions")) could not be scanned; the others are complete"
            )
        }
        guard let failOn else { return }
        let count = report.active.count { $0.score >= failOn }
        if count > 0 {
            throw CommandLineError(.findings, "\(count.counted("new finding")) with a score of \(failOn) or more")
        }
    }
}
