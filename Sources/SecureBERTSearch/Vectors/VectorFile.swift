import SecureBERTCheckpoint
import SecureBERTTensor
import Synchronization

/// Vectors in a file, read where they lie.
///
/// A block of rows is compared with its checksum when it is first touched, and once: opening an index of any size takes no time,
/// and no answer is ever computed from a block that was not checked. (Checking all of 1M vectors of 384 bytes costs about as
/// much as one search.) The last block, to which a writer may be adding, is checked when the file is opened;
/// ``verify(on:)`` checks all.
///
/// A ``VectorFileWriter`` may add rows at the same time; they are seen when the file is opened again.
public final class VectorFile: Sendable {
    /// The path it was opened by.
    public let path: String
    /// How many vectors there are; rows are `0..<rowCount`.
    public let rowCount: Int
    let layout: VectorLayout
    private let file: MappedFile
    private let state: VectorFileState
    /// Which blocks were found to be sound.
    private let verified: Mutex<RowSet>

    /// How vectors are stored.
    public var format: VectorFormat { layout.format }
    /// Numbers in each vector.
    public var dimensions: Int { layout.dimensions }
    /// A number drawn when the file was made, for an index to tell its own file from others.
    public var identifier: UInt64 { layout.identifier }

    /// Opens a file.
    /// - Parameters:
    ///   - path: The file.
    ///   - rows: How many rows whoever keeps account of them knows to be valid; the file may have more. nil for those it has.
    /// - Throws: `CheckpointError` when it is missing, unreadable, damaged, or has fewer rows.
    public init(path: String, rows: Int? = nil) throws(CheckpointError) {
        let file = try FileSystem.map(path)
        let layout = try VectorLayout(file.bytes, path: path)
        var state = try VectorFileState.newest(file.bytes, layout, byteCount: file.bytes.count, path: path)
        // A writer that continues after a crash may be replacing rows nobody counts on, and says so in the state first.
        for _ in 0..<8 {
            if try Self.tailIsSound(file.bytes, layout, state, rows ?? state.rows, path) { break }
            let newer = try VectorFileState.newest(file.bytes, layout, byteCount: file.bytes.count, path: path)
            guard newer != state else {
                throw Self.damaged(layout, block: (rows ?? state.rows) / layout.rowsPerBlock, path)
            }
            state = newer
        }
        let rowCount = rows ?? state.rows
        self.path = path
        self.file = file
        self.layout = layout
        self.state = state
        self.rowCount = rowCount
        verified = Mutex(RowSet(capacity: (rowCount + layout.rowsPerBlock - 1) / layout.rowsPerBlock))
        if rowCount > 0 { verified.withLock { $0.insert((rowCount - 1) / layout.rowsPerBlock) } }
    }

    /// Checks the block of the last of `rows` rows.
    private static func tailIsSound(
        _ bytes: UnsafeRawBufferPointer, _ layout: VectorLayout, _ state: VectorFileState, _ rows: Int, _ path: String
    ) throws(CheckpointError) -> Bool {
        guard rows >= 0, rows <= state.rows else {
            throw CheckpointError(
                .truncated, file: path,
                "has \(state.rows) rows, fewer than the \(rows) that the index has recorded; build the index again")
        }
        return rows == 0 || isSound(bytes, layout, state, block: (rows - 1) / layout.rowsPerBlock)
    }

    /// Compares a block that has valid rows with its checksum.
    private static func isSound(
        _ bytes: UnsafeRawBufferPointer, _ layout: VectorLayout, _ state: VectorFileState, block: Int
    ) -> Bool {
        let start = layout.offset(ofBlock: block)
        let isComplete = block < state.rows / layout.rowsPerBlock
        let count = (isComplete ? layout.rowsPerBlock : state.rows % layout.rowsPerBlock) * layout.rowBytes
        let expected = isComplete ? bytes.littleEndian(UInt32.self, at: start + count) : state.tailChecksum
        return VectorKernels.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])) == expected
    }

    private static func damaged(_ layout: VectorLayout, block: Int, _ path: String) -> CheckpointError {
        let first = block * layout.rowsPerBlock
        return CheckpointError(
            .integrity, file: path,
            "is damaged: rows \(first) to \(first + layout.rowsPerBlock - 1) do not have the checksum that was recorded; build the index again"
        )
    }

    /// Number of blocks with rows that count.
    var blockCount: Int { (rowCount + layout.rowsPerBlock - 1) / layout.rowsPerBlock }

    /// The rows of a block, which has been compared with its checksum.
    func rows(ofBlock block: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
        if !verified.withLock({ $0.contains(block) }) {
            guard Self.isSound(file.bytes, layout, state, block: block) else {
                throw Self.damaged(layout, block: block, path)
            }
            verified.withLock { $0.insert(block) }
        }
        let start = layout.offset(ofBlock: block)
        let rows = min(layout.rowsPerBlock, rowCount - block * layout.rowsPerBlock)
        return UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + rows * layout.rowBytes])
    }

    /// The bytes of a row below ``rowCount``.
    func bytes(ofRow row: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
        let block = try rows(ofBlock: row / layout.rowsPerBlock)
        let start = row % layout.rowsPerBlock * layout.rowBytes
        return UnsafeRawBufferPointer(rebasing: block[start..<start + layout.rowBytes])
    }

    /// The vector of a row, as far as the format keeps it.
    /// - Throws: `CheckpointError` when there is no such row, or its block is damaged.
    public func vector(atRow row: Int) throws(CheckpointError) -> [Float] {
        guard row >= 0, row < rowCount else { throw missing(row: row) }
        let bytes = try bytes(ofRow: row)
        return [Float](unsafeUninitializedCapacity: dimensions) { buffer, count in
            let vector = UnsafeMutableBufferPointer(rebasing: buffer[..<dimensions])
            vector.initialize(repeating: 0)
            VectorCoding.decode(bytes, as: format, into: vector)
            count = dimensions
        }
    }

    func missing(row: Int) -> CheckpointError {
        CheckpointError(.limitExceeded, file: path, "has no row \(row); its rows are 0 to \(rowCount - 1)")
    }

    /// Compares every block with its checksum, also those that were checked before.
    /// - Parameter compute: Where the work is split.
    /// - Throws: `CheckpointError` that names the first damaged block.
    public func verify(on compute: Compute) throws(CheckpointError) {
        let firstDamaged = Mutex<Int?>(nil)
        compute.run(parts: blockCount) { block, _ in
            guard !Self.isSound(file.bytes, layout, state, block: block) else { return }
            firstDamaged.withLock { $0 = min($0 ?? block, block) }
        }
        if let block = firstDamaged.withLock({ $0 }) { throw Self.damaged(layout, block: block, path) }
    }
}
