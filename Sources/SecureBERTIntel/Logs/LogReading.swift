import SecureBERT

/// What a masked language model makes of a log message.
public struct LogReading: Sendable, Hashable {
    /// How unlikely its least expected token is, in nats.
    public let surprise: Double
    /// The log of the odds that it reports a fault rather than something ordinary, in nats.
    public let severity: Double

    /// Of a message that no model has read.
    public static let none = LogReading(surprise: 0, severity: 0)
}

/// Reads log messages with a masked language model: how surprising they are, and whether they sound like a fault.
public struct LogReader: Sendable {
    private let surprise: TokenSurprise
    private let odds: ClozeOdds?

    // Chosen, like the sentence they complete, on the first 1,400 lines of BGL's sample.
    private static let faults = [
        "failure", "error", "fault", "crash", "critical", "fatal", "high", "severe", "failed", "crashed", "problem",
    ]
    private static let ordinary = [
        "success", "normal", "information", "info", "status", "update", "warning", "low", "corrected", "working",
        "running",
    ]

    /// - Parameter model: Has a masked language model head.
    /// - Throws: `TaskError` when it has none.
    public init(_ model: PretrainedModel) throws {
        surprise = try TokenSurprise(model)
        odds = try ClozeOdds(
            model, before: " This message reports a", after: ".", first: Self.faults, second: Self.ordinary)
    }

    /// Reads messages together.
    /// - Parameter templates: Texts of templates; wildcards are read as numbers.
    /// - Throws: `TaskError` when the model's numbers are not finite.
    public func callAsFunction(_ templates: [String]) throws -> [LogReading] {
        let texts = templates.map(LogTemplate.readable)
        let losses = try surprise(texts)
        let severities = try odds?(texts) ?? []
        return losses.indices.map { index in
            LogReading(
                surprise: Double(losses[index].max() ?? 0),
                severity: index < severities.count && !losses[index].isEmpty ? Double(severities[index]) : 0)
        }
    }

    /// Reads messages together; what goes wrong with one of them costs no other its reading.
    func readings(of templates: [String]) -> [Result<LogReading, any Error>] {
        templates.separateResults { try self($0) }
    }
}
