import SecureBERTCheckpoint
import SecureBERTTensor

/// Where what lies in a vector file. All numbers are little-endian.
///
/// ```
/// 0     header: magic, version, format, dimensions, rows of a block, identifier, checksum of these
/// 512   state A    how many rows are valid, and the checksum of those in the last, incomplete block; see ``VectorFileState``
/// 1024  state B    the same; the valid one with the higher sequence number counts
/// 4096  block 0: rows, then 64 bytes that start with their checksum once the block is complete
///       block 1 ...
/// ```
/// Checksums are CRC-32C. Rows are never changed once they count, so the incomplete block can grow while its older rows stay
/// covered: the checksum of the rows that count is in the state, not beside them.
struct VectorLayout: Equatable, Sendable {
    let format: VectorFormat
    let dimensions: Int
    /// A multiple of 64, so that a word of a ``RowSet`` belongs to one block.
    let rowsPerBlock: Int
    /// Drawn when the file was made; tells it from another one of the same shape.
    let identifier: UInt64

    static let headerBytes = 48
    static let stateOffsets = [512, 1024]
    static let blocksOffset = 4096
    static let trailerBytes = 64
    static let maximumDimensions = VectorKernels.maximumDimensions
    /// Rows are numbered with 32 bits in places, and nothing else comes near.
    static let maximumRows = Int(UInt32.max)
    private static let magic = Array("SBVECTOR".utf8)
    private static let version: UInt32 = 1

    /// The layout of a new file.
    init(format: VectorFormat, dimensions: Int) {
        self.format = format
        self.dimensions = dimensions
        // About 128 KiB: a block whose checksum was just computed is still in the cache when it is compared with the query.
        rowsPerBlock = max(64, (1 << 17) / format.rowBytes(dimensions: dimensions) / 64 * 64)
        identifier = UInt64.random(in: UInt64.min...UInt64.max)
    }

    var rowBytes: Int { format.rowBytes(dimensions: dimensions) }
    var blockBytes: Int { rowsPerBlock * rowBytes + Self.trailerBytes }

    /// Where a block starts. Cannot overflow for rows up to ``maximumRows``: a row is at most 256 KiB.
    func offset(ofBlock block: Int) -> Int { Self.blocksOffset + block * blockBytes }

    /// Where a row starts.
    func offset(ofRow row: Int) -> Int {
        offset(ofBlock: row / rowsPerBlock) + row % rowsPerBlock * rowBytes
    }

    /// Where the bytes of a number of rows end, with the checksums of the complete blocks.
    func end(ofRows rows: Int) -> Int { offset(ofRow: rows) }

    /// The bytes of the header.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: format.code)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: dimensions))
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: rowsPerBlock))
        bytes.append(littleEndian: identifier)
        bytes.append(littleEndian: UInt64(0))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: bytes.checksum)
        return bytes
    }

    /// Reads the header.
    /// - Parameter bytes: The start of the file, at least; its other bytes are not looked at.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
        guard bytes.count >= Self.blocksOffset else {
            throw CheckpointError(
                .truncated, file: path,
                "is \(bytes.count) bytes long, a vector file has at least \(Self.blocksOffset); build the index again")
        }
        guard bytes.prefix(Self.magic.count).elementsEqual(Self.magic) else {
            throw CheckpointError(.malformed, file: path, "is not a vector file of this program")
        }
        let version = bytes.littleEndian(UInt32.self, at: 8)
        guard version == Self.version else {
            throw CheckpointError(
                .unsupported, file: path,
                "is a vector file of version \(version), expected \(Self.version); build the index again")
        }
        let header = UnsafeRawBufferPointer(rebasing: bytes[..<(Self.headerBytes - 4)])
        guard VectorKernels.checksum(header) == bytes.littleEndian(UInt32.self, at: Self.headerBytes - 4) else {
            throw CheckpointError(
                .integrity, file: path, "has a damaged header: its checksum differs; build the index again")
        }
        let dimensions = Int(bytes.littleEndian(UInt32.self, at: 16))
        let rowsPerBlock = Int(bytes.littleEndian(UInt32.self, at: 20))
        guard let format = VectorFormat(code: bytes.littleEndian(UInt32.self, at: 12)),
            (1...Self.maximumDimensions).contains(dimensions),
            (64...1 << 20).contains(rowsPerBlock), rowsPerBlock % 64 == 0
        else {
            throw CheckpointError(
                .malformed, file: path, "has a header with impossible values; build the index again")
        }
        self.format = format
        self.dimensions = dimensions
        self.rowsPerBlock = rowsPerBlock
        identifier = bytes.littleEndian(UInt64.self, at: 24)
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// CRC-32C of all bytes.
    var checksum: UInt32 { withUnsafeBytes { VectorKernels.checksum($0) } }
}

extension UnsafeRawBufferPointer {
    /// The number at an offset that the caller has checked.
    func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
