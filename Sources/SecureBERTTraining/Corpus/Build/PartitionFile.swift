import Crypto
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// The processed documents of one partition of the inputs, on disk until the corpus is written.
///
/// | bytes | header |
/// |---|---|
/// | 0..<8 | "SBERTPRT" |
/// | 8..<12 | version |
/// | 12..<16 | bytes of a signature |
/// | 16..<24 | documents |
/// | 24..<32 | bytes of the lines |
/// | 32..<40 | bytes of the counts |
/// | 40..<64 | zero |
/// | 64..<96 | SHA-256 of the inputs, the source and the recipe's rules: the partition's key |
/// | 96..<128 | SHA-256 of everything behind the header |
///
/// Then the JSON lines, a record of 40 bytes for each document, the signatures, and the counts as JSON.
enum PartitionFormat {
    static let version: UInt32 = 1
    static let magic = Array("SBERTPRT".utf8)
    static let header = 128
    static let record = 40

    static func path(_ folder: String, key: [UInt8]) -> String {
        FileSystem.join(folder, "\(key.prefix(12).hex).part")
    }
}

/// Writes a partition; it appears under its name when it is complete.
final class PartitionWriter {
    private let file: AtomicFile
    private let key: [UInt8]
    private let signatureBytes: Int
    private var digest = SHA256()
    private var position = PartitionFormat.header
    // These stand behind the lines, and one file may have tens of millions of documents.
    private let records: SpillFile
    private let signatures: SpillFile
    private var count = 0
    private var counts = SourceCounts()

    init(folder: String, key: [UInt8], signatureBytes: Int) throws {
        file = try AtomicFile(path: PartitionFormat.path(folder, key: key))
        records = try SpillFile(folder: folder)
        signatures = try SpillFile(folder: folder)
        self.key = key
        self.signatureBytes = signatureBytes
    }

    /// Appends processed documents.
    func append(_ documents: ProcessedDocuments) throws {
        try documents.lines.withUnsafeBytes(write)
        let numbers = counts.add(documents.counts)
        var records: [UInt8] = []
        records.reserveCapacity(documents.records.count * PartitionFormat.record)
        for record in documents.records {
            records.append(littleEndian: record.contentHash)
            records.append(littleEndian: record.identity)
            records.append(littleEndian: record.lineBytes)
            records.append(littleEndian: record.textBytes)
            records.append(littleEndian: record.tokens)
            records.append(littleEndian: numbers.sources[Int(record.source)])
            records.append(littleEndian: numbers.licenses[Int(record.license)])
            records.append(littleEndian: UInt64(record.kind == .code ? 1 : 0))
        }
        try records.withUnsafeBytes(self.records.append)
        try documents.signatures.withUnsafeBytes(signatures.append)
        count += documents.records.count
    }

    /// Completes the file.
    func commit() throws {
        let lineBytes = position - PartitionFormat.header
        for spill in [records, signatures] {
            try spill.flush()
            try spill.forEachPiece { try write($0) }
        }
        let json = Array(counts.json.text.utf8)
        try json.withUnsafeBytes(write)
        var header = PartitionFormat.magic
        header.append(littleEndian: PartitionFormat.version)
        header.append(littleEndian: UInt32(signatureBytes))
        for number in [count, lineBytes, json.count, 0, 0, 0] { header.append(littleEndian: UInt64(number)) }
        header += key
        header += Array(digest.finalize())
        try header.withUnsafeBytes { try file.write($0, at: 0) }
        try file.commit()
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bufferPointer: bytes)
        try file.write(bytes, at: position)
        position += bytes.count
    }
}

/// A finished partition, mapped into memory.
struct PartitionFile {
    let path: String
    let documentCount: Int
    let counts: SourceCounts
    private let file: MappedFile
    private let signatureBytes: Int
    private let lineBytes: Int

    /// - Parameter key: nil to accept any; otherwise the content is checked as well, and nil is returned for a file that is not
    ///   the one wanted, complete and undamaged.
    init?(path: String, key: [UInt8]) {
        guard let partition = try? PartitionFile(path: path), partition.file.bytes[64..<96].elementsEqual(key),
            partition.digest().elementsEqual(partition.file.bytes[96..<128])
        else { return nil }
        self = partition
    }

    /// Opens a partition that this program has written or checked.
    /// - Throws: ``CorpusError`` when it is not one.
    init(path: String) throws {
        file = try FileSystem.map(path)
        self.path = path
        let bytes = file.bytes
        let damaged = CorpusError(.damaged, file: path, "is not a finished partition; remove it and build again")
        guard bytes.count >= PartitionFormat.header, bytes.starts(with: PartitionFormat.magic),
            bytes.number(at: 8, UInt32.self) == PartitionFormat.version,
            let count = Int(exactly: bytes.number(at: 16, UInt64.self)), count <= bytes.count / PartitionFormat.record,
            let lines = Int(exactly: bytes.number(at: 24, UInt64.self)), lines <= bytes.count,
            let json = Int(exactly: bytes.number(at: 32, UInt64.self)), json <= bytes.count
        else { throw damaged }
        signatureBytes = Int(bytes.number(at: 12, UInt32.self))
        guard signatureBytes <= 4096,
            bytes.count == PartitionFormat.header + lines + count * (PartitionFormat.record + signatureBytes) + json,
            let parsed = try? JSON.parse(bytes[(bytes.count - json)...]), let counts = SourceCounts(parsed)
        else { throw damaged }
        documentCount = count
        lineBytes = lines
        self.counts = counts
    }

    /// SHA-256 of everything behind the header.
    private func digest() -> SHA256.Digest {
        var digest = SHA256()
        var start = PartitionFormat.header
        while start < file.bytes.count {
            let end = min(start + Self.piece, file.bytes.count)
            digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: file.bytes[start..<end]))
            discardPages()
            start = end
        }
        return digest.finalize()
    }

    /// Calls `body` with every document's number and record.
    func forEachRecord(_ body: (Int, DocumentRecord) -> Void) {
        for document in 0..<documentCount {
            body(document, record(document))
            if document % (Self.piece / PartitionFormat.record) == 0 { discardPages() }
        }
        discardPages()
    }

    /// Bytes after which pages are given back: a partition can be larger than the memory.
    private static let piece = 32 << 20

    /// The record of a document in 0..<``documentCount``.
    private func record(_ document: Int) -> DocumentRecord {
        let start = PartitionFormat.header + lineBytes + document * PartitionFormat.record
        let bytes = file.bytes
        return DocumentRecord(
            contentHash: bytes.number(at: start, UInt64.self), identity: bytes.number(at: start + 8, UInt64.self),
            lineBytes: bytes.number(at: start + 16, UInt32.self), textBytes: bytes.number(at: start + 20, UInt32.self),
            tokens: bytes.number(at: start + 24, UInt32.self), source: bytes.number(at: start + 28, UInt16.self),
            license: bytes.number(at: start + 30, UInt16.self),
            kind: bytes.number(at: start + 32, UInt64.self) == 1 ? .code : .text)
    }

    /// Calls `body` with every document's number and signature.
    func forEachSignature(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
        var start = PartitionFormat.header + lineBytes + documentCount * PartitionFormat.record
        for document in 0..<documentCount {
            try body(document, UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + signatureBytes]))
            start += signatureBytes
            if document % (1 << 18) == 0 { discardPages() }
        }
        discardPages()
    }

    /// Lets the system drop the pages read so far; they are loaded again when needed.
    private func discardPages() { file.discard(0..<file.bytes.count) }

    /// Calls `body` with each document's number, record and JSON line.
    func forEachLine(_ body: (Int, DocumentRecord, UnsafeRawBufferPointer) throws -> Void) throws {
        var position = PartitionFormat.header
        var discarded = position
        defer { discardPages() }
        for document in 0..<documentCount {
            if position - discarded > Self.piece {
                discardPages()
                discarded = position
            }
            let record = record(document)
            let end = position + Int(record.lineBytes)
            guard end <= PartitionFormat.header + lineBytes else {
                throw CorpusError(.damaged, file: path, "is not a finished partition; remove it and build again")
            }
            try body(document, record, UnsafeRawBufferPointer(rebasing: file.bytes[position..<end]))
            position = end
        }
    }
}
