import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// Writes a model folder anew: weights as one safetensors file of a chosen element type, all else as it is.
///
/// Reads what `ModelFolder` reads, so it also turns `pytorch_model.bin` into safetensors.
public struct ModelConversion {
    private let folder: ModelFolder
    private let type: ElementType
    /// What replaces the folder's own weights and the content of its `config.json`.
    private let replacement: (weights: any TensorSource, configuration: JSON)?

    /// - Parameters:
    ///   - folder: The model.
    ///   - type: `float32`, `float16` or `bfloat16`, for all tensors of numbers with a fraction.
    public init(_ folder: ModelFolder, to type: ElementType) {
        self.folder = folder
        self.type = type
        replacement = nil
    }

    /// A float32 copy of a folder with other weights and another configuration.
    init(_ folder: ModelFolder, weights: any TensorSource, configuration: JSON) {
        self.folder = folder
        type = .float32
        replacement = (weights, configuration)
    }

    /// Writes into an existing folder.
    /// - Throws: `CheckpointError` when something cannot be read or written.
    public func write(to target: String, _ compute: Compute) throws {
        if folder.adapter != nil { try Self.copyTexts(from: folder.modelPath, to: target) }
        try Self.copyTexts(from: folder.path, to: target)
        // Where the model is in its folder; that of an adapter is elsewhere.
        let inner =
            folder.adapter == nil ? String(folder.modelPath.dropFirst(folder.path.count).drop { $0 == "/" }) : ""
        let place = inner.isEmpty ? target : FileSystem.join(target, inner)
        let configuration = FileSystem.join(place, "config.json")
        let json = replacement?.configuration ?? folder.configurationJSON
        try AtomicFile.write(
            Array((Self.configuration(json, type).prettyText + "\n").utf8), to: configuration)
        try writeWeights(FileSystem.join(place, "model.safetensors"), compute)
    }

    private func writeWeights(_ path: String, _ compute: Compute) throws {
        let source = try replacement?.weights ?? folder.weights()
        let fractions: Set<ElementType> = [.float32, .float16, .bfloat16]
        let learned = source.tensorDescriptions.filter { !WeightReader.isBuffer($0.name) }
        let entries = learned.map { description -> SafetensorsWriter.Entry in
            let stored = description.elementType ?? .float32
            return .init(
                name: description.name, type: fractions.contains(stored) ? type : stored, shape: description.shape)
        }
        let writer = try SafetensorsWriter(path: path, tensors: entries, metadata: [("format", "pt")])
        for entry in entries {
            let tensor = try source.tensor(named: entry.name)
            try writer.write(
                tensor.elementType == entry.type
                    ? tensor : compute.converted(compute.float32(tensor), to: entry.type), named: entry.name)
        }
        try writer.finish()
    }

    /// The configuration with the element type that the weights now have.
    private static func configuration(_ json: JSON, _ type: ElementType) -> JSON {
        let members = (json.objectValue?.members ?? []).filter { $0.key != "dtype" && $0.key != "torch_dtype" }
        return .object(.init(members + [("torch_dtype", .string(type.rawValue))]))
    }

    /// Copies settings, vocabulary, card and licence, in the folder and in the folders in it.
    private static func copyTexts(from source: String, to target: String) throws {
        for name in try FileSystem.names(inFolder: source) {
            let (from, to) = (FileSystem.join(source, name), FileSystem.join(target, name))
            switch FileSystem.kind(of: from) {
            case .folder where !FileSystem.isSymbolicLink(from) && !name.hasPrefix("."):
                try FileSystem.makeFolder(to)
                try copyTexts(from: from, to: to)
            case .file where isText(name):
                try AtomicFile.write(FileSystem.read(from, limit: 1 << 30), to: to)
            default: break
            }
        }
    }

    /// A lock is of the old files, an index of the old shards, and an adapter is in the weights or in a folder of its own.
    private static func isText(_ name: String) -> Bool {
        let left = [ModelLock.fileName, AdapterConfiguration.fileName]
        guard !name.hasSuffix(".index.json"), !left.contains(name) else { return false }
        return [".json", ".txt", ".md"].contains { name.hasSuffix($0) } || name.hasPrefix("LICENSE")
    }
}
