import Crypto
import SecureBERTCheckpoint

/// Writes one shard of tokens. The ids go to disk as they come; both files appear under their names complete or not at
/// all, the index last.
final class TokenShardWriter {
    private let ids: AtomicFile
    private let indexPath: String
    private let idSize: Int
    private let vocabularySize: Int
    private let tokenizer: [UInt8]
    private let input: [UInt8]
    private var buffer: [UInt8] = []
    private var written = TokenShardFormat.idsHeader
    private var digest = SHA256()
    private var starts: [UInt64] = [0]
    private var byteCounts: [UInt32] = []
    private var sources: [UInt16] = []
    private var kinds: [UInt8] = []
    private var names: [String] = []
    private var numbers: [String: UInt16] = [:]
    private var textBytes = 0
    private var emptyDocuments = 0

    /// - Parameters:
    ///   - path: path of the shard without an ending.
    ///   - vocabularySize: one more than the largest id there can be.
    ///   - tokenizer: SHA-256 of the tokenizer, 32 bytes.
    ///   - input: SHA-256 of the input, 32 bytes.
    init(path: String, vocabularySize: Int, tokenizer: [UInt8], input: [UInt8]) throws(CheckpointError) {
        ids = try AtomicFile(path: path + ".ids")
        indexPath = path + ".index"
        idSize = TokenShardFormat.idSize(vocabularySize: vocabularySize)
        self.vocabularySize = vocabularySize
        self.tokenizer = tokenizer
        self.input = input
    }

    /// Appends a document. One without ids is counted and left out.
    func append(_ document: TokenizedDocument) throws {
        guard !document.ids.isEmpty else {
            emptyDocuments += 1
            return
        }
        if idSize == 2 {
            for id in document.ids { buffer.append(littleEndian: UInt16(truncatingIfNeeded: id)) }
        } else {
            for id in document.ids { buffer.append(littleEndian: id) }
        }
        starts.append(starts[starts.count - 1] + UInt64(document.ids.count))
        byteCounts.append(UInt32(clamping: document.byteCount))
        kinds.append(document.kind == .code ? 1 : 0)
        sources.append(try number(of: document.source))
        textBytes += document.byteCount
        if buffer.count >= 1 << 20 { try flush() }
    }

    private func number(of source: String) throws(CorpusError) -> UInt16 {
        if let number = numbers[source] { return number }
        guard names.count < TokenShardFormat.maximumSources else {
            throw CorpusError(
                .invalidRequest, file: indexPath,
                "has more than \(TokenShardFormat.maximumSources) sources; name sources, not documents, in \"source\"")
        }
        let number = UInt16(names.count)
        names.append(source)
        numbers[source] = number
        return number
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { bytes in
            digest.update(bufferPointer: bytes)
            try ids.write(bytes, at: written)
        }
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left and puts both files in place.
    func commit() throws {
        try flush()
        var header = TokenShardFormat.idsMagic
        header.append(littleEndian: TokenShardFormat.version)
        header.append(littleEndian: UInt32(idSize))
        header.append(littleEndian: starts[starts.count - 1])
        header.append(contentsOf: tokenizer)
        header.append(littleEndian: UInt64(0))
        try header.withUnsafeBytes { try ids.write($0, at: 0) }
        try ids.commit()
        try AtomicFile.write(index(), to: indexPath)
    }

    private func index() -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(starts.count * 15)
        for start in starts { body.append(littleEndian: start) }
        for count in byteCounts { body.append(littleEndian: count) }
        for source in sources { body.append(littleEndian: source) }
        body.append(contentsOf: kinds)
        for name in names {
            let name = Array(name.utf8)
            body.append(littleEndian: UInt32(clamping: name.count))
            body.append(contentsOf: name)
        }
        var header = TokenShardFormat.indexMagic
        header.append(littleEndian: TokenShardFormat.version)
        header.append(littleEndian: UInt32(idSize))
        header.append(littleEndian: UInt64(kinds.count))
        header.append(littleEndian: starts[starts.count - 1])
        header.append(littleEndian: UInt64(textBytes))
        header.append(littleEndian: UInt32(names.count))
        header.append(littleEndian: UInt32(clamping: vocabularySize))
        header.append(littleEndian: UInt64(body.count))
        header.append(littleEndian: UInt64(emptyDocuments))
        header.append(contentsOf: tokenizer)
        header.append(contentsOf: input)
        header.append(contentsOf: digest.finalize())
        header.append(contentsOf: SHA256.hash(data: body))
        return header + body
    }
}

/// A document as ids, without special tokens.
struct TokenizedDocument: Sendable {
    let ids: [Int32]
    let source: String
    let kind: DocumentKind
    /// Length of the text in bytes.
    let byteCount: Int
}
