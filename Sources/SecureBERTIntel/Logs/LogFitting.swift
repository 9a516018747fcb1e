/// Collects clean lines and makes a profile of them.
public struct LogFitting: Sendable {
    /// How headers are left out.
    public let header: LogHeader
    private var miner: LogTemplateMiner
    /// Ids of the templates of the first lines, for windows.
    private var sequence: [Int32] = []
    /// The times of these lines, as far as they are known; empty without any.
    private var times: [Double?] = []
    private static let longestSequence = 1 << 22

    /// - Parameters:
    ///   - header: How headers are left out.
    ///   - settings: Of the search for templates.
    public init(header: LogHeader = .automatic, settings: LogTemplateMiner.Settings = .init()) {
        self.header = header
        miner = LogTemplateMiner(settings)
    }

    /// Number of lines so far.
    public private(set) var lineCount = 0

    /// The templates so far.
    public var templates: [LogTemplate] { miner.templates }

    /// Takes a clean line. Only the number of its template is kept of it, and that of the first four million lines.
    /// - Parameters:
    ///   - line: Its bytes, with header.
    ///   - time: When it was written, in seconds, for windows by time.
    public mutating func add(_ line: ArraySlice<UInt8>, at time: Double? = nil) {
        let id = miner.add(header.content(of: line)).id
        lineCount += 1
        guard sequence.count < Self.longestSequence else { return }
        if time != nil || !times.isEmpty {
            times += Array(repeating: nil, count: sequence.count - times.count)
            times.append(time)
        }
        sequence.append(Int32(truncatingIfNeeded: id))
    }

    /// The profile of the lines; lines of templates that had to make room count as lines.
    /// - Parameters:
    ///   - reader: Reads the templates; nil for scores of frequencies alone.
    ///   - model: The reader's name.
    ///   - falseAlarms: The share of clean lines that the threshold may call anomalies.
    ///   - window: How long windows are.
    ///   - progress: Told how many templates have been read.
    ///   - onUnread: Told which template the model could not read and why; of such its frequency alone counts. What it throws, which
    ///     otherwise is that reason, ends the work.
    /// - Throws: What `onUnread` throws.
    public func profile(
        _ reader: LogReader?, model: String?, falseAlarms: Double = 0.01,
        window: LogWindowLength = .lines(20),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        onUnread: (_ template: String, _ reason: any Error) throws -> Void = { throw $1 }
    ) throws -> LogProfile {
        let templates = miner.templates
        var readings: [LogReading] = []
        if let reader {
            for start in stride(from: 0, to: templates.count, by: 32) {
                let texts = templates[start..<min(start + 32, templates.count)].map(\.text)
                for (text, reading) in zip(texts, reader.readings(of: texts)) {
                    switch reading {
                    case .success(let reading): readings.append(reading)
                    case .failure(let error):
                        try onUnread(text, error)
                        readings.append(.none)
                    }
                }
                progress(readings.count, templates.count)
            }
        }
        var indices: [Int32: Int32] = [:]
        for (index, template) in templates.enumerated() {
            indices[Int32(truncatingIfNeeded: template.id)] = Int32(truncatingIfNeeded: index)
        }
        return LogProfile(
            templates.enumerated().map { index, template in
                .init(
                    text: template.text, count: template.count,
                    reading: index < readings.count ? readings[index] : .none)
            }, lines: lineCount,
            sequence: sequence.enumerated().compactMap { place, id in
                indices[id].map { (template: $0, time: place < times.count ? times[place] : nil) }
            }, model: reader == nil ? nil : model, header: header, falseAlarms: falseAlarms, window: window)
    }
}
