import SecureBERTCheckpoint
import SecureBERTJSON

/// `tokens.json`: which shards belong together, and what is in them.
struct TokenManifest: Sendable {
    static let fileName = "tokens.json"
    static let format = "securebert-tokens"

    /// SHA-256 of the tokenizer in hexadecimal.
    var tokenizer: String
    var vocabularySize: Int
    var shards: [Shard]

    struct Shard: Sendable, Equatable {
        /// Name of the files without their endings.
        var name: String
        var split: String
        /// SHA-256 of the index file in hexadecimal.
        var index: String
    }

    init(tokenizer: String, vocabularySize: Int, shards: [Shard]) {
        self.tokenizer = tokenizer
        self.vocabularySize = vocabularySize
        self.shards = shards
    }

    /// Reads the manifest of a folder.
    /// - Throws: ``CorpusError`` when there is none or it is not one.
    init(folder: String) throws {
        let path = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: path) != nil else {
            throw CorpusError(
                .notFound, file: path,
                "does not exist; expected a folder that securebert corpus tokenize has finished, run it (again)")
        }
        let json = try FileSystem.readJSON(path, limit: 64 << 20)
        func malformed(_ problem: String) -> CorpusError { CorpusError(.malformed, file: path, problem) }
        guard json["format"]?.stringValue == Self.format else {
            throw malformed("is not the manifest of a token corpus")
        }
        guard json["version"]?.integerValue == Int(TokenShardFormat.version) else {
            throw CorpusError(
                .mismatch, file: path,
                "has version \(json["version"]?.text.printable ?? "none"), expected \(TokenShardFormat.version)")
        }
        guard let tokenizer = json["tokenizer"]?["sha256"]?.stringValue,
            let size = json["tokenizer"]?["vocabulary_size"]?.integerValue, size > 0, size <= Int(Int32.max),
            let list = json["shards"]?.arrayValue
        else { throw malformed("lacks \"tokenizer\" or \"shards\"") }
        var shards: [Shard] = []
        for entry in list {
            guard let name = entry["name"]?.stringValue, ContainedPath.isPlainName(name),
                let split = entry["split"]?.stringValue, let index = entry["index_sha256"]?.stringValue
            else { throw malformed("\"shards\"[\(shards.count)] is not a shard's name, split and index_sha256") }
            shards.append(Shard(name: name, split: split, index: index))
        }
        self.init(tokenizer: tokenizer, vocabularySize: size, shards: shards)
    }
}
