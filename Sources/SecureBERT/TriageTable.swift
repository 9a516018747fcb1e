import SecureBERTCheckpoint
import SecureBERTJSON

/// How often a score was right: of labelled functions that a model was not trained on, how many with at least a score were vulnerable,
/// and how many of the vulnerable ones have such a score. Kept beside the model in `triage.json`.
public struct TriageTable: Sendable, Equatable {
    /// The file in the model's folder.
    public static let fileName = "triage.json"

    /// The figures from one score on.
    public struct Row: Sendable, Equatable {
        /// The least score that counts, 0 to 1, calibrated.
        public let score: Double
        /// Functions with at least this score.
        public let reported: Int
        /// Those of them that are vulnerable.
        public let right: Int

        /// A row of counts.
        public init(score: Double, reported: Int, right: Int) {
            (self.score, self.reported, self.right) = (score, reported, right)
        }

        /// The share of the reported functions that are vulnerable, and its 95 % interval.
        public var precision: (value: Double, interval: ClosedRange<Double>) {
            TriageTable.proportion(right, of: reported)
        }
    }

    /// What the functions are from.
    public let data: String
    /// How many there are.
    public let functions: Int
    /// How many of them are vulnerable.
    public let vulnerable: Int
    /// By ascending score.
    public let rows: [Row]

    /// A table; rows are sorted by their score.
    public init(data: String, functions: Int, vulnerable: Int, rows: [Row]) {
        (self.data, self.functions, self.vulnerable) = (data, functions, vulnerable)
        self.rows = rows.sorted { $0.score < $1.score }
    }

    /// Counts at the scores 0.05, 0.10, ... 0.95 and at another one, as far as at least ten functions reach them: of fewer a share says
    /// little.
    /// - Parameters:
    ///   - scores: Of each function.
    ///   - isVulnerable: What each is.
    ///   - threshold: From which score on functions are reported unless asked otherwise.
    ///   - data: What they are from.
    public init(scores: [Double], isVulnerable: [Bool], threshold: Double, data: String) {
        let steps = Set((1..<20).map { Double($0 * 5) / 100 } + [threshold])
        let rows = steps.map { step in
            let reported = scores.indices.filter { scores[$0] >= step }
            return Row(score: step, reported: reported.count, right: reported.count { isVulnerable[$0] })
        }
        self.init(
            data: data, functions: scores.count, vulnerable: isVulnerable.count { $0 },
            rows: rows.filter { $0.reported >= Self.fewestFunctions })
    }

    private static let fewestFunctions = 10

    /// The figures for a score: those of the highest row that it reaches; nil below the lowest.
    public func row(for score: Double) -> Row? { rows.last { $0.score <= score } }

    /// The share of the vulnerable functions that have at least the score of a row, and its 95 % interval.
    public func recall(_ row: Row) -> (value: Double, interval: ClosedRange<Double>) {
        Self.proportion(row.right, of: vulnerable)
    }

    /// A share and its 95 % score interval (Wilson 1927), which holds for few and for extreme cases too.
    static func proportion(_ part: Int, of whole: Int) -> (value: Double, interval: ClosedRange<Double>) {
        guard whole > 0 else { return (0, 0...1) }
        let (n, p, z) = (Double(whole), Double(part) / Double(whole), 1.959964)
        let center = (p + z * z / (2 * n)) / (1 + z * z / n)
        let width = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        return (p, max(0, center - width)...min(1, center + width))
    }
}

extension TriageTable {
    /// Reads that of a folder; nil when it has none.
    /// - Throws: `CheckpointError` when the file is malformed or its counts contradict each other.
    public init?(folder: String) throws {
        let file = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: file) != nil else { return nil }
        func error(_ problem: String) -> CheckpointError {
            CheckpointError(
                .malformed, file: file,
                "\(problem); remove the file, or make it again with securebert evaluate vuln --save-triage")
        }
        let json = try FileSystem.readJSON(file, limit: 1 << 20)
        guard let functions = json["functions"]?.integerValue, let vulnerable = json["vulnerable"]?.integerValue,
            (0...functions).contains(vulnerable), functions > 0
        else { throw error("its \"functions\" and \"vulnerable\" are no counts of a whole and its part") }
        let rows = try (json["thresholds"]?.arrayValue ?? []).map { row in
            guard let score = row["score"]?.doubleValue, (0...1).contains(score),
                let reported = row["reported"]?.integerValue, (0...functions).contains(reported),
                let right = row["right"]?.integerValue, (0...min(reported, vulnerable)).contains(right)
            else { throw error("one of its \"thresholds\" has no \"score\", \"reported\" and \"right\" that fit") }
            return Row(score: score, reported: reported, right: right)
        }
        self.init(data: json["data"]?.stringValue ?? "", functions: functions, vulnerable: vulnerable, rows: rows)
    }

    /// The file's content: counts, and what follows from them for whoever reads it.
    public var json: JSON {
        func share(_ share: (value: Double, interval: ClosedRange<Double>)) -> [(String, JSON)] {
            [
                ("", .number(Self.rounded(share.value))),
                (
                    "Interval95",
                    [
                        .number(Self.rounded(share.interval.lowerBound)),
                        .number(Self.rounded(share.interval.upperBound)),
                    ]
                ),
            ]
        }
        return [
            "data": .string(data), "functions": .integer(functions), "vulnerable": .integer(vulnerable),
            "thresholds": .array(
                rows.map { row in
                    .object(
                        .init(
                            [
                                ("score", .number(row.score)), ("reported", .integer(row.reported)),
                                ("right", .integer(row.right)),
                            ] + share(row.precision).map { ("precision" + $0.0, $0.1) }
                                + share(recall(row)).map { ("recall" + $0.0, $0.1) }))
                }),
        ]
    }

    private static func rounded(_ value: Double) -> Double { (value * 10000).rounded() / 10000 }

    /// Writes it into a model's folder.
    public func write(toFolder folder: String) throws {
        try AtomicFile.write(Array((json.prettyText + "\n").utf8), to: FileSystem.join(folder, Self.fileName))
    }
}
