import CSecureBERTKernels

extension Compute {
    /// `dropout(activation(x Wᵀ + bias)) + residual`.
    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - weight: `[outputSize, inputSize]`
    ///   - bias: `[outputSize]`
    ///   - activation: Applied before the residual is added.
    ///   - dropout: The part of the elements dropped while training, before the residual is added.
    ///   - residual: `[rows, outputSize]`
    /// - Returns: `[rows, outputSize]`
    public func linear(
        _ x: Tensor, _ weight: WeightMatrix, bias: Tensor? = nil, activation: Activation = .identity,
        dropout: Float = 0, residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        precondition(!weight.isGated, "a gated matrix is multiplied by gatedLinear")
        try x.check("linear", "input", [nil, weight.inputSize])
        try bias?.check("linear", "bias", [weight.outputSize])
        try residual?.check("linear", "residual", [x.shape[0], weight.outputSize])
        let drops = dropout > 0 && dropoutKeys != nil
        if drops || (tape != nil && activation != .identity) {
            // The way back needs what the activation was given.
            let product = try linear(x, weight, bias: bias)
            let result = try self.dropout(activate(product, activation), rate: dropout)
            return try residual.map { (residual) throws(TensorError) in try add(result, residual) } ?? result
        }
        let result =
            if let stored = weight.stored {
                try unpackedProduct(x, stored, bias, activation, residual)
            } else {
                try product(x, weight.forward(self), bias, activation, residual)
            }
        return record(result, of: [x, bias, residual] + weight.blocks) { gradient, compute throws(TensorError) in
            try residual?.variable?.add(gradient, compute)
            try compute.linearBackward(x, weight, bias, gradient)
        }
    }

    /// `activation(x Aᵀ + a) * (x Gᵀ + g)`; for inference the two products are never written to memory.
    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - weight: `[2 * outputSize, inputSize]`, gated: the rows of A before those of G.
    ///   - bias: `[2 * outputSize]`
    ///   - activation: Applied to the first half.
    /// - Returns: `[rows, outputSize]`
    public func gatedLinear(
        _ x: Tensor, _ weight: WeightMatrix, bias: Tensor? = nil, activation: Activation
    ) throws(TensorError) -> Tensor {
        precondition(weight.isGated, "gatedLinear multiplies by a gated matrix")
        try x.check("gated linear", "input", [nil, weight.inputSize])
        try bias?.check("gated linear", "bias", [weight.outputSize])
        let packed = try weight.forward(self)
        guard weight.isForTraining else { return try product(x, packed, bias, activation, nil) }
        let product = record(try product(x, packed, bias, .identity, nil), of: [x, bias] + weight.blocks) {
            gradient, compute throws(TensorError) in
            try compute.linearBackward(x, weight, bias, gradient)
        }
        return try gatedActivation(product, activation)
    }

    /// `activation(x Wᵀ + bias) + residual`, nothing recorded.
    func product(
        _ x: Tensor, _ weight: PackedMatrix, _ bias: Tensor?, _ activation: Activation, _ residual: Tensor?
    ) throws(TensorError) -> Tensor {
        let rows = x.shape[0]
        let columns = weight.isGated ? weight.outputSize / 2 : weight.outputSize
        let result = try Tensor(uninitialized: Shape([rows, columns]))
        try withUnsafePointer(to: weight.packed) { packed throws(TensorError) in
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
            try multiply(&gemm, rows: rows, keeping: (x, weight, bias, residual))
        }
        return result
    }

    /// Runs a prepared product over all threads.
    func multiply<Operands>(_ gemm: inout sb_gemm, rows: Int, keeping operands: Operands) throws(TensorError) {
        let succeeded = withExtendedLifetime(operands) { sb_gemm_run(pool, &gemm, rows) }
        guard succeeded else {
            throw TensorError(
                .outOfMemory, operation: "linear", expected: "scratch memory and weights packed for these kernels",
                found: "neither \(rows) rows of scratch nor kernels other than \(Compute.instructionSet)")
        }
    }

    /// The product with a matrix that is read as it is stored, in blocks of its rows.
    private func unpackedProduct(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, _ residual: Tensor?
    ) throws(TensorError) -> Tensor {
        let (outputSize, inputSize, rows) = (weight.shape[0], weight.shape[1], x.shape[0])
        let product = try Tensor(uninitialized: Shape([rows, outputSize]))
        withExtendedLifetime((x, weight, bias)) {
            guard let type = weight.elementType.kernelType else { return }  // WeightMatrix has checked it.
            runRows(outputSize, minimum: 256) { range in
                sb_gemm_unpacked(
                    x.floatPointer, inputSize, rows, weight.bytes.baseAddress, type, inputSize, inputSize,
                    bias?.floatPointer, product.mutableFloatPointer, outputSize, range.lowerBound, range.upperBound)
            }
        }
        let result = activation == .identity ? product : try activate(product, activation)
        return try residual.map { (residual) throws(TensorError) in try add(result, residual) } ?? result
    }
}
