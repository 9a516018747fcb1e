import Crypto
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
    private let digest: String

    /// Embeds the name and description of every technique.
    /// - Parameters:
    ///   - knowledge: Where the techniques are from.
    ///   - encoder: Makes the vectors.
    ///   - progress: Told how many are done.
    public init(
        of knowledge: KnowledgeBase, _ encoder: SentenceEncoder,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let techniques = Self.techniques(knowledge)
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: techniques.count, by: 32) {
            let batch = techniques[start..<min(start + 32, techniques.count)]
            vectors += try encoder(batch.map(Self.text)).map(\.vector)
            progress(vectors.count, techniques.count)
        }
        (ids, digest, self.vectors) = (techniques.map(\.id), Self.digest(techniques), vectors)
    }

    private static func techniques(_ knowledge: KnowledgeBase) -> [KnowledgeEntry] {
        knowledge.entries.filter { $0.kind == .technique }
    }

    private static func text(_ technique: KnowledgeEntry) -> String { "\(technique.name) \(technique.text)" }

    /// SHA-256 of ids and texts: vectors are of these and no others.
    private static func digest(_ techniques: [KnowledgeEntry]) -> String {
        var hash = SHA256()
        for technique in techniques { hash.update(data: Array("\(technique.id)\u{1F}\(text(technique))\u{1E}".utf8)) }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads those of a folder; nil when it has none, or they are of other techniques, other texts or another encoder.
    /// - Parameters:
    ///   - folder: That of the knowledge files.
    ///   - knowledge: Where the techniques are from.
    ///   - encoder: Embeds one description again, which tells whether it made the others.
    ///   - compute: Where halves become floats.
    /// - Throws: `CheckpointError` when the file is malformed.
    public init?(folder: String, knowledge: KnowledgeBase, _ encoder: SentenceEncoder, _ compute: Compute) throws {
        let path = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: path) != nil else { return nil }
        let file = try SafetensorsFile(path: path)
        let metadata = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let techniques = Self.techniques(knowledge)
        let size = encoder.outputSize
        digest = Self.digest(techniques)
        guard metadata["format"] == Self.format, metadata["techniques"] == digest, let first = techniques.first,
            file.tensorDescription(named: "vectors")?.shape.dimensions == [techniques.count, size]
        else { return nil }
        let values = try compute.float32(file.tensor(named: "vectors")).floats()
        guard values.allSatisfy(\.isFinite) else {
            throw CheckpointError(
                .malformed, file: path, "has values that are not finite; make it again with securebert knowledge index")
        }
        ids = techniques.map(\.id)
        vectors = stride(from: 0, to: values.count, by: size).map { Array(values[$0..<($0 + size)]) }
        // Halves differ from floats in the fourth digit, other encoders in the first.
        guard Similarity(try encoder([Self.text(first)])[0].vector, vectors[0]).value > 0.999 else { return nil }
    }

    /// Writes them in half precision.
    /// - Throws: `CheckpointError` when that fails.
    public func write(toFolder folder: String, _ compute: Compute) throws {
        let size = vectors.first?.count ?? 0
        let tensor = try Tensor(vectors.flatMap(\.self), shape: [vectors.count, size])
        try SafetensorsWriter.write(
            [("vectors", compute.converted(tensor, to: .float16))],
            metadata: [("format", Self.format), ("techniques", digest)],
            to: FileSystem.join(folder, Self.fileName))
    }
}
