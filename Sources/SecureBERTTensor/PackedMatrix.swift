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
    /// What the elements were rounded to.
    let type: ElementType
    let storage: TensorStorage
    let packed: sb_packed

    /// Packs matrices stacked on top of each other, such as query, key and value projections.
    /// - Parameters:
    ///   - blocks: Each `[rows, inputSize]`, of a floating-point type.
    ///   - gated: Whether the first half of all rows feeds an activation and the second half gates it.
    ///   - type: What the elements are rounded to, `float32` or `bfloat16`.
    ///   - compute: Where the packing runs.
    /// - Throws: ``TensorError`` when the blocks do not fit each other or memory is exhausted.
    public convenience init(
        _ blocks: [Tensor], gated: Bool = false, type: ElementType = .float32, compute: Compute
    ) throws(TensorError) {
        let source = try Self.stack(blocks, compute)
        try self.init(source, source.shape[0], source.shape[1], transposed: false, gated, type, compute)
    }

    /// Packs the transpose of matrices stacked on top of each other: `outputSize` is their width.
    /// - Parameters: As ``init(_:gated:type:compute:)``.
    convenience init(
        transposing blocks: [Tensor], type: ElementType = .float32, compute: Compute
    ) throws(TensorError) {
        let source = try Self.stack(blocks, compute)
        try self.init(source, source.shape[1], source.shape[0], transposed: true, false, type, compute)
    }

    private init(
        _ source: Tensor, _ outputSize: Int, _ inputSize: Int, transposed: Bool, _ gated: Bool, _ type: ElementType,
        _ compute: Compute
    ) throws(TensorError) {
        guard !gated || outputSize.isMultiple(of: 2) else {
            throw TensorError(
                .shapeMismatch, operation: "pack", expected: "an even row count of a gated matrix",
                found: "\(outputSize)")
        }
        guard let kernelType = type.kernelType, type != .float16 else {
            throw TensorError(
                .elementTypeMismatch, operation: "pack", expected: "float32 or bfloat16", found: type.rawValue)
        }
        let storage = try TensorStorage(byteCount: sb_packed_bytes(outputSize, inputSize, gated, kernelType))
        let packed = sb_packed_make(storage.mutableBytes?.baseAddress, outputSize, inputSize, gated, kernelType)
        if let sourceType = source.elementType.kernelType {
            let panels = sb_panel_count(outputSize, gated)
            compute.runRows(panels) { range in
                withUnsafePointer(to: packed) { packed in
                    sb_pack(
                        packed, source.bytes.baseAddress, sourceType, source.shape[1], transposed, range.lowerBound,
                        range.upperBound)
                }
            }
        }
        self.outputSize = outputSize
        self.inputSize = inputSize
        self.isGated = gated
        self.type = type
        self.storage = storage
        self.packed = packed
    }

    /// The common width of matrices to be stacked.
    static func columns(_ blocks: [Tensor]) throws(TensorError) -> Int {
        let width = blocks.first.map { $0.shape.rank == 2 ? $0.shape[1] : -1 } ?? -1
        for block in blocks {
            guard block.shape.rank == 2, block.shape[1] == width, block.elementType.kernelType != nil else {
                throw TensorError(
                    .shapeMismatch, operation: "pack",
                    expected: width < 0 ? "matrices" : "floating-point matrices with \(width) columns",
                    found: "\(block.elementType.rawValue) \(block.shape)")
            }
        }
        guard width >= 0 else {
            throw TensorError(.shapeMismatch, operation: "pack", expected: "at least one matrix", found: "none")
        }
        return width
    }

    /// Panels are cut from one matrix; blocks whose rows do not end at a panel are copied together first.
    private static func stack(_ blocks: [Tensor], _ compute: Compute) throws(TensorError) -> Tensor {
        let inputSize = try columns(blocks)
        if blocks.count == 1 { return blocks[0] }
        let outputSize = blocks.reduce(0) { $0 + $1.shape[0] }
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
