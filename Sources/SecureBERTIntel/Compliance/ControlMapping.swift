import SecureBERTCheckpoint
import SecureBERTJSON

/// How much each kind of evidence counts when a text is mapped to the controls of one framework, and how sure one can be of the sum;
/// fitted by `Scripts/intel/fit_control_mapping.py` on the validation part of NIST's own mappings, or on settings with their controls.
public struct ControlMapping: Sendable {
    /// Factors of evidence that is scaled to 0...1 for each text.
    package struct Weights: Sendable, Hashable {
        /// BM25 of the text in titles, statements and guidance.
        package var title, statement, guidance: Double
        /// The bi-encoder.
        package var similarity: Double
        /// For controls whose partners in the other framework match the text.
        package var crosswalk: Double
        /// For controls whose enhancements match the text.
        package var enhancements: Double
        /// For controls that are no enhancements.
        package var base: Double
    }

    /// How good suggestions at the threshold were on held-out texts.
    public struct Quality: Sendable, Hashable {
        /// Share of the suggestions that NIST's mapping has too.
        public let precision: Double
        /// Share of the mapping's controls that are suggested.
        public let recall: Double
    }

    /// The file in the folder of the knowledge base.
    public static let fileName = "control-mapping.json"

    /// Name of the bi-encoder it was fitted for.
    public let encoder: String
    package var weights: Weights
    /// Logistic regression over the weighted sum and the cosine of text and control.
    private let bias, score, similarity: Double
    /// The least probability of a suggestion, unless another is asked for.
    public let threshold: Float
    /// nil when it was not measured.
    public let quality: Quality?

    /// Reads the mapping of a framework from a folder with knowledge files.
    /// - Parameters:
    ///   - folder: Has the file.
    ///   - framework: nil for a catalog of one's own.
    /// - Throws: `CheckpointError` when it is missing or malformed.
    public init(folder: String, _ framework: ControlFramework?) throws {
        let name = framework?.rawValue ?? "other"
        guard let mapping = try Self(folder: folder, name: name) else {
            throw CheckpointError(
                .malformed, file: FileSystem.join(folder, Self.fileName), "has no mapping \"\(name)\"")
        }
        self = mapping
    }

    /// Reads what settings are mapped to a framework with, fitted to settings; nil when that was not done.
    /// - Throws: `CheckpointError` when the file is missing or malformed.
    public init?(ofSettings framework: ControlFramework, folder: String) throws {
        try self.init(folder: folder, name: framework.rawValue + "-settings")
    }

    private init?(folder: String, name: String) throws {
        let path = FileSystem.join(folder, Self.fileName)
        let json = try FileSystem.readJSON(path, limit: 1 << 20)
        guard json["format"]?.stringValue == "securebert-control-mapping-1", let encoder = json["encoder"]?.stringValue
        else {
            throw CheckpointError(
                .malformed, file: path,
                "is not a mapping, expected \"format\": \"securebert-control-mapping-1\" and a model")
        }
        guard let form = json[name] else { return nil }
        func number(_ part: String, _ key: String) throws -> Double {
            guard let value = form[part]?[key]?.doubleValue, value.isFinite else {
                throw CheckpointError(.malformed, file: path, "has no number \"\(key)\" in \"\(part)\" of \"\(name)\"")
            }
            return value
        }
        self.encoder = encoder
        weights = Weights(
            title: try number("weights", "title"), statement: try number("weights", "statement"),
            guidance: try number("weights", "guidance"), similarity: try number("weights", "similarity"),
            crosswalk: try number("weights", "crosswalk"), enhancements: try number("weights", "enhancements"),
            base: try number("weights", "base"))
        bias = try number("probability", "bias")
        score = try number("probability", "score")
        similarity = try number("probability", "similarity")
        threshold = Float(try number("probability", "threshold"))
        quality =
            form["quality"] == nil
            ? nil : Quality(precision: try number("quality", "precision"), recall: try number("quality", "recall"))
    }

    /// The logit of the probability that a text is about a control.
    func logit(score: Double, similarity: Double) -> Double {
        bias + self.score * score + self.similarity * similarity
    }
}
