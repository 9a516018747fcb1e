import SecureBERTCheckpoint
import SecureBERTJSON

/// The record of a run: `log.jsonl`, one object a line, and the same numbers as TensorBoard's events and as `report.html`.
final class TrainingLog {
    private(set) var lines: [JSON]
    private let path: String
    private let reportPath: String
    private let events: TensorBoardWriter
    private let title: String

    /// - Parameters:
    ///   - folder: The run.
    ///   - steps: Where the run stands: lines of later steps, from before it was stopped, are dropped.
    init(folder: RunFolder, keepingUntil steps: Int) throws {
        path = FileSystem.join(folder.path, "log.jsonl")
        reportPath = FileSystem.join(folder.path, "report.html")
        title = folder.path
        lines = try Self.read(path).filter { ($0["step"]?.integerValue ?? .max) <= steps }
        events = try TensorBoardWriter(folder: folder.path, firstStep: steps)
        try synchronize()
    }

    func append(_ record: StepRecord) throws {
        lines.append([
            "step": .integer(record.step), "progress": .number(record.progress), "loss": .number(record.loss),
            "learningRate": .number(record.learningRate), "gradientNorm": .number(record.gradientNorm),
            "tokens": .integer(record.tokens), "tokensPerSecond": .number(record.tokensPerSecond.rounded()),
        ])
        try events.append(
            step: record.step,
            [
                ("train/loss", record.loss), ("train/learning rate", record.learningRate),
                ("train/gradient norm", record.gradientNorm), ("speed/tokens per second", record.tokensPerSecond),
                ("data/tokens", Double(record.tokens)),
            ])
    }

    func append(step: Int, tokens: Int, _ metrics: [Metric]) throws {
        let values = metrics.map { ($0.name, JSON.number($0.value)) }
        lines.append(
            .object(
                .init([("step", .integer(step)), ("tokens", .integer(tokens)), ("evaluation", .object(.init(values)))]))
        )
        try events.append(step: step, metrics.map { ("evaluation/\($0.name)", $0.value) })
        try synchronize()
    }

    /// Writes what has been appended.
    func synchronize() throws {
        var bytes: [UInt8] = []
        for line in lines {
            line.write(into: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        try AtomicFile.write(bytes, to: path)
        try AtomicFile.write(Array(TrainingReport(title: title, lines: lines).html.utf8), to: reportPath)
        try events.flush()
    }

    private static func read(_ path: String) throws -> [JSON] {
        guard FileSystem.kind(of: path) != nil else { return [] }
        let bytes = try FileSystem.read(path, limit: 1 << 30)
        return try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            do {
                return try line.withUnsafeBytes { try JSON.parse($0) }
            } catch {
                throw TrainingError(
                    .badCheckpoint, "\(path): a line is not JSON: \(error); move the file away to go on")
            }
        }
    }
}
