import SecureBERTCheckpoint
import SecureBERTTensor

/// How far a vector file is valid: written, as a whole, after the rows it speaks of are on the disk.
///
/// The file has two places for it, used in turn, each in a sector of its own: while one is written, the other still holds.
struct VectorFileState: Equatable, Sendable {
    /// Higher is newer.
    var sequence: UInt64
    var rows: Int
    /// The checksum of the rows after the last complete block; 0 for none.
    var tailChecksum: UInt32

    static let byteCount = 24

    /// Which of the two places it belongs to.
    var place: Int { VectorLayout.stateOffsets[Int(truncatingIfNeeded: sequence & 1)] }

    /// The state to write when more, or fewer, rows are valid.
    func next(rows: Int, tailChecksum: UInt32) -> VectorFileState {
        VectorFileState(sequence: sequence &+ 1, rows: rows, tailChecksum: tailChecksum)
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: sequence)
        bytes.append(littleEndian: UInt64(truncatingIfNeeded: rows))
        bytes.append(littleEndian: tailChecksum)
        bytes.append(littleEndian: bytes.checksum)
        return bytes
    }

    init(sequence: UInt64, rows: Int, tailChecksum: UInt32) {
        self.sequence = sequence
        self.rows = rows
        self.tailChecksum = tailChecksum
    }

    /// Reads one place; nil when what lies there is not whole.
    private init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        let content = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Self.byteCount - 4])
        guard VectorKernels.checksum(content) == bytes.littleEndian(UInt32.self, at: offset + Self.byteCount - 4),
            let rows = Int(exactly: bytes.littleEndian(UInt64.self, at: offset + 8)),
            rows <= VectorLayout.maximumRows
        else { return nil }
        self.init(
            sequence: bytes.littleEndian(UInt64.self, at: offset), rows: rows,
            tailChecksum: bytes.littleEndian(UInt32.self, at: offset + 16))
    }

    /// Reads the state that counts.
    /// - Parameters:
    ///   - bytes: The start of the file, at least up to the blocks.
    ///   - byteCount: The size of the whole file.
    static func newest(
        _ bytes: UnsafeRawBufferPointer, _ layout: VectorLayout, byteCount: Int, path: String
    ) throws(CheckpointError) -> VectorFileState {
        let states = VectorLayout.stateOffsets.compactMap { VectorFileState(bytes, at: $0) }
        guard let state = states.max(by: { $0.sequence < $1.sequence }) else {
            throw CheckpointError(
                .integrity, file: path,
                "does not say how many rows are valid: both places for it are damaged; build the index again")
        }
        guard layout.end(ofRows: state.rows) <= byteCount else {
            throw CheckpointError(
                .truncated, file: path,
                "is \(byteCount) bytes long, its \(state.rows) rows need \(layout.end(ofRows: state.rows)); build the index again"
            )
        }
        return state
    }
}
