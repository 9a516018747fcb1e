import Crypto
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor

/// Vectors of the texts of entries: made once, kept in a file beside the knowledge files.
public struct EntryVectors: Sendable {
    /// Whose vectors.
    public enum Subject: String, Sendable, CaseIterable {
        case techniques, controls

        /// The file in the folder of the knowledge base.
        public var fileName: String {
            self == .techniques ? "technique-vectors.safetensors" : "control-vectors.safetensors"
        }

        /// What the file says it is.
        fileprivate var format: String {
            self == .techniques ? "securebert-technique-vectors-1" : "securebert-control-vectors-1"
        }

        /// Those entries of a knowledge base that have a vector.
        public func entries(of knowledge: KnowledgeBase) -> [KnowledgeEntry] {
            knowledge.entries.filter { $0.kind == (self == .techniques ? .technique : .control) }
        }

        /// What is embedded of an entry; of several texts the mean of their unit vectors counts.
        fileprivate func texts(_ entry: KnowledgeEntry) -> [String] {
            guard self == .controls else { return ["\(entry.name) \(entry.text)"] }
            return ["\(entry.name) \(entry.text)", entry.name, entry.guidance].filter { !$0.isEmpty }
        }
    }

    /// Ids of the entries.
    public let ids: [String]
    /// For each a vector of the encoder.
    public let vectors: [[Float]]
    private let subject: Subject
    private let digest: String

    /// Embeds the texts of entries.
    /// - Parameters:
    ///   - entries: In any order.
    ///   - subject: What they are.
    ///   - encoder: Makes the vectors.
    ///   - progress: Told how many texts are done.
    public init(
        of entries: [KnowledgeEntry], _ subject: Subject, _ encoder: SentenceEncoder,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let texts = entries.map(subject.texts)
        let all = Array(texts.joined())
        var single: [[Float]] = []
        for start in stride(from: 0, to: all.count, by: 32) {
            single += try encoder(Array(all[start..<min(start + 32, all.count)])).map(\.vector)
            progress(single.count, all.count)
        }
        var rest = single[...]
        vectors = texts.map { texts in
            defer { rest = rest.dropFirst(texts.count) }
            return Self.mean(Array(rest.prefix(texts.count)))
        }
        (ids, digest, self.subject) = (entries.map(\.id), Self.digest(entries, subject), subject)
    }

    /// The mean of unit vectors; a single vector as it is.
    private static func mean(_ vectors: [[Float]]) -> [Float] {
        guard vectors.count > 1, var sum = vectors.first else { return vectors.first ?? [] }
        for index in sum.indices {
            sum[index] = vectors.reduce(0) { $0 + $1[index] } / Float(vectors.count)
        }
        return sum
    }

    /// SHA-256 of ids and texts: vectors are of these and no others.
    private static func digest(_ entries: [KnowledgeEntry], _ subject: Subject) -> String {
        var hash = SHA256()
        for entry in entries {
            let text = subject.texts(entry).joined(separator: "\u{1F}")
            hash.update(data: Array("\(entry.id)\u{1F}\(text)\u{1E}".utf8))
        }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads those of a folder; nil when it has none, or they are of other entries, other texts or another encoder.
    /// - Parameters:
    ///   - folder: That of the knowledge files.
    ///   - subject: Whose vectors.
    ///   - knowledge: Where the entries are from.
    ///   - encoder: Embeds one entry again, which tells whether it made the others.
    ///   - compute: Where halves become floats.
    /// - Throws: `CheckpointError` when the file is malformed.
    public init?(
        folder: String, _ subject: Subject, knowledge: KnowledgeBase, _ encoder: SentenceEncoder, _ compute: Compute
    ) throws {
        let path = FileSystem.join(folder, subject.fileName)
        guard FileSystem.kind(of: path) != nil else { return nil }
        let file = try SafetensorsFile(path: path)
        let metadata = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let entries = subject.entries(of: knowledge)
        let size = encoder.outputSize
        digest = Self.digest(entries, subject)
        guard metadata["format"] == subject.format, metadata[subject.rawValue] == digest, let first = entries.first,
            file.tensorDescription(named: "vectors")?.shape.dimensions == [entries.count, size]
        else { return nil }
        let values = try compute.float32(file.tensor(named: "vectors")).floats()
        guard values.allSatisfy(\.isFinite) else {
            throw CheckpointError(
                .malformed, file: path, "has values that are not finite; make it again with securebert knowledge index")
        }
        (ids, self.subject) = (entries.map(\.id), subject)
        vectors = stride(from: 0, to: values.count, by: size).map { Array(values[$0..<($0 + size)]) }
        // Halves differ from floats in the fourth digit, other encoders in the first.
        let again = try EntryVectors(of: [first], subject, encoder)
        guard Similarity(again.vectors[0], vectors[0]).value > 0.999 else { return nil }
    }

    /// Writes them in half precision.
    /// - Throws: `CheckpointError` when that fails.
    public func write(toFolder folder: String, _ compute: Compute) throws {
        let size = vectors.first?.count ?? 0
        let tensor = try Tensor(vectors.flatMap(\.self), shape: [vectors.count, size])
        try SafetensorsWriter.write(
            [("vectors", compute.converted(tensor, to: .float16))],
            metadata: [("format", subject.format), (subject.rawValue, digest)],
            to: FileSystem.join(folder, subject.fileName))
    }
}
