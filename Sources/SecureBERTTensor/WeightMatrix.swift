import Synchronization

/// The weights of a linear layer, `[outputSize, inputSize]`.
///
/// For inference they are packed once, or left where they are stored. For training they stay what they are, so that gradients
/// can pass through them, and are packed anew when the optimizer has changed them.
public final class WeightMatrix: Sendable {
    /// Rows of the matrix; for a gated one, both halves together.
    public let outputSize: Int
    public let inputSize: Int
    /// Whether the first half of the rows feeds an activation and the second half gates it.
    public let isGated: Bool
    /// What the matrix consists of, stacked; empty when only the packed form is kept.
    let blocks: [Tensor]
    /// Whether gradients can pass through the matrix.
    let isForTraining: Bool
    private let packed: Mutex<PackedForms>

    /// The packed forms made so far, and how often the parameters had been changed by then.
    private struct PackedForms {
        var changes = 0
        var forward: PackedMatrix?
        var transposed: PackedMatrix?
    }

    /// Stacks matrices, such as query, key and value projections.
    /// - Parameters:
    ///   - blocks: Each `[rows, inputSize]`, of a floating-point type.
    ///   - gated: Whether the first half of all rows feeds an activation and the second half gates it.
    ///   - forTraining: Whether to keep the blocks. Otherwise pages of mapped files are given back once packed.
    ///   - compute: Where the packing runs.
    /// - Throws: ``TensorError`` when the blocks do not fit each other or memory is exhausted.
    public init(
        _ blocks: [Tensor], gated: Bool = false, forTraining: Bool = false, compute: Compute
    ) throws(TensorError) {
        inputSize = try PackedMatrix.columns(blocks)
        outputSize = blocks.reduce(0) { $0 + $1.shape[0] }
        isGated = gated
        isForTraining = forTraining
        self.blocks = forTraining ? blocks : []
        let form = forTraining ? nil : try PackedMatrix(blocks, gated: gated, compute: compute)
        packed = Mutex(PackedForms(forward: form))
        if !forTraining { for block in blocks { block.discardMappedPages() } }
    }

    /// A matrix that is read as it is stored, possibly in a mapped file and of a 16-bit type: for few rows against a matrix
    /// too large to repack, such as a decoder tied to the embeddings.
    /// - Throws: ``TensorError`` when the tensor is not a floating-point matrix.
    public init(stored tensor: Tensor) throws(TensorError) {
        inputSize = try PackedMatrix.columns([tensor])
        outputSize = tensor.shape[0]
        isGated = false
        isForTraining = false
        blocks = [tensor]
        packed = Mutex(PackedForms())
    }

    /// The tensor of a matrix that is read as it is stored.
    var stored: Tensor? { isForTraining ? nil : blocks.first }

    /// The matrix for `x Wᵀ`; for training it is not packed as gated.
    func forward(_ compute: Compute) throws(TensorError) -> PackedMatrix {
        try packed.withLock { forms throws(TensorError) in
            dropStale(&forms, compute.arithmetic)
            if let form = forms.forward { return form }
            let form = try PackedMatrix(blocks, type: compute.arithmetic, compute: compute)
            forms.forward = form
            return form
        }
    }

    /// The matrix for `dy W`, which only training needs.
    func transposed(_ compute: Compute) throws(TensorError) -> PackedMatrix {
        try packed.withLock { forms throws(TensorError) in
            dropStale(&forms, compute.arithmetic)
            if let form = forms.transposed { return form }
            let form = try PackedMatrix(transposing: blocks, type: compute.arithmetic, compute: compute)
            forms.transposed = form
            return form
        }
    }

    /// Drops what was packed before the optimizer changed a parameter, or for another arithmetic.
    private func dropStale(_ forms: inout PackedForms, _ arithmetic: ElementType) {
        guard isForTraining else { return }
        let changes = blocks.reduce(0) { $0 + ($1.variable?.changes ?? 0) }
        let isStale =
            forms.changes != changes
            || [forms.forward, forms.transposed].contains { $0?.type ?? arithmetic != arithmetic }
        if isStale { forms = PackedForms(changes: changes) }
    }
}
