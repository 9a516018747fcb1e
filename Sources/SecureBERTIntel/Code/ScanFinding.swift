/// A function that a model scores high.
public struct ScanFinding: Sendable {
    /// A line that the score rests on.
    public struct Line: Sendable, Equatable {
        /// Its number in the file, counted from 1.
        public let number: Int
        /// Its part of what all lines together speak for the finding, 0 to 1.
        public let share: Double
        /// The line without the space around it.
        public let text: String
    }

    /// The file, relative to the root of the scan, with `/` between folders.
    public let path: String
    /// The file's language.
    public let language: SourceLanguage
    /// The function.
    public let function: SourceFunction
    /// The probability that it is vulnerable by the model, calibrated.
    public let score: Double
    /// The most probable label that is not "safe": "vulnerable", or a weakness such as "CWE-787".
    public let label: String
    /// The lines that matter most, first; empty when the model does not allow to say.
    public let lines: [Line]
    /// The same for the same function wherever it stands: made from its language, full name, and content without regard to space.
    public let fingerprint: String
    /// The beginning of the function's text.
    public let snippet: String
    /// Why it is not to be reported, as a comment in the source says, possibly empty; nil when none does.
    public let suppression: String?
    /// Whether a baseline has it.
    public var isKnown = false

    package init(
        path: String, language: SourceLanguage, function: SourceFunction, score: Double, label: String, lines: [Line],
        fingerprint: String, snippet: String, suppression: String?
    ) {
        (self.path, self.language, self.function, self.score) = (path, language, function, score)
        (self.label, self.lines, self.fingerprint) = (label, lines, fingerprint)
        (self.snippet, self.suppression) = (snippet, suppression)
    }

    /// Whether it is to be shown and to count.
    public var isActive: Bool { suppression == nil && !isKnown }
}

/// Something that went otherwise than expected, with one file or with all.
public struct ScanNote: Sendable {
    /// How much it matters.
    public enum Level: String, Sendable {
        /// A path that was named could not be scanned, or a function not be scored.
        case error
        /// A file could not be scanned.
        case warning
        /// Everything was scanned.
        case note
    }

    /// How much it matters.
    public let level: Level
    /// What it is, for programs: "binary", "too-long", "unmeasured-language", ...
    public let code: String
    /// The file or folder; nil when it concerns all.
    public let path: String?
    /// One sentence without the path.
    public let message: String

    /// A remark on a file, or on all.
    public init(_ level: Level, code: String, path: String? = nil, _ message: String) {
        (self.level, self.code, self.path, self.message) = (level, code, path, message)
    }
}

/// What a scan has found.
public struct ScanReport: Sendable {
    /// Counts of what was done.
    public struct Counts: Sendable, Equatable {
        /// Files whose functions were read.
        public var files = 0
        /// Functions in them.
        public var functions = 0
        /// Functions whose score was remembered from an earlier scan.
        public var cached = 0
        /// Functions that the model has scored now.
        public var scored = 0
    }

    /// Worst first; those of equal scores by path and line.
    public var findings: [ScanFinding] = []
    /// What went otherwise than expected, in the order in which it was met.
    public var notes: [ScanNote] = []
    /// What was done.
    public var counts = Counts()
    /// From which score on functions are reported.
    public var threshold = 0.5

    /// An empty report.
    public init() {}

    /// Those that are neither suppressed nor known from a baseline.
    public var active: [ScanFinding] { findings.filter(\.isActive) }
}
