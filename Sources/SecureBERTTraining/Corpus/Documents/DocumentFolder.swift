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
        // A folder that `corpus build` has finished lists its shards; one without a list is taken as it is.
        if let listed = try Self.listed(path) {
            self.shards = listed
            return
        }
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

    /// The shards that `corpus.json` lists; nil when there is no such file.
    /// - Throws: ``CorpusError`` when one is missing or not as long as it was.
    private static func listed(_ folder: String) throws -> [Shard]? {
        let list = FileSystem.join(folder, CorpusStatistics.fileName)
        guard FileSystem.kind(of: list) == .file else { return nil }
        let json = try FileSystem.readJSON(list, limit: 256 << 20)
        guard json["format"]?.stringValue == CorpusStatistics.format else { return nil }
        var shards: [Shard] = []
        for entry in json["shards"]?.arrayValue ?? [] {
            guard let name = entry["name"]?.stringValue, ContainedPath.isPlainName(name),
                let split = entry["split"]?.stringValue, let bytes = entry["bytes"]?.integerValue
            else {
                throw CorpusError(.malformed, file: list, "lists a shard without name, split and bytes")
            }
            let path = FileSystem.join(folder, name + ".jsonl")
            let found = try FileSource(path: path).byteCount
            guard found == bytes else {
                throw CorpusError(
                    .damaged, file: path, "is \(found) bytes long, expected \(bytes); build the corpus again")
            }
            shards.append(Shard(path: path, name: name, split: split))
        }
        return shards.sorted { FileSystem.bytesAscending($0.name, $1.name) }
    }

    /// "train" of "train-000".
    private static func split(of name: String) -> String {
        guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return name }
        let number = name[name.index(after: dash)...]
        return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? String(name[..<dash]) : name
    }
}
