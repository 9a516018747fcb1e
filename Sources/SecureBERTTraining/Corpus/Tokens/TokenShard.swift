import Crypto
import SecureBERTCheckpoint
import SecureBERTTensor

/// A shard of tokens, mapped into memory and checked.
struct TokenShard: Sendable {
    /// Path without an ending.
    let path: String
    let documentCount: Int
    let tokenCount: Int
    let byteCount: Int
    let emptyDocuments: Int
    let vocabularySize: Int
    let idSize: Int
    let tokenizer: [UInt8]
    let input: [UInt8]
    /// SHA-256 of the whole index file.
    let indexDigest: [UInt8]
    /// Names of the sources in this shard.
    let sources: [String]
    private let ids: MappedFile
    private let index: MappedFile

    /// Opens both files and checks lengths, starts, sources and kinds.
    /// - Parameter checksIDs: whether to read all ids as well, for their checksum and their range.
    /// - Throws: ``CorpusError`` when anything is not as it should be.
    init(path: String, checksIDs: Bool) throws(CorpusError) {
        self.path = path
        index = try Self.map(path + ".index")
        ids = try Self.map(path + ".ids")
        let bytes = index.bytes
        try Self.check(
            bytes, magic: TokenShardFormat.indexMagic, header: TokenShardFormat.indexHeader, file: index.path)
        let body = UnsafeRawBufferPointer(rebasing: bytes[TokenShardFormat.indexHeader...])
        guard UInt64(body.count) == bytes.number(at: 48, UInt64.self),
            SHA256.hash(data: body).elementsEqual(bytes[160..<192])
        else {
            throw CorpusError(
                .damaged, file: index.path,
                "its content is not what its header says, it was cut short or changed; make the shard again")
        }
        guard let documents = Int(exactly: bytes.number(at: 16, UInt64.self)),
            let tokens = Int(exactly: bytes.number(at: 24, UInt64.self)), documents <= body.count, tokens <= Int.max / 8
        else { throw Self.inconsistent(index.path) }
        documentCount = documents
        tokenCount = tokens
        byteCount = Int(clamping: bytes.number(at: 32, UInt64.self))
        emptyDocuments = Int(clamping: bytes.number(at: 56, UInt64.self))
        vocabularySize = Int(bytes.number(at: 44, UInt32.self))
        idSize = Int(bytes.number(at: 12, UInt32.self))
        tokenizer = Array(bytes[64..<96])
        input = Array(bytes[96..<128])
        indexDigest = Array(SHA256.hash(data: bytes))
        sources = try Self.sources(
            body, after: (documents + 1) * 8 + documents * 7, count: Int(bytes.number(at: 40, UInt32.self)),
            file: index.path)
        try checkColumns()
        try checkIDs(reading: checksIDs)
    }

    // MARK: - Documents

    /// Range of a document among the ids of the shard.
    func range(of document: Int) -> Range<Int> { start(document)..<start(document + 1) }

    /// Length of a document's text in bytes.
    func byteCount(of document: Int) -> Int {
        Int(index.bytes.number(at: columns + (documentCount + 1) * 8 + document * 4, UInt32.self))
    }

    /// Number of a document's source in ``sources``.
    func source(of document: Int) -> Int {
        Int(index.bytes.number(at: columns + (documentCount + 1) * 8 + documentCount * 4 + document * 2, UInt16.self))
    }

    /// Whether a document is text or code.
    func kind(of document: Int) -> DocumentKind {
        index.bytes[columns + (documentCount + 1) * 8 + documentCount * 6 + document] == 0 ? .text : .code
    }

    /// Appends ids of the shard.
    func appendIDs(_ range: Range<Int>, to out: inout [Int32]) {
        let base = TokenShardFormat.idsHeader
        if idSize == 2 {
            for position in range {
                out.append(Int32(ids.bytes.number(at: base + position * 2, UInt16.self)))
            }
        } else {
            for position in range { out.append(ids.bytes.number(at: base + position * 4, Int32.self)) }
        }
    }

    private var columns: Int { TokenShardFormat.indexHeader }

    private func start(_ document: Int) -> Int {
        Int(truncatingIfNeeded: index.bytes.number(at: columns + document * 8, UInt64.self))
    }

    // MARK: - Checks

    private static func map(_ path: String) throws(CorpusError) -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch {
            throw CorpusError(error.systemError == 0 ? .malformed : .notFound, file: path, error.problem)
        }
    }

    private static func check(
        _ bytes: UnsafeRawBufferPointer, magic: [UInt8], header: Int, file: String
    ) throws(CorpusError) {
        guard bytes.count >= header, bytes.starts(with: magic) else {
            throw CorpusError(
                .malformed, file: file,
                "is not a token shard, or its beginning is lost; expected a file that securebert corpus tokenize wrote")
        }
        let version = bytes.number(at: 8, UInt32.self)
        guard version == TokenShardFormat.version else {
            throw CorpusError(
                .mismatch, file: file,
                "has version \(version) of the format, expected \(TokenShardFormat.version); make the shard again")
        }
        let idSize = bytes.number(at: 12, UInt32.self)
        guard idSize == 2 || idSize == 4 else {
            throw CorpusError(.malformed, file: file, "says that an id has \(idSize) bytes, expected 2 or 4")
        }
    }

    private static func inconsistent(_ file: String) -> CorpusError {
        CorpusError(.malformed, file: file, "its counts contradict each other; make the shard again")
    }

    private static func sources(
        _ body: UnsafeRawBufferPointer, after start: Int, count: Int, file: String
    ) throws(CorpusError) -> [String] {
        var position = start
        var names: [String] = []
        for _ in 0..<count {
            guard position <= body.count - 4 else { throw inconsistent(file) }
            let length = Int(body.number(at: position, UInt32.self))
            guard length <= body.count - position - 4,
                let name = String(validating: body[(position + 4)..<(position + 4 + length)], as: UTF8.self)
            else { throw inconsistent(file) }
            names.append(name)
            position += 4 + length
        }
        guard position == body.count else { throw inconsistent(file) }
        return names
    }

    private func checkColumns() throws(CorpusError) {
        guard start(0) == 0, start(documentCount) == tokenCount else { throw Self.inconsistent(index.path) }
        for document in 0..<documentCount {
            guard start(document) < start(document + 1) else {
                throw CorpusError(.malformed, file: index.path, "document \(document) ends before it starts")
            }
            guard source(of: document) < sources.count else {
                throw CorpusError(
                    .malformed, file: index.path,
                    "document \(document) has source \(source(of: document)) of \(sources.count)")
            }
        }
        let kinds = columns + (documentCount + 1) * 8 + documentCount * 6
        guard index.bytes[kinds..<(kinds + documentCount)].allSatisfy({ $0 <= 1 }) else {
            throw CorpusError(.malformed, file: index.path, "a document is neither text nor code")
        }
    }

    private func checkIDs(reading: Bool) throws(CorpusError) {
        let bytes = ids.bytes
        try Self.check(bytes, magic: TokenShardFormat.idsMagic, header: TokenShardFormat.idsHeader, file: ids.path)
        let expected = TokenShardFormat.idsHeader + tokenCount * idSize
        guard bytes.count == expected else {
            throw CorpusError(
                .damaged, file: ids.path,
                "is \(bytes.count) bytes long, expected \(expected) for \(tokenCount) ids; make the shard again")
        }
        guard bytes.number(at: 12, UInt32.self) == UInt32(idSize),
            bytes.number(at: 16, UInt64.self) == UInt64(tokenCount), bytes[24..<56].elementsEqual(tokenizer)
        else { throw CorpusError(.mismatch, file: ids.path, "belongs to another index than the one beside it") }
        guard reading else { return }
        let content = UnsafeRawBufferPointer(rebasing: bytes[TokenShardFormat.idsHeader...])
        guard SHA256.hash(data: content).elementsEqual(index.bytes[128..<160]) else {
            throw CorpusError(
                .damaged, file: ids.path, "its ids are not those the index was made for; make the shard again")
        }
        let largest = content.largestID(size: idSize)
        guard largest < UInt32(clamping: vocabularySize) || tokenCount == 0 else {
            throw CorpusError(
                .malformed, file: ids.path,
                "holds the id \(largest), but the vocabulary ends at \(vocabularySize - 1); make the shard again")
        }
    }
}

extension UnsafeRawBufferPointer {
    /// A little-endian number. The offset must be inside.
    func number<Number: FixedWidthInteger>(at offset: Int, _ type: Number.Type) -> Number {
        Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The largest of the ids that these bytes are; 0 when there are none.
    fileprivate func largestID(size: Int) -> UInt32 {
        var largest: UInt32 = 0
        if size == 2 {
            for position in 0..<(count / 2) {
                largest = Swift.max(largest, UInt32(number(at: position * 2, UInt16.self)))
            }
        } else {
            for position in 0..<(count / 4) { largest = Swift.max(largest, number(at: position * 4, UInt32.self)) }
        }
        return largest
    }
}
