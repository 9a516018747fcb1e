import SecureBERTCheckpoint

/// A folder of JSONL documents, such as `corpus build` writes: files `SPLIT.jsonl` or `SPLIT-NNN.jsonl`, possibly
/// compressed (`.zst`, `.gz`).
struct DocumentFolder {
    let path: String
    /// Sorted by name.
    let shards: [Shard]

    struct Shard: Sendable {
        let path: String
        /// The file's name without endings.
        let name: String
        /// The name without the number.
        let split: String
    }

    /// - Throws: ``CorpusError`` when the folder does not exist or has no such file.
    init(path: String) throws {
        guard let kind = FileSystem.kind(of: path) else {
            throw CorpusError(.notFound, file: path, "does not exist, expected a folder of JSONL documents")
        }
        guard kind == .folder else {
            throw CorpusError(.malformed, file: path, "is not a folder, expected one with JSONL documents")
        }
        self.path = path
        var shards: [Shard] = []
        for file in try FileSystem.names(inFolder: path) where !file.hasPrefix(".") {
            let plain = Compression.strippedName(file)
            guard plain.hasSuffix(".jsonl") else { continue }
            let name = String(plain.dropLast(".jsonl".count))
            guard !name.isEmpty else { continue }
            if let other = shards.first(where: { $0.name == name }) {
                throw CorpusError(
                    .malformed, file: other.path, "and \(file.printable) are the same shard; remove one of them")
            }
            shards.append(Shard(path: FileSystem.join(path, file), name: name, split: Self.split(of: name)))
        }
        guard !shards.isEmpty else {
            throw CorpusError(
                .empty, file: path,
                "has no documents; expected files such as train-000.jsonl, train-000.jsonl.zst or valid.jsonl")
        }
        self.shards = shards
    }

    /// "train" of "train-000".
    private static func split(of name: String) -> String {
        guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return name }
        let number = name[name.index(after: dash)...]
        return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? String(name[..<dash]) : name
    }
}
