import SecureBERTJSON

/// What sentence-transformers' files say about making sentence embeddings.
public struct SentenceEncoderConfiguration: Sendable, Hashable {
    /// A step behind the pooling.
    public enum Step: Sendable, Hashable {
        case dense(DenseConfiguration)
        /// Division by the Euclidean length.
        case normalize
    }

    /// How embeddings of this model are meant to be compared.
    public enum Similarity: String, Sendable, Hashable, CaseIterable {
        case cosine
        case dot
        case euclidean
        case manhattan
    }

    /// A text put before the input for one use: "query: ".
    public struct Prompt: Sendable, Hashable {
        /// What the prompt is asked for by: "query".
        public let name: String
        /// What is put before the input.
        public let text: String
    }

    /// How token states become one vector.
    public let pooling: PoolingConfiguration
    /// The steps behind the pooling, in order.
    public let steps: [Step]
    /// The prompts, in the order of the file.
    public let prompts: [Prompt]
    /// The prompt that is used when none is asked for; nil for none.
    public let defaultPromptName: String?
    /// The comparison the model was made for; cosine when the file names none.
    public let similarity: Similarity
    /// Elements of an embedding.
    public let outputSize: Int
}

/// The files of a sentence-transformers folder, read together.
struct SentenceTransformersFiles {
    /// The folder of the encoder: where config.json, weights and tokenizer are.
    let modelPath: String
    /// nil when no module pools, as in a saved cross-encoder.
    let pooling: PoolingModule?

    struct PoolingModule {
        let path: String
        let steps: [(kind: ModuleKind, path: String)]
    }

    enum ModuleKind: String, CaseIterable {
        case transformer = "Transformer"
        case pooling = "Pooling"
        case dense = "Dense"
        case normalize = "Normalize"

        /// A class path of sentence-transformers, as written by any of its versions; nil for classes of others.
        init?(type: String) {
            for kind in Self.allCases {
                let name = kind.rawValue
                let paths = [
                    "sentence_transformers.models.\(name)", "sentence_transformers.models.\(name).\(name)",
                    "sentence_transformers.base.modules.\(name)",
                    "sentence_transformers.base.modules.\(name.lowercased()).\(name)",
                    "sentence_transformers.sentence_transformer.modules.\(name)",
                    "sentence_transformers.sentence_transformer.modules.\(name.lowercased()).\(name)",
                ]
                if paths.contains(type) {
                    self = kind
                    return
                }
            }
            return nil
        }
    }

    static let maximumModuleCount = 16

    /// Reads `modules.json`.
    init(folder: String, modulesPath: String) throws(CheckpointError) {
        let json = try FileSystem.readJSON(modulesPath, limit: ConfigurationValues.maximumByteCount)
        guard let elements = json.arrayValue, (1...Self.maximumModuleCount).contains(elements.count) else {
            throw CheckpointError(
                .malformed, file: modulesPath, "is not a list of 1 to \(Self.maximumModuleCount) modules")
        }
        var modules: [(kind: ModuleKind, path: String)] = []
        for element in elements { modules.append(try Self.module(element, folder: folder, file: modulesPath)) }
        guard modules[0].kind == .transformer, !modules.dropFirst().contains(where: { $0.kind == .transformer }) else {
            throw CheckpointError(.unsupported, file: modulesPath, "does not have one Transformer as its first module")
        }
        modelPath = modules[0].path
        guard modules.count > 1 else {
            pooling = nil
            return
        }
        guard modules[1].kind == .pooling, !modules.dropFirst(2).contains(where: { $0.kind == .pooling }) else {
            throw CheckpointError(.unsupported, file: modulesPath, "does not have one Pooling as its second module")
        }
        pooling = PoolingModule(path: modules[1].path, steps: Array(modules.dropFirst(2)))
    }

    private static func module(
        _ element: JSON, folder: String, file: String
    ) throws(CheckpointError) -> (kind: ModuleKind, path: String) {
        guard let type = element["type"]?.stringValue, let path = element["path"]?.stringValue else {
            throw CheckpointError(.malformed, file: file, "has a module without \"type\" and \"path\"")
        }
        guard let kind = ModuleKind(type: type) else {
            if type.hasPrefix("sentence_transformers.") {
                throw CheckpointError(
                    .unsupported, file: file,
                    "has the module \(type.quoted), which is not supported; only Transformer, Pooling, Dense and Normalize are"
                )
            }
            throw CheckpointError(
                .unsafe, file: file,
                """
                has the module \(type.quoted), which is Python code of its own; this package never runs code from a \
                model, and results without it would be wrong
                """)
        }
        return (kind, try ContainedPath.join(path, to: folder, namedBy: file, as: "the module folder"))
    }
}

extension SentenceEncoderConfiguration {
    /// Reads the modules' own files.
    init(_ module: SentenceTransformersFiles.PoolingModule, folder: String, hiddenSize: Int) throws(CheckpointError) {
        pooling = try PoolingConfiguration(
            ConfigurationValues(path: FileSystem.join(module.path, "config.json")), hiddenSize: hiddenSize)
        var size = pooling.outputSize(hiddenSize: hiddenSize)
        var steps: [Step] = []
        for (kind, path) in module.steps {
            if kind == .normalize {
                steps.append(.normalize)
            } else {
                let dense = try DenseConfiguration(
                    ConfigurationValues(path: FileSystem.join(path, "config.json")), folder: path, inputSize: size)
                size = dense.outputSize
                steps.append(.dense(dense))
            }
        }
        self.steps = steps
        outputSize = size

        let path = FileSystem.join(folder, "config_sentence_transformers.json")
        guard FileSystem.kind(of: path) != nil else {
            prompts = []
            defaultPromptName = nil
            similarity = .cosine
            return
        }
        let values = try ConfigurationValues(path: path)
        var prompts: [Prompt] = []
        for (name, value) in try values.nested("prompts")?.object.members ?? [] {
            guard let text = value.stringValue else {
                throw values.refused("prompts", value, allowed: "a text for the prompt \(name.quoted)")
            }
            prompts.append(Prompt(name: name, text: text))
        }
        self.prompts = prompts
        defaultPromptName = try values.string("default_prompt_name")
        if let name = defaultPromptName, !prompts.contains(where: { $0.name == name }) {
            throw CheckpointError(
                .malformed, file: path, "\"default_prompt_name\" is \(name.quoted), which is not among the \"prompts\"")
        }
        similarity = try values.choice("similarity_fn_name", default: .cosine)
    }
}
