import SecureBERTCheckpoint
import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Adds vectors to the end of a vector file.
///
/// Rows count once ``sync()`` has returned. A crash at any byte leaves the rows of the last ``sync()`` as they were; what was
/// written after it is cut off when the file is next opened for writing. An index that keeps account of its rows elsewhere
/// syncs first, then records ``rowCount``, and says when opening the file how many it has recorded.
///
/// One writer at a time, which a lock on the file enforces, beside any number of readers.
public final class VectorFileWriter {
    /// The path it was opened by.
    public let path: String
    private let layout: VectorLayout
    private let descriptor: Int32
    /// The last state on the disk.
    private var state: VectorFileState
    /// Rows written, and the checksum of those after the last complete block.
    private var written: (rows: Int, tailChecksum: UInt32)
    /// Set when a write failed: what the system holds of the file is then unknown.
    private var isBroken = false

    /// Rows in the file, also those that ``sync()`` has yet to make durable.
    public var rowCount: Int { written.rows }
    /// Rows that a crash cannot take.
    public var syncedRowCount: Int { state.rows }
    /// How vectors are stored.
    public var format: VectorFormat { layout.format }
    /// Numbers in each vector.
    public var dimensions: Int { layout.dimensions }
    /// A number drawn when the file was made, for an index to tell its own file from others.
    public var identifier: UInt64 { layout.identifier }

    /// Opens a file for adding rows; makes it when there is none.
    /// - Parameters:
    ///   - path: The file.
    ///   - dimensions: Numbers in each vector; the same as in an existing file.
    ///   - format: How vectors are stored; the same as in an existing file.
    ///   - rows: How many of the rows to keep; nil for all that were synced. The others are cut off.
    /// - Throws: `CheckpointError` when the file is damaged, holds other vectors or fewer rows, is open in another writer, or
    ///   cannot be written.
    public init(path: String, dimensions: Int, format: VectorFormat, rows: Int? = nil) throws(CheckpointError) {
        guard (1...VectorLayout.maximumDimensions).contains(dimensions) else {
            throw CheckpointError(
                .limitExceeded, file: path,
                "cannot hold vectors of \(dimensions) dimensions; 1 to \(VectorLayout.maximumDimensions) are possible")
        }
        if FileSystem.kind(of: path) == nil, !FileSystem.isSymbolicLink(path) {
            try Self.create(path, VectorLayout(format: format, dimensions: dimensions))
        }
        let opened = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw FileSystem.systemError(path, "cannot be opened for writing", .writeFailed) }
        self.path = path
        descriptor = opened
        do throws(CheckpointError) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let isHeld = errno == EWOULDBLOCK
                throw isHeld
                    ? CheckpointError(
                        .writeFailed, file: path, "is being written by another process; wait until it is done")
                    : FileSystem.systemError(path, "cannot be locked", .writeFailed)
            }
            let size = try FileDescriptorIO.size(descriptor, path)
            let start = try FileDescriptorIO.read(descriptor, path, at: 0, count: min(size, VectorLayout.blocksOffset))
            layout = try Self.layout(start, path, dimensions, format)
            state = try Self.state(start, layout, size, path)
            written = (state.rows, state.tailChecksum)
        } catch {
            close(opened)
            throw error
        }
        try cut(to: rows ?? state.rows)
    }

    deinit { close(descriptor) }

    private static func create(_ path: String, _ layout: VectorLayout) throws(CheckpointError) {
        var bytes = [UInt8](repeating: 0, count: VectorLayout.blocksOffset)
        func put(_ part: [UInt8], at offset: Int) { bytes.replaceSubrange(offset..<offset + part.count, with: part) }
        put(layout.encoded(), at: 0)
        let state = VectorFileState(sequence: 0, rows: 0, tailChecksum: 0)
        put(state.encoded(), at: state.place)
        try AtomicFile.write(bytes, to: path)
    }

    private static func layout(
        _ start: [UInt8], _ path: String, _ dimensions: Int, _ format: VectorFormat
    ) throws(CheckpointError) -> VectorLayout {
        let result = start.withUnsafeBytes { start in
            Result { () throws(CheckpointError) in try VectorLayout(start, path: path) }
        }
        let layout = try result.get()
        guard layout.dimensions == dimensions, layout.format == format else {
            throw CheckpointError(
                .weightMismatch, file: path,
                "holds \(layout.format.rawValue) vectors of \(layout.dimensions) dimensions, expected \(format.rawValue) of \(dimensions)"
            )
        }
        return layout
    }

    private static func state(
        _ start: [UInt8], _ layout: VectorLayout, _ size: Int, _ path: String
    ) throws(CheckpointError) -> VectorFileState {
        let result = start.withUnsafeBytes { start in
            Result { () throws(CheckpointError) in
                try VectorFileState.newest(start, layout, byteCount: size, path: path)
            }
        }
        return try result.get()
    }

    /// Keeps so many rows and cuts off what lies behind them.
    private func cut(to rows: Int) throws(CheckpointError) {
        guard rows >= 0, rows <= state.rows else {
            throw CheckpointError(
                .truncated, file: path,
                "has \(state.rows) rows, fewer than the \(rows) that the index has recorded; build the index again")
        }
        // Also when nothing is cut: rows must not be added to a block that is already damaged.
        let checksum = try checksumOfTail(rows)
        if rows < state.rows { try record(state.next(rows: rows, tailChecksum: checksum)) }
        guard ftruncate(descriptor, off_t(layout.end(ofRows: rows))) == 0 else {
            throw FileSystem.systemError(path, "cannot be cut to its valid rows", .writeFailed)
        }
        written = (rows, checksum)
    }

    /// The checksum of the rows after the last complete block, of the first `rows` rows; the block they are in is checked.
    private func checksumOfTail(_ rows: Int) throws(CheckpointError) -> UInt32 {
        let block = rows / layout.rowsPerBlock
        let kept = rows % layout.rowsPerBlock * layout.rowBytes
        guard kept > 0 else { return 0 }
        let isComplete = block < state.rows / layout.rowsPerBlock
        let valid = (isComplete ? layout.rowsPerBlock : state.rows % layout.rowsPerBlock) * layout.rowBytes
        let bytes = try FileDescriptorIO.read(
            descriptor, path, at: layout.offset(ofBlock: block), count: valid + (isComplete ? 4 : 0))
        let found = bytes.withUnsafeBytes { bytes in
            (
                all: VectorKernels.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<valid])),
                kept: VectorKernels.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<kept])),
                recorded: isComplete ? bytes.littleEndian(UInt32.self, at: valid) : state.tailChecksum
            )
        }
        guard found.all == found.recorded else {
            throw CheckpointError(
                .integrity, file: path,
                "is damaged: rows from \(block * layout.rowsPerBlock) on do not have the checksum that was recorded; build the index again"
            )
        }
        return found.kept
    }

    /// Adds vectors.
    /// - Parameter vectors: Finite numbers, as many in each as the file has dimensions.
    /// - Returns: Their rows.
    /// - Throws: `CheckpointError`; nothing was then added.
    @discardableResult
    public func append(_ vectors: [[Float]]) throws(CheckpointError) -> Range<Int> {
        for (index, vector) in vectors.enumerated() {
            guard vector.count == dimensions else {
                throw CheckpointError(
                    .weightMismatch, file: path,
                    "holds vectors of \(dimensions) dimensions; number \(index) of those to add has \(vector.count)")
            }
            guard vector.allSatisfy(\.isFinite) else {
                throw CheckpointError(
                    .malformed, file: path,
                    "cannot take vector \(index) of those to add: it has a number that is not finite")
            }
        }
        return try append(count: vectors.count) { index, row in
            vectors[index].withUnsafeBufferPointer { VectorCoding.encode($0, as: format, into: row) }
        }
    }

    /// Adds rows of another file as they are stored there, to leave out those that nobody needs any more.
    /// - Parameters:
    ///   - rows: In the order in which they are added.
    ///   - source: A file of the same format and dimensions.
    /// - Returns: Their rows in this file.
    /// - Throws: `CheckpointError`; nothing was then added.
    @discardableResult
    public func append(rows: [Int], of source: VectorFile) throws(CheckpointError) -> Range<Int> {
        guard source.format == format, source.dimensions == dimensions else {
            throw CheckpointError(
                .weightMismatch, file: source.path,
                "holds \(source.format.rawValue) vectors of \(source.dimensions) dimensions, expected \(format.rawValue) of \(dimensions)"
            )
        }
        for row in rows {
            guard row >= 0, row < source.rowCount else { throw source.missing(row: row) }
        }
        return try append(count: rows.count) { index, row throws(CheckpointError) in
            row.copyMemory(from: try source.bytes(ofRow: rows[index]))
        }
    }

    /// Writes new rows up to the end of each block, and the checksums of the blocks that they complete.
    private func append(
        count: Int, _ encode: (_ index: Int, _ row: UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Void
    ) throws(CheckpointError) -> Range<Int> {
        try checkUsable()
        guard count <= VectorLayout.maximumRows - written.rows else {
            throw CheckpointError(.limitExceeded, file: path, "cannot hold more than \(VectorLayout.maximumRows) rows")
        }
        let start = written.rows
        var (rows, checksum) = written
        while rows < start + count {
            let inBlock = rows % layout.rowsPerBlock
            let adding = min(layout.rowsPerBlock - inBlock, start + count - rows)
            var bytes = [UInt8](repeating: 0, count: adding * layout.rowBytes)
            let result = bytes.withUnsafeMutableBytes { bytes in
                Result { () throws(CheckpointError) in
                    for index in 0..<adding {
                        let row = bytes[index * layout.rowBytes..<(index + 1) * layout.rowBytes]
                        try encode(rows - start + index, UnsafeMutableRawBufferPointer(rebasing: row))
                    }
                }
            }
            try result.get()
            checksum = bytes.withUnsafeBytes { VectorKernels.checksum($0, after: checksum) }
            let offset = layout.offset(ofRow: rows)
            if inBlock + adding == layout.rowsPerBlock {
                bytes.append(littleEndian: checksum)
                bytes.append(contentsOf: [UInt8](repeating: 0, count: VectorLayout.trailerBytes - 4))
                checksum = 0
            }
            // Rows that do not count yet; a failure leaves the count as it is, and the next attempt writes over them.
            try FileDescriptorIO.write(descriptor, path, bytes, at: offset)
            rows += adding
        }
        written = (rows, checksum)
        return start..<rows
    }

    /// Makes everything that was added durable: when it returns, no crash takes it away.
    public func sync() throws(CheckpointError) {
        try checkUsable()
        guard written.rows != state.rows else { return }
        // First the rows, then the word that they count.
        try flush()
        try record(state.next(rows: written.rows, tailChecksum: written.tailChecksum))
    }

    private func record(_ new: VectorFileState) throws(CheckpointError) {
        do throws(CheckpointError) {
            try FileDescriptorIO.write(descriptor, path, new.encoded(), at: new.place)
        } catch {
            isBroken = true
            throw error
        }
        try flush()
        state = new
    }

    private func flush() throws(CheckpointError) {
        do throws(CheckpointError) {
            try FileDescriptorIO.sync(descriptor, path)
        } catch {
            // The system may have dropped what it could not write, and says so only once.
            isBroken = true
            throw error
        }
    }

    private func checkUsable() throws(CheckpointError) {
        guard !isBroken else {
            throw CheckpointError(
                .writeFailed, file: path, "could not be written before; open it again to continue after its last sync")
        }
    }
}
