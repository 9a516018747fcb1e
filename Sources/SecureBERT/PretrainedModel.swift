import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// A model folder, loaded and ready: tokenizer, encoder and head. The tasks are made from it.
///
/// Immutable and safe to share; requests from several threads take turns on its `Compute`.
public struct PretrainedModel: Sendable {
    public let folder: ModelFolder
    public let transformer: TransformerModel
    public let tokenizer: Tokenizer
    public let compute: Compute
    /// The most tokens of one window, special tokens included: the least of what the encoder, the tokenizer settings and
    /// sentence-transformers' own limit allow.
    public let maximumTokens: Int
    /// What was encoded last, where other heads read the same texts; nil for a model that does not share its encoder.
    let memory: HiddenStateMemory?

    /// Loads a Hugging Face or sentence-transformers folder.
    /// - Parameters:
    ///   - path: The folder.
    ///   - head: The head to load; nil for the one the configuration names.
    ///   - compute: Where to run; nil for a pool of one thread per core.
    /// - Throws: `CheckpointError`, `TokenizerError` or `TensorError`, each with a sentence that names the file.
    public init(path: String, head: ModelHead? = nil, compute: Compute? = nil) throws {
        try self.init(folder: ModelFolder(path: path), head: head, compute: compute)
    }

    /// Loads a folder that is already open.
    /// - Throws: As ``init(path:head:compute:)``.
    public init(folder: ModelFolder, head: ModelHead? = nil, compute: Compute? = nil) throws {
        try self.init(folder: folder, head: head, memory: nil, compute: compute)
    }

    init(folder: ModelFolder, head: ModelHead?, memory: HiddenStateMemory?, compute: Compute?) throws {
        let compute = try compute ?? Compute()
        let tokenizer = try Tokenizer(folder: folder.modelPath)
        let vocabularySize = folder.configuration.shared.vocabularySize
        guard tokenizer.idBound <= vocabularySize else {
            throw TaskError(
                .unsuitableModel,
                """
                \(folder.path): the tokenizer has ids up to \(tokenizer.idBound - 1) but the model has embeddings for \
                \(vocabularySize) ids; the tokenizer files and the weights do not belong together
                """)
        }
        self.folder = folder
        self.tokenizer = tokenizer
        self.compute = compute
        self.memory = memory
        transformer = try TransformerModel(
            folder.configuration, weights: folder.weights(), head: head, compute: compute)
        maximumTokens = min(transformer.encoder.maximumTokens, folder.maximumSequenceLength ?? .max)
    }

    /// A model whose encoder is another one's: only its head is loaded.
    init(folder: ModelFolder, sharing other: PretrainedModel) throws {
        self.folder = folder
        (tokenizer, compute, maximumTokens, memory) = (
            other.tokenizer, other.compute, other.maximumTokens, other.memory
        )
        transformer = try TransformerModel(
            folder.configuration, weights: folder.headWeights() ?? folder.weights(),
            sharing: other.transformer.encoder, compute: compute)
    }

    /// The folder's path, for messages.
    public var path: String { folder.path }

    func lacks(_ head: String) -> TaskError {
        let architectures = folder.configuration.shared.architectures.joined(separator: ", ")
        return TaskError(
            .unsuitableModel,
            "\(path): has no \(head) head (it is \(architectures.isEmpty ? "an encoder" : architectures)), which this task needs"
        )
    }
}
