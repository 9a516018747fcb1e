import SecureBERTJSON
import SecureBERTTensor

/// A model as published: a folder in the layout of Hugging Face or sentence-transformers.
///
/// Opening reads the small files and finds the large ones; ``weights()`` opens those. Nothing in a folder is executed, and
/// no path that a file names leads out of the folder.
public struct ModelFolder: Sendable {
    /// Weights of n-grams of tokens beside the encoder, in the folder of a classifier that has them.
    package static let ngramsFileName = "ngrams.safetensors"

    /// The folder that was opened.
    public let path: String
    /// Where configuration, weights and tokenizer are: ``path``, or the folder of the Transformer module in older
    /// sentence-transformers models.
    public let modelPath: String
    /// The encoder, by `config.json`.
    public let configuration: ModelConfiguration
    /// The content of `config.json`; of an adapter, that of the model it makes.
    package let configurationJSON: JSON
    /// Where the weights are.
    public let weightFiles: WeightFiles
    /// Where the tokenizer is.
    public let tokenizerFiles: TokenizerFiles
    /// How to make sentence embeddings; nil when the folder is not a sentence-transformers model.
    public let sentenceEncoder: SentenceEncoderConfiguration?
    /// The licence; nil when there is no README.md.
    public let card: ModelCard?
    /// The most tokens of an input by the settings of tokenizer and sentence-transformers, special tokens included; nil
    /// when neither says. The encoder's own limit is ``ModelConfiguration/maximumTokens``.
    public let maximumSequenceLength: Int?
    /// Whether sentence-transformers asks for the text in lower case before the tokenizer.
    public let lowercasesText: Bool
    /// What the head is called that shares its encoder with others; nil for a model of its own.
    public let sharedHead: SharedHead?
    /// What is added to the weights, which are another folder's; nil for a folder with weights of its own.
    public let adapter: AdapterFolder?
    /// Whether `models.lock` is there and every file was found to be as it recorded.
    public let isLocked: Bool

    /// Opens a folder.
    /// - Parameters:
    ///   - path: the folder.
    ///   - verifiesLock: whether a `models.lock` in the folder is compared with the files.
    /// - Throws: ``CheckpointError`` with the file, what was found, what was expected and what to try.
    public init(path: String, verifiesLock: Bool = true) throws(CheckpointError) {
        switch FileSystem.kind(of: path) {
        case .folder: break
        case nil: throw CheckpointError(.notFound, file: path, "does not exist")
        default: throw CheckpointError(.unreadable, file: path, "is a file, expected the folder of a model")
        }
        sharedHead = try SharedHead(path: path)
        adapter = try AdapterFolder.alone(path: path)
        let root: String
        if let adapter { root = try adapter.baseFolder() } else { root = sharedHead?.encoderFolder ?? path }
        let locked = (adapter == nil ? [root] : [path, root]).filter {
            verifiesLock && FileSystem.kind(of: FileSystem.join($0, ModelLock.fileName)) != nil
        }
        isLocked = !locked.isEmpty
        for folder in locked { try ModelLock(folder: folder).verify(folder: folder) }

        let modulesPath = FileSystem.join(path, "modules.json")
        let modules =
            FileSystem.kind(of: modulesPath) == nil
            ? nil : try SentenceTransformersFiles(folder: path, modulesPath: modulesPath)
        self.path = path
        modelPath = adapter == nil ? modules?.modelPath ?? root : root
        let file = FileSystem.join(sharedHead == nil ? modelPath : path, "config.json")
        let json = try FileSystem.readJSON(file, limit: ConfigurationValues.maximumByteCount)
        let own = try ModelConfiguration(json: json, file: file)
        if let adapter {
            configurationJSON = try adapter.configuration(over: json, own)
            configuration = try ModelConfiguration(json: configurationJSON, file: FileSystem.join(path, "config.json"))
        } else {
            (configurationJSON, configuration) = (json, own)
        }
        weightFiles = try WeightFiles(folder: modelPath)
        tokenizerFiles = TokenizerFiles(folder: modelPath)
        let hiddenSize = configuration.shared.hiddenSize
        if let pooling = modules?.pooling {
            sentenceEncoder = try SentenceEncoderConfiguration(pooling, folder: path, hiddenSize: hiddenSize)
        } else {
            sentenceEncoder = nil
        }
        let readme = FileSystem.join(adapter == nil ? root : path, "README.md")
        card = FileSystem.kind(of: readme) == .file ? try ModelCard(path: readme) : nil
        let transformer = modules == nil ? nil : try Self.transformerSettings(adapter == nil ? modelPath : path)
        let tokenizerLimit = try Self.tokenizerLimit(tokenizerFiles)
        maximumSequenceLength = [transformer?.maximumLength, tokenizerLimit].compactMap { $0 }.min()
        lowercasesText = transformer?.lowercases ?? false
    }

    /// Opens the weights; their elements are not read yet.
    /// - Throws: ``CheckpointError`` when a file is missing, unreadable or invalid.
    public func weights() throws(CheckpointError) -> any TensorSource {
        let weights = try weightFiles.open()
        if let adapter { return try AdaptedWeights(weights, adapter, compute: compute()) }
        return sharedHead.map { SharedHead.Weights(weights, head: $0.name, includesEncoder: true) } ?? weights
    }

    /// Opens the weights of a head that shares its encoder, without those of the encoder; nil for a model of its own.
    /// - Throws: As ``weights()``.
    package func headWeights() throws(CheckpointError) -> (any TensorSource)? {
        guard let sharedHead else { return nil }
        return SharedHead.Weights(try weightFiles.open(), head: sharedHead.name, includesEncoder: false)
    }

    /// Where an adapter is added up: its products are small.
    private func compute() throws(CheckpointError) -> Compute {
        do {
            return try Compute(threads: 1)
        } catch {
            throw CheckpointError(.limitExceeded, file: path, "cannot be added to its model: \(error)")
        }
    }

    /// `sentence_bert_config.json`, which older versions named after the architecture.
    private static func transformerSettings(
        _ folder: String
    ) throws(CheckpointError) -> (maximumLength: Int?, lowercases: Bool) {
        for name in ["sentence_bert_config.json", "sentence_roberta_config.json"] {
            let path = FileSystem.join(folder, name)
            guard FileSystem.kind(of: path) != nil else { continue }
            let values = try ConfigurationValues(path: path)
            return (
                try values.optionalCount("max_seq_length", in: ConfigurationLimits.positions),
                try values.boolean("do_lower_case", default: false)
            )
        }
        return (nil, false)
    }

    /// `model_max_length` of tokenizer_config.json, where it is a limit; 1e30 there means that nobody knows.
    private static func tokenizerLimit(_ files: TokenizerFiles) throws(CheckpointError) -> Int? {
        guard let path = files.configuration else { return nil }
        let values = try ConfigurationValues(path: path)
        guard let value = values["model_max_length"], let length = value.doubleValue else { return nil }
        guard length >= 1 else {
            throw values.refused("model_max_length", value, allowed: "a number of at least 1")
        }
        return length <= Double(ConfigurationLimits.positions.upperBound) ? Int(length) : nil
    }
}
