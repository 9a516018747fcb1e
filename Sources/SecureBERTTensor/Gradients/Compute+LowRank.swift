/// A matrix plus the product of two thin ones, `W + s B A` (LoRA: Hu et al. 2021, arXiv 2106.09685).
extension Compute {
    /// `base + factor * b a`.
    /// - Parameters:
    ///   - base: `[outputSize, inputSize]`, of any floating-point type.
    ///   - b: `[outputSize, rank]`
    ///   - a: `[rank, inputSize]`
    ///   - factor: What the product is multiplied by.
    /// - Returns: `[outputSize, inputSize]`, float32.
    /// - Throws: ``TensorError`` when the shapes do not fit each other.
    package func lowRankSum(
        _ base: Tensor, _ b: Tensor, _ a: Tensor, factor: Float
    ) throws(TensorError) -> Tensor {
        try checkLowRank(base, b, a)
        return try product(
            scale(b, by: factor), PackedMatrix(transposing: [a], compute: self), nil, .identity, float32(base))
    }

    /// What the gradient `dW` of `W + factor * b a` means for its two factors: `factor * dW aᵀ` and `factor * bᵀ dW`.
    /// - Parameters:
    ///   - gradient: `[outputSize, inputSize]`
    ///   - b: `[outputSize, rank]`
    ///   - a: `[rank, inputSize]`
    ///   - factor: What the product is multiplied by.
    /// - Returns: The gradients of b and of a, of their shapes.
    /// - Throws: ``TensorError`` when the shapes do not fit each other.
    package func lowRankGradients(
        of gradient: Tensor, _ b: Tensor, _ a: Tensor, factor: Float
    ) throws(TensorError) -> (b: Tensor, a: Tensor) {
        try checkLowRank(gradient, b, a)
        let (scaledA, scaledB) = (try scale(a, by: factor), try transpose(scale(b, by: factor)))
        return (
            try product(gradient, PackedMatrix([scaledA], compute: self), nil, .identity, nil),
            try product(scaledB, PackedMatrix(transposing: [gradient], compute: self), nil, .identity, nil)
        )
    }

    private func checkLowRank(_ matrix: Tensor, _ b: Tensor, _ a: Tensor) throws(TensorError) {
        try a.check("low-rank product", "a", [nil, nil])
        try b.check("low-rank product", "b", [nil, a.shape[0]])
        guard matrix.shape.dimensions == [b.shape[0], a.shape[1]] else {
            throw TensorError(
                .shapeMismatch, operation: "low-rank product", expected: "\([b.shape[0], a.shape[1]])",
                found: "\(matrix.shape)")
        }
    }
}
