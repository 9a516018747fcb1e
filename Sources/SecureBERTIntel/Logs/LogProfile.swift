import SecureBERTCheckpoint
import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What normal lines look like: their templates, how often each occurs, and from which score on a line is no longer one of them.
///
/// The score of a line, in nats, is `-log p(template) + 2 severity`. The probability of a template is its share of the clean lines; one
/// line more is spread over all that were never seen, by how well the language model expects their words:
/// `p = (count + exp(-surprise)) / (lines + 1)`.
public struct LogProfile: Sendable, Hashable {
    /// A template of the clean lines.
    public struct Template: Sendable, Hashable {
        /// As `LogTemplate.text`.
        public let text: String
        /// Its lines among the clean ones.
        public let count: Int
        /// What the model made of it.
        public let reading: LogReading
    }

    /// Most frequent first.
    public let templates: [Template]
    /// Number of clean lines.
    public let lines: Int
    /// The model that read the templates; nil when scores are of frequencies alone.
    public let model: String?
    /// How headers were left out.
    public let header: LogHeader
    /// The share of clean lines, and of clean windows, that the thresholds call anomalous.
    public let falseAlarms: Double
    /// Lines with a larger score are anomalies.
    public let threshold: Double
    /// How long windows are.
    public let window: LogWindowLength
    /// Windows with a larger score are anomalies.
    public let windowThreshold: Double

    /// How much severity counts, chosen on a validation part of BGL.
    static let severityWeight = 2.0

    /// The score of a line.
    /// - Parameter count: Clean lines with its template.
    package static func score(count: Int, of lines: Int, _ reading: LogReading) -> Double {
        log(Double(lines + 1)) - log(Double(max(0, count)) + exp(-reading.surprise)) + severityWeight * reading.severity
    }

    /// Fits a profile.
    /// - Parameters:
    ///   - templates: Those of the clean lines.
    ///   - lines: Number of clean lines.
    ///   - sequence: For lines in their order the index of their template and their time, as many as windows are made of.
    ///   - falseAlarms: The share of clean lines that may be called anomalies.
    ///   - window: How long windows are.
    init(
        _ templates: [Template], lines: Int, sequence: [(template: Int32, time: Double?)], model: String?,
        header: LogHeader, falseAlarms: Double, window: LogWindowLength
    ) {
        // Every line is scored as if the others were the clean ones: how one that was not seen before would be.
        let scores = templates.map { Self.score(count: $0.count - 1, of: lines - 1, $0.reading) }
        threshold = Self.threshold(zip(scores, templates.map(\.count)).map { ($0, $1) }, falseAlarms)
        var series = LogWindowSeries(window)
        var windows = sequence.compactMap { series.add(scores[Int($0.template)], at: $0.time)?.score }
        if windows.isEmpty, let rest = series.rest { windows.append(rest) }
        windowThreshold = Self.threshold(windows.map { ($0, 1) }, falseAlarms)
        let order = templates.indices.sorted { (templates[$1].count, $0) < (templates[$0].count, $1) }
        self.templates = order.map { templates[$0] }
        (self.lines, self.model, self.header) = (lines, model, header)
        (self.falseAlarms, self.window) = (falseAlarms, window)
    }

    /// The lowest of the scores that at most a share of them exceeds.
    /// - Parameter scores: Scores, and how often each occurs.
    package static func threshold(_ scores: [(score: Double, count: Int)], _ share: Double) -> Double {
        let sorted = scores.sorted { $0.score > $1.score }
        let allowed = Int(share * Double(sorted.reduce(0) { $0 + $1.count }))
        var above = 0
        for (score, count) in sorted {
            above += count
            if above > allowed { return score }
        }
        return sorted.last?.score ?? 0
    }
}

extension LogProfile {
    private static let format = "securebert-log-profile-1"
    /// The most lines of a window.
    package static let longestWindow = 100_000
    /// The most seconds of a window: 30 days.
    package static let longestWindowTime = 30 * 86_400

    /// The profile as a JSON document.
    public var json: JSON {
        let length: (String, JSON) =
            switch window {
            case .lines(let count): ("window", .integer(count))
            case .seconds(let count): ("window_seconds", .integer(count))
            }
        let fields: JSON = if case .fields(let count) = header { .integer(count) } else { .null }
        return .object(
            .init([
                ("format", .string(Self.format)), ("model", model.map(JSON.string) ?? .null),
                ("header_fields", fields), ("lines", .integer(lines)), ("false_alarms", .number(falseAlarms)),
                ("threshold", .number(threshold)), length, ("window_threshold", .number(windowThreshold)),
                (
                    "templates",
                    .array(
                        templates.map {
                            [
                                "template": .string($0.text), "count": .integer($0.count),
                                "surprise": .number($0.reading.surprise), "severity": .number($0.reading.severity),
                            ]
                        })
                ),
            ]))
    }

    /// Reads a profile that ``json`` has written.
    /// - Throws: `CheckpointError` when the file is missing or is no profile.
    public init(path: String) throws {
        let json = try FileSystem.readJSON(path, limit: 256 << 20)
        func malformed(_ problem: String) -> CheckpointError { CheckpointError(.malformed, file: path, problem) }
        guard json["format"]?.stringValue == Self.format else {
            throw malformed(
                "is not a profile of log lines, expected \"format\": \"\(Self.format)\"; make one with securebert logs fit"
            )
        }
        func number(_ json: JSON, _ key: String) throws -> Double {
            guard let value = json[key]?.doubleValue, value.isFinite else {
                throw malformed("has no number \"\(key)\"")
            }
            return value
        }
        func count(_ json: JSON, _ key: String, atLeast least: Int) throws -> Int {
            guard let value = json[key]?.integerValue, (least...1 << 50).contains(value) else {
                throw malformed("has no whole number \"\(key)\" of at least \(least)")
            }
            return value
        }
        guard let list = json["templates"]?.arrayValue else { throw malformed("has no list \"templates\"") }
        templates = try list.map { item in
            guard let text = item["template"]?.stringValue else {
                throw malformed("has a template without \"template\"")
            }
            return Template(
                text: text, count: try count(item, "count", atLeast: 1),
                reading: LogReading(surprise: try number(item, "surprise"), severity: try number(item, "severity")))
        }
        lines = try count(json, "lines", atLeast: 1)
        model = json["model"]?.stringValue
        header =
            json["header_fields"]?.isNull == false ? .fields(try count(json, "header_fields", atLeast: 0)) : .automatic
        falseAlarms = try number(json, "false_alarms")
        threshold = try number(json, "threshold")
        func length(_ key: String, atMost most: Int) throws -> Int {
            let length = try count(json, key, atLeast: 1)
            guard length <= most else { throw malformed("has a \"\(key)\" of more than \(most)") }
            return length
        }
        window =
            json["window_seconds"] == nil
            ? .lines(try length("window", atMost: Self.longestWindow))
            : .seconds(try length("window_seconds", atMost: Self.longestWindowTime))
        windowThreshold = try number(json, "window_threshold")
    }
}
