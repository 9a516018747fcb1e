import SecureBERTCheckpoint
import SecureBERTJSON

/// What is in a token corpus, by split, source and kind.
public struct TokenCorpusSummary: Sendable {
    /// Counts of some documents.
    public struct Counts: Sendable, Equatable {
        /// Documents.
        public var documents = 0
        /// Ids.
        public var tokens = 0
        /// Bytes of text.
        public var bytes = 0

        /// No documents.
        public init() {}
    }

    /// A source's documents of one kind.
    public struct Group: Hashable, Sendable {
        /// Name of the source.
        public let source: String
        /// Text or code.
        public let kind: DocumentKind
    }

    /// SHA-256 of the tokenizer in hexadecimal.
    public let tokenizerDigest: String
    /// Path of the tokenizer.
    public let tokenizerPath: String
    /// One more than the largest id.
    public let vocabularySize: Int
    /// Counts by split.
    public private(set) var splits: [String: Counts] = [:]
    /// Counts by source and kind, all splits together.
    public private(set) var groups: [Group: Counts] = [:]
    /// Shards in all.
    public private(set) var shards = 0
    /// Shards that were there already.
    public private(set) var keptShards = 0
    /// Documents left out because they gave no ids.
    public private(set) var emptyDocuments = 0

    init(tokenizer: DocumentTokenizer) {
        tokenizerDigest = tokenizer.digestText
        tokenizerPath = tokenizer.path
        vocabularySize = tokenizer.tokenizer.idBound
    }

    /// Documents in all.
    public var documents: Int { splits.values.reduce(0) { $0 + $1.documents } }
    /// Ids in all.
    public var tokens: Int { splits.values.reduce(0) { $0 + $1.tokens } }
    /// Bytes of text in all.
    public var bytes: Int { splits.values.reduce(0) { $0 + $1.bytes } }

    mutating func add(_ shard: TokenShard, split: String, isKept: Bool) {
        shards += 1
        keptShards += isKept ? 1 : 0
        emptyDocuments += shard.emptyDocuments
        for document in 0..<shard.documentCount {
            let group = Group(source: shard.sources[shard.source(of: document)], kind: shard.kind(of: document))
            let tokens = shard.range(of: document).count
            let bytes = shard.byteCount(of: document)
            splits[split, default: Counts()].add(tokens: tokens, bytes: bytes)
            groups[group, default: Counts()].add(tokens: tokens, bytes: bytes)
        }
    }

    /// The summary as JSON, without the shards.
    public var json: JSON { .object(.init(members)) }

    func manifest(_ shards: [TokenManifest.Shard]) -> JSON {
        let head: [JSON.Object.Member] = [
            ("format", .string(TokenManifest.format)), ("version", .integer(Int(TokenShardFormat.version))),
        ]
        let list = shards.map { shard -> JSON in
            [
                "name": .string(shard.name), "split": .string(shard.split), "index_sha256": .string(shard.index),
            ]
        }
        return .object(.init(head + members + [("shards", .array(list))]))
    }

    private var members: [JSON.Object.Member] {
        let splits = splits.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.json) }
        let groups = groups.sorted { ($0.key.source, $0.key.kind.rawValue) < ($1.key.source, $1.key.kind.rawValue) }
            .map { group, counts -> JSON in
                let names: [JSON.Object.Member] = [
                    ("source", .string(group.source)), ("kind", .string(group.kind.rawValue)),
                ]
                return .object(.init(names + counts.members))
            }
        return [
            (
                "tokenizer",
                ["sha256": .string(tokenizerDigest), "vocabulary_size": .integer(vocabularySize)]
            ),
            ("documents", .integer(documents)), ("tokens", .integer(tokens)), ("bytes", .integer(bytes)),
            ("empty_documents", .integer(emptyDocuments)), ("splits", .object(.init(splits))),
            ("sources", .array(groups)),
        ]
    }
}

extension TokenCorpusSummary.Counts {
    fileprivate mutating func add(tokens: Int, bytes: Int) {
        documents += 1
        self.tokens += tokens
        self.bytes += bytes
    }

    fileprivate var members: [JSON.Object.Member] {
        [("documents", .integer(documents)), ("tokens", .integer(tokens)), ("bytes", .integer(bytes))]
    }

    fileprivate var json: JSON { .object(.init(members)) }
}
