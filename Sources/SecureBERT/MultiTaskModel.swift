import SecureBERTCheckpoint
import SecureBERTTensor

/// One encoder with several heads, as `finetune joint` makes them: a text that several tasks read in turn is encoded once.
///
/// ```swift
/// let model = try MultiTaskModel(path: "runs/joint/model")
/// let (recognizer, classifier) = (try EntityRecognizer(model.head("ner")), try TextClassifier(model.head("attack")))
/// let entities = try recognizer(sentences)
/// let labels = try classifier(sentences.map { TextInput($0) })    // no sentence is encoded again
/// ```
public struct MultiTaskModel: Sendable {
    /// The encoder alone, for sentence vectors where the folder says how to make them.
    public let encoder: PretrainedModel
    private let memory = HiddenStateMemory()
    /// The names of the heads.
    public let headNames: [String]

    /// Loads the encoder of a folder with heads.
    /// - Parameters:
    ///   - path: The folder.
    ///   - compute: Where to run; nil for a pool of one thread per core.
    /// - Throws: ``TaskError`` when the folder has no heads; what loading throws.
    public init(path: String, compute: Compute? = nil) throws {
        headNames = try SharedHead.names(inFolder: path)
        guard !headNames.isEmpty else {
            throw TaskError(.unsuitableModel, "\(path): has no folder \(SharedHead.folderName) with heads")
        }
        encoder = try PretrainedModel(
            folder: ModelFolder(path: path), head: .some(.none), memory: memory, compute: compute)
    }

    /// A head as a model of its own, on the common encoder.
    /// - Throws: ``TaskError`` when there is none of that name; what loading throws.
    public func head(_ name: String) throws -> PretrainedModel {
        guard headNames.contains(name) else {
            throw TaskError(
                .invalidInput,
                "\(encoder.path): has no head \"\(name)\", only \(headNames.joined(separator: ", "))")
        }
        return try PretrainedModel(
            folder: ModelFolder(path: SharedHead.path(name, inFolder: encoder.path)), sharing: encoder)
    }

    /// How many sequences have been encoded, and how many were remembered.
    package var sequences: (encoded: Int, remembered: Int) { memory.counts }
}
