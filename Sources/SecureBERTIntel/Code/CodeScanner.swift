import SecureBERT

/// Scores the functions of source files, as they come, and keeps those that reach a threshold.
///
/// Functions of several files are scored together, sorted by their length. Only what has not been scored yet is held in memory, and
/// what is found.
public struct CodeScanner {
    /// What is looked for and how.
    public struct Options: Sendable {
        /// From which score on a function is reported; nil for what the model's calibration says, one half without one.
        public var threshold: Double?
        /// How many lines of a finding are named.
        public var lineCount = 5
        /// Whether comments in the source can silence findings.
        public var honorsSuppressions = true

        /// The defaults.
        public init() {}
    }

    /// A function that waits for its score.
    private struct Waiting {
        let file: String
        let language: SourceLanguage
        let function: SourceFunction
        let text: String
        let key: String
        let suppression: String?
    }

    /// Functions that wait before they are scored together, and the bytes of their texts.
    private static let mostWaiting = (functions: 256, bytes: 1 << 20)
    private static let batchSize = 32
    /// The least time between two savings of the cache. A large one takes longer to write, and waits for longer in turn.
    private static let savingPause = Duration.seconds(2)
    /// How many times as long as a saving took the next one waits.
    private static let savingRest = 20

    /// Languages whose functions the models of this project have been measured on.
    private static let measured: Set<SourceLanguage> = [.c, .cpp]

    /// What has been found so far.
    public private(set) var report = ScanReport()
    /// Scores of earlier scans; nil to remember nothing.
    public private(set) var cache: ScanCache?

    private let classifier: TextClassifier
    private let calibration: ClassifierCalibration?
    private let options: Options
    private var attribution: GradientAttribution?
    private var hasAttribution = true
    private var waiting: [Waiting] = []
    private var waitingBytes = 0
    /// What was found out since the last saving.
    private var unsaved = 0
    private var nextSaving = ContinuousClock.now + Self.savingPause
    private var unmeasured: Set<SourceLanguage> = []

    /// - Parameters:
    ///   - classifier: With the label "safe" and others that exclude it.
    ///   - cache: Scores of earlier scans; nil to remember nothing.
    ///   - options: What is looked for.
    /// - Throws: `TaskError` when the classifier has other labels; `CheckpointError` when its calibration is malformed.
    public init(_ classifier: TextClassifier, cache: ScanCache?, options: Options = Options()) throws {
        guard classifier.labels.contains(Self.safeLabel), classifier.labels.count > 1,
            classifier.defaultMode == .softmax
        else {
            throw TaskError(
                .unsuitableModel,
                """
                the model's labels are \(classifier.labels.prefix(8).joined(separator: ", ")), expected "safe" and others that \
                exclude it, as models of securebert finetune vuln have
                """)
        }
        (self.classifier, self.cache, self.options) = (classifier, cache, options)
        calibration = try classifier.calibration()
        report.threshold =
            options.threshold ?? calibration?.thresholds[Self.safeLabel].map { 1 - $0 } ?? 0.5
    }

    /// The label of functions that are not vulnerable.
    public static let safeLabel = "safe"

    /// Notes something that went otherwise than expected.
    public mutating func note(_ note: ScanNote) { report.notes.append(note) }

    /// Reads the functions of a file; those that have been scored before have their scores at once.
    /// - Parameters:
    ///   - file: The file.
    ///   - path: What the report calls it.
    ///   - progress: Told how many functions have been scored, one after the other; what it throws ends the scan, whose scores ``saveScores()`` keeps.
    public mutating func add(_ file: SourceFile, path: String, progress: (Int) throws -> Void = { _ in }) throws {
        let functions = SourceFunctions.find(in: file.bytes, file.language, path: path)
        report.counts.files += 1
        report.counts.functions += functions.count
        if file.encoding != .utf8 {
            note(ScanNote(.note, code: "encoding", path: path, "is no UTF-8, read as \(file.encoding.rawValue)"))
        }
        if !functions.isEmpty, !Self.measured.contains(file.language) { unmeasured.insert(file.language) }
        let lines = LinePlaces(file.bytes)
        for function in functions {
            let text = file.bytes[function.bytes]
            let suppression =
                options.honorsSuppressions ? Suppression.reason(function, in: file.bytes, lines) : nil
            let waiting = Waiting(
                file: path, language: file.language, function: function, text: String(decoding: text, as: UTF8.self),
                key: ScanCache.key(Array(text)), suppression: suppression)
            if let entry = cache?.entry(waiting.key) {
                report.counts.cached += 1
                accept(waiting, entry)
            } else {
                self.waiting.append(waiting)
                waitingBytes += text.count
            }
            if self.waiting.count >= Self.mostWaiting.functions || waitingBytes >= Self.mostWaiting.bytes {
                try scoreWaiting(progress)
            }
        }
        try progress(report.counts.cached + report.counts.scored)
    }

    /// Scores what still waits, and sorts what was found.
    public mutating func finish(progress: (Int) throws -> Void = { _ in }) throws -> ScanReport {
        try scoreWaiting(progress)
        for language in unmeasured.sorted(by: { $0.rawValue < $1.rawValue }) {
            note(
                ScanNote(
                    .note, code: "unmeasured-language",
                    """
                    the model was trained and measured on functions of C and C++ only; what its scores are worth for \
                    \(language.name) is not known
                    """))
        }
        report.findings.sort { first, second in
            (-first.score, first.path, first.function.bytes.lowerBound)
                < (-second.score, second.path, second.function.bytes.lowerBound)
        }
        saveScores()
        return report
    }

    // MARK: - Scores

    private mutating func scoreWaiting(_ progress: (Int) throws -> Void) throws {
        let sorted = waiting.sorted { ($0.text.utf8.count, $0.key) < ($1.text.utf8.count, $1.key) }
        waiting = []
        waitingBytes = 0
        for start in stride(from: 0, to: sorted.count, by: Self.batchSize) {
            let batch = Array(sorted[start..<min(start + Self.batchSize, sorted.count)])
            let entries = zip(batch, scores(batch)).compactMap { waiting, result in entry(waiting, result) }
            // All are remembered before the lines of the first are looked for, which takes longer than its score.
            for (waiting, entry) in entries { cache?.add(entry, waiting.key) }
            for (waiting, entry) in entries {
                accept(waiting, entry)
                // For each: the lines of a finding take longer than the scores of a batch.
                try progress(report.counts.cached + report.counts.scored)
            }
        }
    }

    /// Scores functions together; one that the model cannot read costs no other its score.
    private func scores(_ batch: [Waiting]) -> [Result<TextClassifier.Result, any Error>] {
        batch.separateResults { try classifier($0.map { TextInput($0.text) }, calibration: calibration) }
    }

    /// What is remembered of a function; nil, and an error in the report, when it could not be scored.
    private mutating func entry(
        _ waiting: Waiting, _ result: Result<TextClassifier.Result, any Error>
    ) -> (Waiting, ScanCache.Entry)? {
        switch result {
        case .success(let result):
            let score = Double(result.probability(except: Self.safeLabel)?.value ?? 0)
            let label = result.labels.first { $0.name != Self.safeLabel }?.name ?? ""
            report.counts.scored += 1
            unsaved += 1
            return (waiting, ScanCache.Entry(score: min(1, max(0, score)), label: label, lines: nil))
        case .failure(let error):
            let (name, line) = (waiting.function.qualifiedName, waiting.function.lines.lowerBound)
            note(
                ScanNote(
                    .error, code: "not-scored", path: waiting.file, "\(name) of line \(line) cannot be scored: \(error)"
                ))
            return nil
        }
    }

    /// Remembers a score, and the finding when it is one.
    private mutating func accept(_ waiting: Waiting, _ entry: ScanCache.Entry) {
        var entry = entry
        if entry.score >= report.threshold {
            if entry.lines == nil {
                entry = ScanCache.Entry(
                    score: entry.score, label: entry.label, lines: importantLines(waiting.text, entry.label))
                unsaved += 1
            }
            report.findings.append(finding(waiting, entry))
        }
        cache?.add(entry, waiting.key)
        if unsaved > 0, ContinuousClock.now >= nextSaving { saveScores() }
    }

    /// Writes the scores so far to the cache, which happens by itself every few seconds and at the end; for a scan that is given up.
    ///
    /// A cache that cannot be written costs time, not results.
    public mutating func saveScores() {
        guard let cache, unsaved > 0 || report.counts.cached > 0 else { return }
        unsaved = 0
        let start = ContinuousClock.now
        do {
            try cache.save()
        } catch {
            note(ScanNote(.note, code: "cache", "scores are not remembered: \(error)"))
            self.cache = nil
        }
        let end = ContinuousClock.now
        nextSaving = end + max(Self.savingPause, (end - start) * Self.savingRest)
    }

    // MARK: - Findings

    private func finding(_ waiting: Waiting, _ entry: ScanCache.Entry) -> ScanFinding {
        let texts = waiting.text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let lines = (entry.lines ?? []).prefix(options.lineCount).compactMap { line -> ScanFinding.Line? in
            guard texts.indices.contains(line.offset) else { return nil }
            return ScanFinding.Line(
                number: waiting.function.lines.lowerBound + line.offset, share: line.share,
                text: String(decoding: texts[line.offset].trimmed, as: UTF8.self))
        }
        return ScanFinding(
            path: waiting.file, language: waiting.language, function: waiting.function, score: entry.score,
            label: entry.label, lines: lines,
            fingerprint: Fingerprint.of(waiting.text, waiting.function.qualifiedName, waiting.language),
            snippet: texts.prefix(Self.snippetLines).map { String(decoding: $0, as: UTF8.self) }.joined(
                separator: "\n"),
            suppression: waiting.suppression)
    }

    private static let snippetLines = 12

    /// The lines that speak most for a label, by gradient x input; those that speak against it are left out.
    private mutating func importantLines(_ text: String, _ label: String) -> [ScanCache.Entry.Line]? {
        guard hasAttribution else { return nil }
        let parts: [GradientAttribution.Part]
        do {
            if attribution == nil {
                hasAttribution = false
                attribution = try GradientAttribution(classifier)
                hasAttribution = true
            }
            parts = try attribution?(text, for: label, against: Self.safeLabel) ?? []
        } catch {
            note(ScanNote(.note, code: "no-lines", "lines that matter are not named: \(error)"))
            return nil
        }
        let places = LinePlaces(Array(text.utf8))
        var sums: [Int: Double] = [:]
        for part in parts { sums[places.line(of: part.range.lowerBound) - 1, default: 0] += Double(part.value) }
        let positive = sums.filter { $0.value > 0 }
        let total = positive.values.reduce(0, +)
        return positive.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.rememberedLines)
            .map { .init(offset: $0.key, share: $0.value / total) }
    }

    private static let rememberedLines = 10
}

extension Collection<UInt8> where SubSequence == Self, Self: BidirectionalCollection {
    /// Without the space at both ends.
    var trimmed: SubSequence {
        var part = drop { $0.isSpaceOrControl }
        while let last = part.last, last.isSpaceOrControl { part.removeLast() }
        return part
    }
}
