import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor

/// Vectors of the descriptions of techniques: made once, kept in a file beside the knowledge files.
public struct TechniqueVectors: Sendable {
    /// The file in the folder of the knowledge base.
    public static let fileName = "technique-vectors.safetensors"
    private static let format = "securebert-technique-vectors-1"

    /// Ids of the techniques.
    public let ids: [String]
    /// For each a vector of the encoder.
    public let vectors: [[Float]]

    /// Embeds the name and description of every technique.
    /// - Parameters:
    ///   - knowledge: Where the techniques are from.
    ///   - encoder: Makes the vectors.
    ///   - progress: Told how many are done.
    public init(
        of knowledge: KnowledgeBase, _ encoder: SentenceEncoder,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let techniques = knowledge.entries.filter { $0.kind == .technique }
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: techniques.count, by: 32) {
            let batch = techniques[start..<min(start + 32, techniques.count)]
            vectors += try encoder(batch.map { "\($0.name) \($0.text)" }).map(\.vector)
            progress(vectors.count, techniques.count)
        }
        (ids, self.vectors) = (techniques.map(\.id), vectors)
    }

    /// Reads those of a folder; nil when it has none, or they are of other techniques or another encoder.
    /// - Parameters:
    ///   - folder: That of the knowledge files.
    ///   - knowledge: Where the techniques are from.
    ///   - encoder: What the encoder is called.
    ///   - size: Elements of its vectors.
    ///   - compute: Where halves become floats.
    /// - Throws: `CheckpointError` when the file is malformed.
    public init?(
        folder: String, knowledge: KnowledgeBase, encoder: String, size: Int, _ compute: Compute
    ) throws {
        let path = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: path) != nil else { return nil }
        let file = try SafetensorsFile(path: path)
        let metadata = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let ids = knowledge.entries.filter { $0.kind == .technique }.map(\.id)
        guard metadata["format"] == Self.format, metadata["encoder"] == encoder,
            metadata["techniques"] == ids.joined(separator: " "),
            file.tensorDescription(named: "vectors")?.shape.dimensions == [ids.count, size]
        else { return nil }
        let values = try compute.float32(file.tensor(named: "vectors")).floats()
        guard values.allSatisfy(\.isFinite) else {
            throw CheckpointError(
                .malformed, file: path, "has values that are not finite; make it again with securebert knowledge index")
        }
        self.ids = ids
        vectors = stride(from: 0, to: values.count, by: size).map { Array(values[$0..<($0 + size)]) }
    }

    /// Writes them in half precision.
    /// - Throws: `CheckpointError` when that fails.
    public func write(toFolder folder: String, encoder: String, _ compute: Compute) throws {
        let size = vectors.first?.count ?? 0
        let tensor = try Tensor(vectors.flatMap(\.self), shape: [vectors.count, size])
        try SafetensorsWriter.write(
            [("vectors", compute.converted(tensor, to: .float16))],
            metadata: [("format", Self.format), ("encoder", encoder), ("techniques", ids.joined(separator: " "))],
            to: FileSystem.join(folder, Self.fileName))
    }
}
