import SecureBERTCheckpoint
import SecureBERTTensor

/// A corpus as token ids, mapped into memory: what pretraining reads.
///
/// `securebert corpus tokenize` makes such a folder. Documents are numbered 0..<``documentCount``; the documents of a
/// split are a range of those numbers. Ids are those of the tokenizer without special tokens. Any number of threads may
/// read at the same time.
///
/// ```swift
/// let corpus = try TokenCorpus(folder: "tokens")
/// for document in try corpus.documents(in: "train") { train(on: corpus.ids(of: document)) }
/// ```
public struct TokenCorpus: Sendable {
    /// The folder.
    public let folder: String
    /// One more than the largest id there can be.
    public let vocabularySize: Int
    /// SHA-256 of the tokenizer's tokenizer.json in hexadecimal.
    public let tokenizerDigest: String
    /// The splits, such as "train" and "valid", sorted.
    public let splits: [String]
    /// The names of all sources, sorted; ``source(of:)`` is an index into them.
    public let sources: [String]
    /// Number of documents in all splits.
    public let documentCount: Int
    /// Number of ids in all splits.
    public let tokenCount: Int
    /// SHA-256 of each shard's index, in hexadecimal and in the order of the documents: two corpora with equal values have
    /// equal documents.
    public let shardDigests: [String]

    private let shards: [TokenShard]
    /// Number of the first document of each shard, and the total.
    private let firstDocuments: [Int]
    private let ranges: [String: Range<Int>]
    private let tokens: [String: Int]
    /// For each shard, the number in ``sources`` of each of its sources.
    private let sourceNumbers: [[Int32]]

    /// Opens a folder and checks every shard.
    /// - Parameters:
    ///   - folder: the folder with `tokens.json`.
    ///   - checksIDs: whether to read all ids once to check their checksum and range (about a second per gigabyte).
    ///     Without it damage to the ids themselves is not noticed.
    /// - Throws: ``CorpusError`` or `CheckpointError` naming the file that is missing, cut short, damaged or made with
    ///   another tokenizer or version.
    public init(folder: String, checksIDs: Bool = true) throws {
        let manifest = try TokenManifest(folder: folder)
        let order = manifest.shards.sorted { ($0.split, $0.name) < ($1.split, $1.name) }
        var shards: [TokenShard] = []
        var firstDocuments = [0]
        var ranges: [String: Range<Int>] = [:]
        var tokens: [String: Int] = [:]
        for entry in order {
            let shard = try TokenShard(path: FileSystem.join(folder, entry.name), checksIDs: checksIDs)
            guard shard.tokenizer.hex == manifest.tokenizer, shard.vocabularySize == manifest.vocabularySize else {
                throw CorpusError(
                    .mismatch, file: shard.path + ".index",
                    "was made with another tokenizer than the rest of the folder; run securebert corpus tokenize again")
            }
            guard shard.indexDigest.hex == entry.index else {
                throw CorpusError(
                    .mismatch, file: shard.path + ".index",
                    "is not the one that \(TokenManifest.fileName) lists; run securebert corpus tokenize again")
            }
            let first = firstDocuments[firstDocuments.count - 1]
            let end = first + shard.documentCount
            ranges[entry.split] = (ranges[entry.split]?.lowerBound ?? first)..<end
            tokens[entry.split, default: 0] += shard.tokenCount
            firstDocuments.append(end)
            shards.append(shard)
        }
        let names = Set(shards.flatMap(\.sources)).sorted(by: FileSystem.bytesAscending)
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
        self.folder = folder
        vocabularySize = manifest.vocabularySize
        tokenizerDigest = manifest.tokenizer
        splits = ranges.keys.sorted(by: FileSystem.bytesAscending)
        sources = names
        documentCount = firstDocuments[firstDocuments.count - 1]
        tokenCount = shards.reduce(0) { $0 + $1.tokenCount }
        shardDigests = order.map(\.index)
        sourceNumbers = shards.map { shard in shard.sources.map { numbers[$0] ?? 0 } }
        self.shards = shards
        self.firstDocuments = firstDocuments
        self.ranges = ranges
        self.tokens = tokens
        guard documentCount > 0 else {
            throw CorpusError(.empty, file: folder, "holds no documents")
        }
    }

    // MARK: - Splits

    /// The numbers of the documents of a split.
    /// - Throws: ``CorpusError`` when there is no such split.
    public func documents(in split: String) throws(CorpusError) -> Range<Int> {
        guard let range = ranges[split] else {
            throw CorpusError(
                .invalidRequest, file: folder,
                "has no split \(split.quoted), only \(splits.map(\.quoted).joined(separator: ", "))")
        }
        return range
    }

    /// Number of ids in a split; 0 for one that does not exist.
    public func tokenCount(in split: String) -> Int { tokens[split] ?? 0 }

    // MARK: - Documents

    /// The ids of a document. The number must be in 0..<``documentCount``, here and below.
    public func ids(of document: Int) -> [Int32] {
        var ids: [Int32] = []
        appendIDs(of: document, to: &ids)
        return ids
    }

    /// Appends the ids of a document, or some of them.
    /// - Parameters:
    ///   - document: number of the document.
    ///   - range: positions in the document; nil for all. Must be inside of 0..<`length(of:)`.
    ///   - out: where they are appended.
    public func appendIDs(of document: Int, in range: Range<Int>? = nil, to out: inout [Int32]) {
        let (shard, local) = locate(document)
        let all = shard.range(of: local)
        let part = range ?? 0..<all.count
        precondition(part.lowerBound >= 0 && part.upperBound <= all.count, "ids \(part) of a document of \(all.count)")
        out.reserveCapacity(out.count + part.count)
        shard.appendIDs(all.lowerBound + part.lowerBound..<all.lowerBound + part.upperBound, to: &out)
    }

    /// Number of ids of a document; at least 1.
    public func length(of document: Int) -> Int {
        let (shard, local) = locate(document)
        return shard.range(of: local).count
    }

    /// Whether a document is text or code.
    public func kind(of document: Int) -> DocumentKind {
        let (shard, local) = locate(document)
        return shard.kind(of: local)
    }

    /// Number of a document's source in ``sources``.
    public func source(of document: Int) -> Int {
        let (number, local) = position(document)
        return Int(sourceNumbers[number][shards[number].source(of: local)])
    }

    /// Length of a document's text in bytes.
    public func byteCount(of document: Int) -> Int {
        let (shard, local) = locate(document)
        return shard.byteCount(of: local)
    }

    private func locate(_ document: Int) -> (TokenShard, Int) {
        let (number, local) = position(document)
        return (shards[number], local)
    }

    /// Number of the shard that has a document, and the document's number in it.
    private func position(_ document: Int) -> (shard: Int, document: Int) {
        precondition(document >= 0 && document < documentCount, "document \(document) of \(documentCount)")
        var low = 0
        var high = shards.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if firstDocuments[middle] <= document { low = middle } else { high = middle - 1 }
        }
        return (low, document - firstDocuments[low])
    }
}
