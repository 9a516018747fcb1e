import SecureBERTCheckpoint
import SecureBERTJSON

/// How the logits of a classifier become probabilities that can be believed, and when a label is given: chosen on texts the model
/// was not trained on, and kept beside it in `calibration.json`.
///
/// The temperature divides the logits before softmax or sigmoid (Guo et al. 2017, arXiv 1706.04599).
public struct ClassifierCalibration: Sendable, Equatable {
    /// The file in the model's folder.
    public static let fileName = "calibration.json"

    /// What logits are divided by; positive.
    public let temperature: Double
    /// The least probability of each label, by its name; empty when the most probable label is given.
    public let thresholds: [String: Double]
    /// What it was chosen on.
    public let source: String

    /// A calibration; thresholds are probabilities after scaling.
    public init(temperature: Double, thresholds: [String: Double], source: String) {
        (self.temperature, self.thresholds, self.source) = (temperature, thresholds, source)
    }

    /// Reads that of a folder; nil when it has none.
    /// - Parameters:
    ///   - folder: The model's.
    ///   - labels: The model's.
    /// - Throws: `CheckpointError` when the file is malformed or of other labels.
    public init?(folder: String, labels: [String]) throws {
        let file = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: file) != nil else { return nil }
        func error(_ problem: String) -> CheckpointError {
            CheckpointError(.malformed, file: file, "\(problem); remove the file, or make it again with --calibrate-on")
        }
        let json = try FileSystem.readJSON(file, limit: 8 << 20)
        guard let temperature = json["temperature"]?.doubleValue, (0.001...1000).contains(temperature) else {
            throw error("its \"temperature\" is no number from 0.001 to 1000")
        }
        var thresholds: [String: Double] = [:]
        for (label, value) in json["thresholds"]?.objectValue?.members ?? [] {
            guard labels.contains(label) else { throw error("the model has no label \"\(label)\"") }
            guard let number = value.doubleValue, (0...1).contains(number) else {
                throw error("the threshold of \"\(label)\" is no number from 0 to 1")
            }
            thresholds[label] = number
        }
        guard thresholds.isEmpty || thresholds.count == labels.count else {
            throw error("it has thresholds for \(thresholds.count) of \(labels.count) labels")
        }
        self.init(temperature: temperature, thresholds: thresholds, source: json["source"]?.stringValue ?? "")
    }

    /// Writes it into a model's folder.
    public func write(toFolder folder: String) throws {
        let sorted = thresholds.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let json: JSON = [
            "temperature": .number(temperature),
            "thresholds": .object(.init(sorted.map { ($0.key, .number($0.value)) })), "source": .string(source),
        ]
        try AtomicFile.write(Array((json.text + "\n").utf8), to: FileSystem.join(folder, Self.fileName))
    }
}
