import SecureBERTCheckpoint
import SecureBERTJSON

/// How sure one can be that a sentence is about a technique: logistic regression over what a classifier says and how near the sentence
/// is to the technique's description, fitted by `Scripts/intel/fit_technique_mapping.py`.
public struct TechniqueMapping: Sendable, Hashable {
    /// Of techniques that the classifier was trained on: over its logit and the similarity.
    struct Classified: Sendable, Hashable {
        let bias, logit, similarity, threshold: Double
    }

    /// Of all others: over the similarity and its distance to the nearest technique's.
    struct Described: Sendable, Hashable {
        let bias, similarity, gap, threshold: Double
    }

    /// The file in the folder of the knowledge base.
    public static let fileName = "technique-mapping.json"

    /// Names of the models it was fitted for.
    public let classifier, encoder: String
    let classified: Classified
    let described: Described

    /// Reads that of a folder with knowledge files.
    /// - Throws: `CheckpointError` when it is missing or malformed.
    public init(folder: String) throws {
        let path = FileSystem.join(folder, Self.fileName)
        let json = try FileSystem.readJSON(path, limit: 1 << 20)
        func number(_ form: String, _ key: String) throws -> Double {
            guard let value = json[form]?[key]?.doubleValue, value.isFinite else {
                throw CheckpointError(.malformed, file: path, "has no number \"\(key)\" in \"\(form)\"")
            }
            return value
        }
        guard json["format"]?.stringValue == "securebert-mapping-1", let classifier = json["classifier"]?.stringValue,
            let encoder = json["encoder"]?.stringValue
        else {
            throw CheckpointError(
                .malformed, file: path, "is not a mapping, expected \"format\": \"securebert-mapping-1\" and two models"
            )
        }
        (self.classifier, self.encoder) = (classifier, encoder)
        classified = Classified(
            bias: try number("classified", "bias"), logit: try number("classified", "logit"),
            similarity: try number("classified", "similarity"), threshold: try number("classified", "threshold"))
        described = Described(
            bias: try number("described", "bias"), similarity: try number("described", "similarity"),
            gap: try number("described", "gap"), threshold: try number("described", "threshold"))
    }
}
