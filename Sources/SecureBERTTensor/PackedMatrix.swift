import CSecureBERTKernels

/// A weight matrix rearranged once for the matrix product, in the layout of the instruction set in use.
///
/// `@unchecked Sendable`: written only by the initializer.
public final class PackedMatrix: @unchecked Sendable {
    /// Rows of the weight matrix; for a gated one, both halves together.
    public let outputSize: Int
    public let inputSize: Int
    /// Whether the first half of the rows feeds the activation and the second half is the gate.
    public let isGated: Bool
    let storage: TensorStorage
    let packed: sb_packed

    /// Packs matrices stacked on top of each other, such as query, key and value projections.
    /// - Parameters:
    ///   - blocks: Each `[rows, inputSize]`, of a floating-point type. Pages of mapped files are given back afterwards.
    ///   - gated: Whether the first half of all rows feeds an activation and the second half gates it.
    ///   - compute: Where the packing runs.
    /// - Throws: ``TensorError`` when the blocks do not fit each other or memory is exhausted.
    public init(_ blocks: [Tensor], gated: Bool = false, compute: Compute) throws(TensorError) {
        let inputSize = blocks.first.map { $0.shape.rank == 2 ? $0.shape[1] : -1 } ?? -1
        var outputSize = 0
        for block in blocks {
            guard block.shape.rank == 2, block.shape[1] == inputSize, block.elementType.kernelType != nil else {
                throw TensorError(
                    .shapeMismatch, operation: "pack", expected: "floating-point matrices with \(inputSize) columns",
                    found: "\(block.elementType.rawValue) \(block.shape)")
            }
            outputSize += block.shape[0]
        }
        guard inputSize >= 0, !gated || outputSize.isMultiple(of: 2) else {
            throw TensorError(
                .shapeMismatch, operation: "pack", expected: "at least one matrix, with an even row count if gated",
                found: "\(blocks.map(\.shape))")
        }
        // Panels are cut from one matrix; blocks whose rows do not end at a panel are copied together first.
        let source = try blocks.count == 1 ? blocks[0] : Self.stack(blocks, outputSize, inputSize, compute)

        let storage = try TensorStorage(byteCount: sb_packed_bytes(outputSize, inputSize, gated, .SB_F32))
        let data = storage.mutableBytes?.baseAddress
        let packed = sb_packed_make(data, outputSize, inputSize, gated, .SB_F32)
        if let type = source.elementType.kernelType {
            let panels = sb_panel_count(outputSize, gated)
            compute.runRows(panels) { range in
                withUnsafePointer(to: packed) { packed in
                    sb_pack(
                        packed, source.bytes.baseAddress, type, inputSize, false, range.lowerBound, range.upperBound)
                }
            }
        }
        for block in blocks { block.discardMappedPages() }
        self.outputSize = outputSize
        self.inputSize = inputSize
        self.isGated = gated
        self.storage = storage
        self.packed = packed
    }

    private static func stack(
        _ blocks: [Tensor], _ outputSize: Int, _ inputSize: Int, _ compute: Compute
    ) throws(TensorError) -> Tensor {
        let stacked = try Tensor(uninitialized: Shape([outputSize, inputSize]))
        var row = 0
        for block in blocks {
            guard let type = block.elementType.kernelType, let target = stacked.mutableFloatPointer else { continue }
            let start = row
            compute.runRows(block.shape[0]) { range in
                sb_convert(
                    block.bytes.baseAddress.map { $0 + range.lowerBound * inputSize * block.elementType.byteCount },
                    type,
                    target + (start + range.lowerBound) * inputSize, .SB_F32, range.count * inputSize)
            }
            row += block.shape[0]
        }
        return stacked
    }
}

extension Tensor {
    /// Lets the system drop the pages behind a mapped tensor, whose content now lives elsewhere.
    func discardMappedPages() {
        guard let file = storage.file, let range = storage.fileRange else { return }
        let start = range.lowerBound + byteOffset
        file.discard(start..<start + byteCount)
    }
}
