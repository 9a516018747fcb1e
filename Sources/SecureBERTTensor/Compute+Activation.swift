import CSecureBERTKernels

extension Compute {
    /// An activation of every element.
    /// - Parameters:
    ///   - x: Any shape.
    ///   - activation: Which.
    public func activate(_ x: Tensor, _ activation: Activation) throws(TensorError) -> Tensor {
        guard activation != .identity else { return x }
        try x.check("activation", "input", x.shape.dimensions)
        let result = try Tensor(uninitialized: x.shape)
        if let input = x.floatPointer, let output = result.mutableFloatPointer {
            withExtendedLifetime(x) {
                runRows(x.shape.count, minimum: 1 << 12) { range in
                    let start = range.lowerBound
                    sb_activate(activation.kernelActivation, input + start, output + start, range.count)
                }
            }
        }
        return record(result, of: [x]) { gradient, compute throws(TensorError) in
            try compute.activationBackward(x, activation, gradient)
        }
    }

    /// `activation(a) * g` for rows that hold `a` and `g` side by side.
    /// - Parameters:
    ///   - x: `[rows, 2 * size]`
    ///   - activation: Which.
    /// - Returns: `[rows, size]`
    public func gatedActivation(_ x: Tensor, _ activation: Activation) throws(TensorError) -> Tensor {
        try x.check("gated activation", "input", [nil, nil])
        let (rows, size) = (x.shape[0], x.shape[1] / 2)
        guard 2 * size == x.shape[1] else {
            throw TensorError(
                .shapeMismatch, operation: "gated activation", expected: "an even width", found: "\(x.shape)")
        }
        let result = try Tensor(uninitialized: Shape([rows, size]))
        if let input = x.floatPointer, let output = result.mutableFloatPointer {
            withExtendedLifetime(x) {
                runRows(rows, minimum: 8) { range in
                    let first = range.lowerBound
                    sb_gated_activation(
                        activation.kernelActivation, input + first * 2 * size, 2 * size, output + first * size, size,
                        range.count, size)
                }
            }
        }
        return record(result, of: [x]) { gradient, compute throws(TensorError) in
            try compute.gatedActivationBackward(x, activation, gradient)
        }
    }

    /// Sets a random part of the elements to 0 and divides the others by the part kept, so that the mean stays
    /// (Srivastava et al. 2014); the identity unless a recording computation was given keys.
    public func dropout(_ x: Tensor, rate: Float) throws(TensorError) -> Tensor {
        guard let dropoutKeys, rate > 0 else { return x }
        let key = dropoutKeys.next()
        return record(try dropout(x, rate, key), of: [x]) { gradient, compute throws(TensorError) in
            try x.variable?.add(compute.dropout(gradient, rate, key), compute)
        }
    }

    private func dropout(_ x: Tensor, _ rate: Float, _ key: UInt64) throws(TensorError) -> Tensor {
        try x.check("dropout", "input", x.shape.dimensions)
        let result = try Tensor(uninitialized: x.shape)
        guard let input = x.floatPointer, let output = result.mutableFloatPointer else { return result }
        withExtendedLifetime(x) {
            runRows(x.shape.count, minimum: 1 << 12) { range in
                let start = range.lowerBound
                sb_dropout(input + start, output + start, range.count, 1 - rate, key, UInt64(start))
            }
        }
        return result
    }
}
