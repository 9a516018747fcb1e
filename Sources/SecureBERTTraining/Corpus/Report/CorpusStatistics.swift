import SecureBERTCheckpoint
import SecureBERTJSON

/// What is in a corpus and what was left out: `corpus.json`.
public struct CorpusStatistics: Sendable {
    static let fileName = "corpus.json"
    static let reportName = "report.html"
    static let format = "securebert-corpus"
    static let version = 1

    /// Counts of some documents.
    public struct Counts: Sendable, Equatable {
        /// Documents.
        public var documents = 0
        /// Bytes of text.
        public var bytes = 0
        /// Tokens; 0 when no tokenizer was given.
        public var tokens = 0

        mutating func add(_ documents: Int = 1, bytes: Int, tokens: Int) {
            self.documents += documents
            self.bytes += bytes
            self.tokens += tokens
        }
    }

    /// Documents that share their source, kind and licence.
    public struct Group: Hashable, Sendable {
        /// Name of the source.
        public let source: String
        /// Text or code.
        public let kind: DocumentKind
        /// The licence.
        public let license: String
    }

    /// Name of the corpus.
    public internal(set) var name = ""
    /// SHA-256 of the recipe in hexadecimal.
    public internal(set) var recipeDigest = ""
    /// SHA-256 of the tokenizer that counted, in hexadecimal; nil when none did.
    public internal(set) var tokenizerDigest: String?
    /// Kept documents by split.
    public internal(set) var splits: [String: Counts] = [:]
    /// Kept documents by source, kind and licence.
    public internal(set) var groups: [Group: Counts] = [:]
    /// Documents left out by reason, in the order of the steps; duplicates, caps and weights at the end.
    public internal(set) var dropped: [(reason: String, documents: Int)] = []
    /// Documents of text that were read, by language.
    public internal(set) var languages: [String: Int] = [:]
    /// Files read.
    public internal(set) var files = 0
    /// Uncompressed bytes of those.
    public internal(set) var inputBytes = 0
    /// Documents before the filters.
    public internal(set) var documentsRead = 0
    /// Bytes of their text.
    public internal(set) var bytesRead = 0
    /// Documents that lost a paragraph or all because of an evaluation set.
    public internal(set) var decontaminated = 0
    /// Different runs of words of the evaluation sets.
    public internal(set) var evaluationRuns = 0
    /// Files that could not be read, with the reason.
    public internal(set) var unreadable: [String] = []
    /// Sources that were left out because their folder does not exist.
    public internal(set) var missing: [String] = []
    var shards: [(name: String, split: String, documents: Int, bytes: Int, digest: String)] = []

    init() {}

    /// Documents in all splits.
    public var documents: Int { splits.values.reduce(0) { $0 + $1.documents } }
    /// Bytes of text in all splits.
    public var bytes: Int { splits.values.reduce(0) { $0 + $1.bytes } }
    /// Tokens in all splits.
    public var tokens: Int { splits.values.reduce(0) { $0 + $1.tokens } }

    /// Sums of the groups by some property, largest first.
    public func counts<Key: Hashable & Comparable>(by key: (Group) -> Key) -> [(key: Key, counts: Counts)] {
        var sums: [Key: Counts] = [:]
        for (group, counts) in groups {
            sums[key(group), default: Counts()].add(counts.documents, bytes: counts.bytes, tokens: counts.tokens)
        }
        return sums.map { (key: $0.key, counts: $0.value) }.sorted {
            ($1.counts.bytes, $0.key) < ($0.counts.bytes, $1.key)
        }
    }
}

extension CorpusStatistics {
    /// Counts what a selection keeps and drops.
    init(
        _ recipe: CorpusRecipe, _ selection: CorpusSelection, _ partitions: [(file: PartitionFile, source: Int)],
        _ options: CorpusBuilder.Options
    ) {
        name = recipe.name
        recipeDigest = recipe.digest
        tokenizerDigest = options.tokenizer?.digestText
        var read = SourceCounts()
        var fates: [DocumentFate: Int] = [:]
        for (number, (file, source)) in partitions.enumerated() {
            _ = read.add(file.counts)
            file.forEachRecord { document, record in
                let index = selection.starts[number] + document
                let fate = selection.fates[index]
                fates[fate, default: 0] += 1
                guard fate.isKept else { return }
                let group = Group(
                    source: file.counts.sources[Int(record.source)], kind: record.kind,
                    license: file.counts.licenses[Int(record.license)])
                for _ in 0..<selection.copies(index, source: source) {
                    groups[group, default: Counts()].add(bytes: Int(record.textBytes), tokens: Int(record.tokens))
                    splits[fate.split, default: Counts()].add(bytes: Int(record.textBytes), tokens: Int(record.tokens))
                }
            }
        }
        dropped = DropReason.allCases.map { (reason: $0.rawValue, documents: read.dropped[$0] ?? 0) }
        let late: [(String, DocumentFate)] = [
            ("exact duplicate", .exactDuplicate), ("near duplicate", .nearDuplicate), ("above the cap", .capped),
            ("by weight", .sampledOut),
        ]
        dropped += late.map { (reason: $0.0, documents: fates[$0.1] ?? 0) }
        languages = read.languages
        (files, inputBytes, documentsRead, bytesRead) = (read.files, read.inputBytes, read.documents, read.bytes)
        decontaminated = read.decontaminated
        unreadable = read.unreadable
    }

    /// Bytes of text by split.
    var splitBytes: [DocumentFate: Int] {
        let all: [DocumentFate] = [.train, .valid, .test]
        return Dictionary(uniqueKeysWithValues: all.map { ($0, splits[$0.split]?.bytes ?? 0) })
    }

    mutating func add(_ written: [CorpusWriter.Shard]) {
        shards = written.map { ($0.name, $0.split.split, $0.documents, $0.bytes, $0.digest) }
    }
}

extension CorpusStatistics {
    /// The statistics as JSON.
    public var json: JSON {
        let groups = groups.sorted {
            ($0.key.source, $0.key.kind.rawValue, $0.key.license) < (
                $1.key.source, $1.key.kind.rawValue, $1.key.license
            )
        }
        let lists: [JSON.Object.Member] = [
            (
                "splits",
                .object(
                    .init(
                        splits.sorted { $0.key < $1.key }.map { (key: $0.key, value: .object(.init($0.value.members))) }
                    ))
            ),
            (
                "sources",
                .array(
                    groups.map { group, counts in
                        let names: [JSON.Object.Member] = [
                            ("source", .string(group.source)), ("kind", .string(group.kind.rawValue)),
                            ("license", .string(group.license)),
                        ]
                        return .object(.init(names + counts.members))
                    })
            ),
            ("dropped", .object(.init(dropped.map { (key: $0.reason, value: .integer($0.documents)) }))),
            (
                "languages",
                .object(.init(languages.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }))
            ),
            ("unreadable", .array(unreadable.map { .string($0) })), ("missing", .array(missing.map { .string($0) })),
            (
                "shards",
                .array(
                    shards.map { shard in
                        [
                            "name": .string(shard.name), "split": .string(shard.split),
                            "documents": .integer(shard.documents), "bytes": .integer(shard.bytes),
                            "sha256": .string(shard.digest),
                        ]
                    })
            ),
        ]
        let head: [JSON.Object.Member] = [
            ("format", .string(Self.format)), ("version", .integer(Self.version)), ("name", .string(name)),
            ("recipe_sha256", .string(recipeDigest)),
            ("tokenizer_sha256", tokenizerDigest.map { .string($0) } ?? .null), ("documents", .integer(documents)),
            ("bytes", .integer(bytes)), ("tokens", .integer(tokens)),
            (
                "read",
                [
                    "files": .integer(files), "input_bytes": .integer(inputBytes), "documents": .integer(documentsRead),
                    "bytes": .integer(bytesRead), "decontaminated": .integer(decontaminated),
                    "evaluation_runs": .integer(evaluationRuns),
                ]
            ),
        ]
        return .object(.init(head + lists))
    }

    /// Reads the statistics of a folder; counts the documents when it has none.
    /// - Throws: ``CorpusError`` when the folder is no corpus or `corpus.json` is not what it should be.
    public init(folder: String, threads: Int) throws {
        let path = FileSystem.join(folder, Self.fileName)
        guard FileSystem.kind(of: path) != nil else {
            self = try Self.counting(folder: folder, threads: threads)
            return
        }
        let json = try FileSystem.readJSON(path, limit: 256 << 20)
        guard json["format"]?.stringValue == Self.format, json["version"]?.integerValue == Self.version else {
            throw CorpusError(.mismatch, file: path, "is not a corpus of version \(Self.version)")
        }
        self.init()
        name = json["name"]?.stringValue ?? ""
        recipeDigest = json["recipe_sha256"]?.stringValue ?? ""
        tokenizerDigest = json["tokenizer_sha256"]?.stringValue
        for member in json["splits"]?.objectValue?.members ?? [] { splits[member.key] = Counts(member.value) }
        for entry in json["sources"]?.arrayValue ?? [] {
            guard let source = entry["source"]?.stringValue, let license = entry["license"]?.stringValue,
                let kind = entry["kind"]?.stringValue.flatMap(DocumentKind.init(rawValue:))
            else { throw CorpusError(.malformed, file: path, "has a source without name, kind or licence") }
            groups[Group(source: source, kind: kind, license: license)] = Counts(entry)
        }
        dropped = (json["dropped"]?.objectValue?.members ?? []).map { ($0.key, $0.value.integerValue ?? 0) }
        for member in json["languages"]?.objectValue?.members ?? [] {
            languages[member.key] = member.value.integerValue
        }
        files = json["read"]?["files"]?.integerValue ?? 0
        inputBytes = json["read"]?["input_bytes"]?.integerValue ?? 0
        documentsRead = json["read"]?["documents"]?.integerValue ?? 0
        bytesRead = json["read"]?["bytes"]?.integerValue ?? 0
        decontaminated = json["read"]?["decontaminated"]?.integerValue ?? 0
        evaluationRuns = json["read"]?["evaluation_runs"]?.integerValue ?? 0
        unreadable = (json["unreadable"]?.arrayValue ?? []).compactMap(\.stringValue)
        missing = (json["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// Counts the documents of a folder of JSONL.
    private static func counting(folder: String, threads: Int) throws -> CorpusStatistics {
        var statistics = CorpusStatistics()
        for shard in try DocumentFolder(path: folder).shards {
            let file = try OpenedFile(path: shard.path)
            var chunks = LineChunkReader(file, file: shard.path)
            try OrderedPipeline.run(
                threads: threads, produce: { try chunks.next() },
                transform: { chunk -> [Group: Counts] in
                    var groups: [Group: Counts] = [:]
                    try chunk.forEachLine { (line, number) throws(any Error) in
                        let document = try Document(jsonLine: line, place: "\(shard.path), line \(number)")
                        let group = Group(source: document.source, kind: document.kind, license: document.license)
                        groups[group, default: Counts()].add(bytes: document.text.count, tokens: 0)
                    }
                    return groups
                },
                consume: { groups in
                    for (group, counts) in groups {
                        statistics.groups[group, default: Counts()].add(
                            counts.documents, bytes: counts.bytes, tokens: 0)
                        statistics.splits[shard.split, default: Counts()].add(
                            counts.documents, bytes: counts.bytes, tokens: 0)
                    }
                })
            statistics.files += 1
        }
        return statistics
    }

    /// Names of the shards that a folder's `corpus.json` lists; nil when there is none that can be read.
    static func shardNames(folder: String) -> [String]? {
        let path = FileSystem.join(folder, fileName)
        guard let json = try? FileSystem.readJSON(path, limit: 256 << 20), json["format"]?.stringValue == format else {
            return nil
        }
        return (json["shards"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }.filter(
            ContainedPath.isPlainName)
    }
}

extension CorpusStatistics.Counts {
    fileprivate var members: [JSON.Object.Member] {
        [("documents", .integer(documents)), ("bytes", .integer(bytes)), ("tokens", .integer(tokens))]
    }

    fileprivate init(_ json: JSON) {
        documents = json["documents"]?.integerValue ?? 0
        bytes = json["bytes"]?.integerValue ?? 0
        tokens = json["tokens"]?.integerValue ?? 0
    }
}
