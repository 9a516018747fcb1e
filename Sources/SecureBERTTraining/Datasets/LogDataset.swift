/// Log lines in the order of their time, some of which report anomalies: `{"content", "level"?, "label": 0|1}` a line.
public struct LogDataset: Sendable {
    /// A log line.
    public struct Line: Sendable, Equatable {
        /// Its message.
        public let content: String
        /// The level it was logged with; empty when it has none.
        public let level: String
        /// Whether it reports an anomaly.
        public let isAnomalous: Bool
    }

    /// The file, for messages.
    public let file: String
    /// The lines, in order.
    public let lines: [Line]

    /// Reads a file.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String) throws {
        let source = LineFile(path)
        var lines: [Line] = []
        try source.forEachObject { record in
            let label = try record.name("label")
            guard let isAnomalous = ["0": false, "1": true, "false": false, "true": true][label] else {
                throw record.error("\"label\" is \(label), expected 0 (normal) or 1 (anomalous)")
            }
            lines.append(
                Line(
                    content: try record.string("content"), level: try record.optionalString("level") ?? "",
                    isAnomalous: isAnomalous))
        }
        guard !lines.isEmpty else { throw source.error(.empty, "has no log lines") }
        (file, self.lines) = (source.name, lines)
    }
}
