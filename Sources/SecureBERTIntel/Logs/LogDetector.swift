import SecureBERTCheckpoint

/// Finds lines that do not look like those of a profile, one after the other.
///
/// Lines of the profile's templates cost no more than finding their template. Others are mined as they come, and each new template is read
/// once by the language model. Memory is bounded by the profile and the miner's settings.
public struct LogDetector: Sendable {
    /// A line's score and what it is made of.
    public struct Score: Sendable, Hashable {
        /// The template's id: those of the profile are counted from 1, most frequent first, new ones follow.
        public let templateID: Int
        /// Its text.
        public let template: String
        /// Clean lines with this template.
        public let count: Int
        /// The share of the clean lines that have this template.
        public let frequency: Double
        /// What the model makes of it.
        public let reading: LogReading
        /// Of the first line of a template that the model could not read, so that its frequency alone counts: why.
        public let problem: String?
        /// The larger, the less normal, in nats.
        public let score: Double
        /// Whether the score is above the profile's threshold.
        public let isAnomaly: Bool
        /// The largest score of the window that ends with this line.
        public let windowScore: Double
        /// Whether that is above the profile's threshold of windows.
        public let isWindowAnomaly: Bool
    }

    /// What normal lines look like.
    public let profile: LogProfile
    private let reader: LogReader?
    private var miner: LogTemplateMiner
    private var known: [Int: Known] = [:]
    private var window: LogWindow

    private struct Known: Sendable {
        let text: String
        let count: Int
        let reading: LogReading
        let score: Double

        init(_ text: String, count: Int, of lines: Int, _ reading: LogReading) {
            (self.text, self.count, self.reading) = (text, count, reading)
            score = LogProfile.score(count: count, of: lines, reading)
        }
    }

    /// A detector that has seen the profile's lines and no others.
    /// - Parameters:
    ///   - profile: What normal lines look like.
    ///   - reader: Reads new templates; must be of the model of the profile. nil for a profile without model.
    ///   - settings: Of the search for new templates.
    /// - Throws: `CheckpointError` when the profile was fitted with another model.
    public init(_ profile: LogProfile, _ reader: LogReader?, settings: LogTemplateMiner.Settings = .init()) throws {
        self.profile = profile
        self.reader = profile.model == nil ? nil : reader
        var settings = settings
        settings.maximumTemplates += profile.templates.count
        miner = LogTemplateMiner(settings)
        window = LogWindow(profile.window)
        for template in profile.templates {
            let id = miner.addFixed(template.text, count: template.count)
            known[id] = Known(template.text, count: template.count, of: profile.lines, template.reading)
        }
        if let first = profile.templates.first,
            case .success(let again)? = self.reader?.readings(of: [first.text]).first
        {
            guard abs(again.surprise - first.reading.surprise) + abs(again.severity - first.reading.severity) < 0.05
            else {
                throw CheckpointError(
                    .unsupported, file: profile.model ?? "",
                    "this profile was fitted with another model of that name; fit it again with securebert logs fit")
            }
        }
    }

    /// Templates that were found since, beside those of the profile.
    public var newTemplates: Int { miner.count - profile.templates.count }

    /// Templates of the profile and those found since, with the lines that matched.
    public var templates: [LogTemplate] { miner.templates }

    /// Scores lines, in order.
    /// - Parameters:
    ///   - lines: Their bytes, with headers.
    ///   - times: When each was written, in seconds, for windows by time; empty when it is not known.
    ///   - areClean: Whether the profile was made of them: each is then scored as if the others alone had been.
    public mutating func callAsFunction(
        _ lines: [ArraySlice<UInt8>], times: [Double?] = [], areClean: Bool = false
    ) -> [Score] {
        var ids: [Int] = []
        ids.reserveCapacity(lines.count)
        var unread: [(id: Int, text: String)] = []
        for line in lines {
            let match = miner.add(profile.header.content(of: line))
            // A template is read as its first line has it; more lines make it no stranger.
            if match.isNew, let template = miner.template(match.id) { unread.append((match.id, template.text)) }
            ids.append(match.id)
        }
        let readings = reader?.readings(of: unread.map(\.text)) ?? unread.map { _ in .success(.none) }
        var problems: [Int: String] = [:]
        for (new, reading) in zip(unread, readings) {
            if case .failure(let error) = reading { problems[new.id] = "\(error)" }
            known[new.id] = Known(new.text, count: 0, of: profile.lines, (try? reading.get()) ?? LogReading.none)
        }
        let scores = ids.enumerated().map { index, id in
            score(
                id, at: times.indices.contains(index) ? times[index] : nil, areClean: areClean,
                problem: problems.removeValue(forKey: id))
        }
        forgetRemoved()
        return scores
    }

    private mutating func score(_ id: Int, at time: Double?, areClean: Bool, problem: String?) -> Score {
        // Every id was put there before.
        var found = known[id] ?? Known("", count: 0, of: profile.lines, .none)
        if areClean { found = Known(found.text, count: found.count - 1, of: profile.lines - 1, found.reading) }
        let windowScore = window.add(found.score, at: time)
        return Score(
            templateID: id, template: found.text, count: found.count,
            frequency: Double(max(0, found.count)) / Double(max(1, profile.lines)), reading: found.reading,
            problem: problem, score: found.score,
            isAnomaly: found.score > profile.threshold, windowScore: windowScore,
            isWindowAnomaly: windowScore > profile.windowThreshold)
    }

    /// Templates that had to make room take their readings with them.
    private mutating func forgetRemoved() {
        guard known.count > 2 * miner.settings.maximumTemplates else { return }
        known = known.filter { miner.template($0.key) != nil }
    }
}
