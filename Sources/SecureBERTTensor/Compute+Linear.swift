import CSecureBERTKernels

extension Compute {
    /// `activation(x Wᵀ + bias) + residual`.
    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - weight: `[outputSize, inputSize]`
    ///   - bias: `[outputSize]`
    ///   - activation: Applied before the residual is added.
    ///   - residual: `[rows, outputSize]`
    /// - Returns: `[rows, outputSize]`
    public func linear(
        _ x: Tensor, _ weight: PackedMatrix, bias: Tensor? = nil, activation: Activation = .identity,
        residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        precondition(!weight.isGated, "a gated matrix is multiplied by gatedLinear")
        try x.check("linear", "input", [nil, weight.inputSize])
        try bias?.check("linear", "bias", [weight.outputSize])
        try residual?.check("linear", "residual", [x.shape[0], weight.outputSize])
        return try product(x, weight, bias, activation, residual, columns: weight.outputSize)
    }

    /// `activation(x Aᵀ + a) * (x Gᵀ + g)`; the two products are never written to memory.
    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - weight: `[2 * outputSize, inputSize]`, the rows of A before those of G, packed as gated.
    ///   - bias: `[2 * outputSize]`
    ///   - activation: Applied to the first half.
    /// - Returns: `[rows, outputSize]`
    public func gatedLinear(
        _ x: Tensor, _ weight: PackedMatrix, bias: Tensor? = nil, activation: Activation
    ) throws(TensorError) -> Tensor {
        precondition(weight.isGated, "gatedLinear multiplies by a gated matrix")
        try x.check("gated linear", "input", [nil, weight.inputSize])
        try bias?.check("gated linear", "bias", [weight.outputSize])
        return try product(x, weight, bias, activation, nil, columns: weight.outputSize / 2)
    }

    private func product(
        _ x: Tensor, _ weight: PackedMatrix, _ bias: Tensor?, _ activation: Activation, _ residual: Tensor?,
        columns: Int
    ) throws(TensorError) -> Tensor {
        let rows = x.shape[0]
        let result = try Tensor(uninitialized: Shape([rows, columns]))
        let succeeded = withUnsafePointer(to: weight.packed) { packed in
            var gemm = sb_gemm()
            gemm.x = x.floatPointer
            gemm.ldx = weight.inputSize
            gemm.w = packed
            gemm.y = result.mutableFloatPointer
            gemm.ldy = columns
            gemm.bias = bias?.floatPointer
            gemm.activation = activation.kernelActivation
            gemm.residual = residual?.floatPointer
            gemm.ldr = columns
            return withExtendedLifetime((x, weight, bias, residual)) { sb_gemm_run(pool, &gemm, rows) }
        }
        guard succeeded else {
            throw TensorError(
                .outOfMemory, operation: "linear", expected: "scratch memory and weights packed for these kernels",
                found: "neither \(rows) rows of scratch nor kernels other than \(Compute.instructionSet)")
        }
        return result
    }

    /// `x Wᵀ + bias` with the weights read as they are stored, possibly in a mapped file and of a 16-bit type: for few rows
    /// against a matrix too large to repack, such as a decoder tied to the embeddings.
    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - weight: `[outputSize, inputSize]`
    ///   - bias: `[outputSize]`
    /// - Returns: `[rows, outputSize]`
    public func project(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) throws(TensorError) -> Tensor {
        guard weight.shape.rank == 2, let type = weight.elementType.kernelType else {
            throw TensorError(
                .shapeMismatch, operation: "project", expected: "a floating-point matrix",
                found: "\(weight.elementType.rawValue) \(weight.shape)")
        }
        let (outputSize, inputSize) = (weight.shape[0], weight.shape[1])
        try x.check("project", "input", [nil, inputSize])
        try bias?.check("project", "bias", [outputSize])
        let rows = x.shape[0]
        let result = try Tensor(uninitialized: Shape([rows, outputSize]))
        withExtendedLifetime((x, weight, bias)) {
            runRows(outputSize, minimum: 256) { range in
                sb_gemm_unpacked(
                    x.floatPointer, inputSize, rows, weight.bytes.baseAddress, type, inputSize, inputSize,
                    bias?.floatPointer, result.mutableFloatPointer, outputSize, range.lowerBound, range.upperBound)
            }
        }
        return result
    }
}
