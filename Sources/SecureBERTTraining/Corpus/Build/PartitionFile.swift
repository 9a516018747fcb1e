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
    private var records: [UInt8] = []
    private var signatures: [UInt8] = []
    private var count = 0
    private var counts = SourceCounts()

    init(folder: String, key: [UInt8], signatureBytes: Int) throws(CheckpointError) {
        file = try AtomicFile(path: PartitionFormat.path(folder, key: key))
        self.key = key
        self.signatureBytes = signatureBytes
    }

    /// Appends processed documents.
    func append(_ documents: ProcessedDocuments) throws {
        try write(documents.lines)
        let numbers = counts.add(documents.counts)
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
        signatures += documents.signatures
        count += documents.records.count
    }

    /// Completes the file.
    func commit() throws {
        let lineBytes = position - PartitionFormat.header
        try write(records)
        try write(signatures)
        let json = Array(counts.json.text.utf8)
        try write(json)
        var header = PartitionFormat.magic
        header.append(littleEndian: PartitionFormat.version)
        header.append(littleEndian: UInt32(signatureBytes))
        for number in [count, lineBytes, json.count, 0, 0, 0] { header.append(littleEndian: UInt64(number)) }
        header += key
        header += Array(digest.finalize())
        try header.withUnsafeBytes { try file.write($0, at: 0) }
        try file.commit()
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            digest.update(bufferPointer: buffer)
            try file.write(buffer, at: position)
        }
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
            SHA256.hash(data: UnsafeRawBufferPointer(rebasing: partition.file.bytes[PartitionFormat.header...]))
                .elementsEqual(partition.file.bytes[96..<128])
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

    /// The record of a document in 0..<``documentCount``.
    func record(_ document: Int) -> DocumentRecord {
        let start = PartitionFormat.header + lineBytes + document * PartitionFormat.record
        let bytes = file.bytes
        return DocumentRecord(
            contentHash: bytes.number(at: start, UInt64.self), identity: bytes.number(at: start + 8, UInt64.self),
            lineBytes: bytes.number(at: start + 16, UInt32.self), textBytes: bytes.number(at: start + 20, UInt32.self),
            tokens: bytes.number(at: start + 24, UInt32.self), source: bytes.number(at: start + 28, UInt16.self),
            license: bytes.number(at: start + 30, UInt16.self),
            kind: bytes.number(at: start + 32, UInt64.self) == 1 ? .code : .text)
    }

    /// Appends the signature of a document.
    func appendSignature(_ document: Int, to out: inout [UInt8]) {
        let start =
            PartitionFormat.header + lineBytes + documentCount * PartitionFormat.record + document * signatureBytes
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + signatureBytes]))
    }

    /// Lets the system drop the pages read so far; they are loaded again when needed.
    func discardPages() { file.discard(0..<file.bytes.count) }

    /// Calls `body` with each document's record and its JSON line.
    func forEachLine(_ body: (Int, DocumentRecord, UnsafeRawBufferPointer) throws -> Void) throws {
        var position = PartitionFormat.header
        for document in 0..<documentCount {
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
