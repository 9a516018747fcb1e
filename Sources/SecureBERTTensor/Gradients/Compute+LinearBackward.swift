import CSecureBERTKernels

extension Compute {
    /// The gradients of `y = x Wᵀ + bias`: `dx = dy W`, `dW = dyᵀ x`, `dbias = Σ dy`.
    /// - Parameter gradient: `dy`, `[rows, outputSize]`
    func linearBackward(
        _ x: Tensor, _ weight: WeightMatrix, _ bias: Tensor?, _ gradient: Tensor
    ) throws(TensorError) {
        try bias?.variable?.accumulate(Shape([weight.outputSize]), self) { target, isAdding in
            addColumnSums(gradient, into: target, isAdding)
        }
        if weight.blocks.contains(where: { $0.variable != nil }) {
            // Every block's gradient multiplies the same inputs, which are packed once.
            let inputs = try PackedMatrix(transposing: [x], type: arithmetic, compute: self)
            var column = 0
            for block in weight.blocks {
                try weightGradient(of: block, inputs, gradient, column: column)
                column += block.shape[0]
            }
        }
        if let variable = x.variable {
            // What has arrived before is added where the product is written.
            let earlier = variable.take()
            variable.set(try product(gradient, weight.transposed(self), nil, .identity, earlier))
        }
    }

    /// `dW = dyᵀ x` of a block whose outputs begin at a column of `dy`.
    private func weightGradient(
        of block: Tensor, _ inputs: PackedMatrix, _ gradient: Tensor, column: Int
    ) throws(TensorError) {
        guard let variable = block.variable, let source = gradient.floatPointer else { return }
        try variable.accumulate(block.shape, self) { (target, isAdding) throws(TensorError) in
            try withUnsafePointer(to: inputs.packed) { packed throws(TensorError) in
                var gemm = sb_gemm()
                gemm.x = source + column
                gemm.ldx = gradient.shape[1]
                gemm.x_transposed = true
                gemm.w = packed
                gemm.y = target.mutableFloatPointer
                gemm.ldy = block.shape[1]
                gemm.accumulate = isAdding
                try multiply(&gemm, rows: block.shape[0], keeping: (gradient, inputs, target))
            }
        }
    }

    /// `target[c] (+)= Σ rows x[:, c]`.
    func addColumnSums(_ x: Tensor, into target: Tensor, _ isAdding: Bool) {
        let (rows, width) = (x.shape[0], x.shape[1])
        guard let output = target.mutableFloatPointer else { return }
        if !isAdding { output.update(repeating: 0, count: width) }
        guard let input = x.floatPointer, x.shape.count > 0 else { return }
        withExtendedLifetime(x) {
            runRows(width, minimum: 64) { columns in
                sb_add_column_sums(input + columns.lowerBound, width, rows, columns.count, output + columns.lowerBound)
            }
        }
    }
}
