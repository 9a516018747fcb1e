/// The files that hold a model's weights.
public enum WeightFiles: Sendable, Hashable {
    case safetensors(path: String)
    case shardedSafetensors(index: String)
    /// `torch.save`; read without executing anything.
    case pickle(path: String)
    case shardedPickle(index: String)

    /// The names looked for in a folder, the preferred first.
    static let names = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]

    /// Finds the weights of a folder: safetensors rather than pickle, one file rather than shards.
    /// - Throws: ``CheckpointError`` when there are none this package reads.
    public init(folder: String) throws(CheckpointError) {
        for name in Self.names {
            let path = FileSystem.join(folder, name)
            guard FileSystem.kind(of: path) != nil else { continue }
            switch name {
            case Self.names[0]: self = .safetensors(path: path)
            case Self.names[1]: self = .shardedSafetensors(index: path)
            case Self.names[2]: self = .pickle(path: path)
            default: self = .shardedPickle(index: path)
            }
            return
        }
        for (name, kind) in [
            ("tf_model.h5", "TensorFlow"), ("flax_model.msgpack", "Flax"), ("onnx", "ONNX"), ("model.onnx", "ONNX"),
            ("adapter_model.safetensors", "adapter"),
        ] where FileSystem.kind(of: FileSystem.join(folder, name)) != nil {
            throw CheckpointError(
                .unsupported, file: folder,
                "has only \(kind) weights (\(name)); expected \(Self.names[0]) or \(Self.names[2])"
                    + (kind == "adapter" ? ", to which an adapter is added first: securebert adapter merge" : ""))
        }
        throw CheckpointError(
            .notFound, file: folder,
            "has no weights, expected one of \(Self.names.joined(separator: ", ")); is the download complete?")
    }

    /// The weights' file, or the index of sharded ones.
    public var path: String {
        switch self {
        case .safetensors(let path), .shardedSafetensors(let path), .pickle(let path), .shardedPickle(let path): path
        }
    }

    /// What the format is called: "safetensors" or "pickle".
    public var format: String {
        switch self {
        case .safetensors, .shardedSafetensors: "safetensors"
        case .pickle, .shardedPickle: "pickle"
        }
    }

    /// Opens the checkpoint; elements are not read.
    /// - Throws: ``CheckpointError`` when a file is missing, unreadable or invalid.
    public func open() throws(CheckpointError) -> any TensorSource {
        switch self {
        case .safetensors(let path): try SafetensorsFile(path: path)
        case .shardedSafetensors(let index): try ShardedCheckpoint(safetensorsIndex: index)
        case .pickle(let path): try PickleCheckpoint(path: path)
        case .shardedPickle(let index): try ShardedCheckpoint(pickleIndex: index)
        }
    }
}
