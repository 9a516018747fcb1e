import CSecureBERTKernels

extension Compute {
    /// Normalizes each row to mean 0 and variance 1 (biased), then `* weight + bias`.
    /// - Parameters:
    ///   - x: `[rows, hiddenSize]`
    ///   - weight: `[hiddenSize]`
    ///   - bias: `[hiddenSize]`
    ///   - epsilon: Added to the variance.
    /// - Returns: `[rows, hiddenSize]`
    public func layerNorm(
        _ x: Tensor, weight: Tensor, bias: Tensor?, epsilon: Float
    ) throws(TensorError) -> Tensor {
        try x.check("layer norm", "input", [nil, nil])
        let width = x.shape[1]
        try weight.check("layer norm", "weight", [width])
        try bias?.check("layer norm", "bias", [width])
        let result = try Tensor(uninitialized: x.shape)
        guard x.shape.count > 0, let input = x.floatPointer, let output = result.mutableFloatPointer else {
            return result
        }
        withExtendedLifetime((x, weight, bias)) {
            runRows(x.shape[0], minimum: 8) { range in
                var norm = sb_layer_norm()
                norm.x = input + range.lowerBound * width
                norm.ldx = width
                norm.weight = weight.floatPointer
                norm.bias = bias?.floatPointer
                norm.eps = epsilon
                norm.y = output + range.lowerBound * width
                norm.ldy = width
                sb_layer_norm_f32(&norm, range.count, width)
            }
        }
        return record(result, of: [x, weight, bias]) { gradient, compute throws(TensorError) in
            try compute.layerNormBackward(x, weight, bias, epsilon, gradient)
        }
    }

    /// `a + b`, elementwise.
    /// - Parameters:
    ///   - a: Any shape.
    ///   - b: The same shape.
    public func add(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        try a.check("add", "first operand", b.shape.dimensions)
        try b.check("add", "second operand", a.shape.dimensions)
        let result = try Tensor(uninitialized: a.shape)
        guard let first = a.floatPointer, let second = b.floatPointer, let output = result.mutableFloatPointer else {
            return result
        }
        withExtendedLifetime((a, b)) {
            runRows(a.shape.count, minimum: 1 << 14) { range in
                let start = range.lowerBound
                sb_add(first + start, second + start, output + start, range.count)
            }
        }
        return record(result, of: [a, b]) { gradient, compute throws(TensorError) in
            try a.variable?.add(gradient, compute)
            try b.variable?.add(gradient, compute)
        }
    }

    /// Every element times a factor.
    /// - Parameters:
    ///   - x: Any shape.
    ///   - factor: What each is multiplied by.
    public func scale(_ x: Tensor, by factor: Float) throws(TensorError) -> Tensor {
        try x.check("scale", "input", x.shape.dimensions)
        let result = try Tensor(uninitialized: x.shape)
        if let input = x.floatPointer, let output = result.mutableFloatPointer {
            withExtendedLifetime(x) {
                runRows(x.shape.count, minimum: 1 << 14) { range in
                    sb_scale(factor, input + range.lowerBound, output + range.lowerBound, range.count)
                }
            }
        }
        return record(result, of: [x]) { gradient, compute throws(TensorError) in
            try x.variable?.add(compute.scale(gradient, by: factor), compute)
        }
    }

    /// Rows become columns.
    /// - Parameter x: `[rows, columns]`, small: one thread does it.
    /// - Returns: `[columns, rows]`
    public func transpose(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.check("transpose", "input", [nil, nil])
        let (rows, columns) = (x.shape[0], x.shape[1])
        let result = try Tensor(uninitialized: Shape([columns, rows]))
        if let input = x.floatPointer, let output = result.mutableFloatPointer {
            withExtendedLifetime(x) {
                for row in 0..<rows {
                    for column in 0..<columns { output[column * rows + row] = input[row * columns + column] }
                }
            }
        }
        return record(result, of: [x]) { gradient, compute throws(TensorError) in
            try x.variable?.add(compute.transpose(gradient), compute)
        }
    }

    /// Vectors one after the other.
    /// - Parameter vectors: Each `[size]`, of sizes of their own.
    public func concatenate(_ vectors: [Tensor]) throws(TensorError) -> Tensor {
        var starts = [0]
        for vector in vectors {
            try vector.check("concatenate", "vector", [nil])
            starts.append(starts[starts.count - 1] + vector.shape.count)
        }
        let result = try Tensor(uninitialized: Shape([starts[vectors.count]]))
        for (vector, start) in zip(vectors, starts) {
            withExtendedLifetime(vector) {
                guard let source = vector.floatPointer, let target = result.mutableFloatPointer else { return }
                (target + start).update(from: source, count: vector.shape.count)
            }
        }
        return record(result, of: vectors) { gradient, compute throws(TensorError) in
            for (vector, start) in zip(vectors, starts) {
                try vector.variable?.add(gradient.rows(start..<start + vector.shape.count), compute)
            }
        }
    }

    /// The table's rows for the ids, in order.
    /// - Parameters:
    ///   - table: `[entries, hiddenSize]`, of a floating-point type.
    ///   - ids: `[tokens]`
    ///   - paddingID: A row that training leaves alone, as `torch.nn.Embedding` does with its `padding_idx`; nil for none.
    /// - Returns: `[tokens, hiddenSize]`, float32.
    /// - Throws: ``TensorError`` naming the first id that is not a row of the table.
    public func gather(_ table: Tensor, _ ids: [Int32], paddingID: Int32? = nil) throws(TensorError) -> Tensor {
        guard table.shape.rank == 2, let type = table.elementType.kernelType else {
            throw TensorError(
                .shapeMismatch, operation: "gather", expected: "a floating-point matrix",
                found: "\(table.elementType.rawValue) \(table.shape)")
        }
        let (entries, width) = (table.shape[0], table.shape[1])
        if let index = ids.firstIndex(where: { $0 < 0 || Int($0) >= entries }) {
            throw TensorError(
                .indexOutOfRange, operation: "gather", expected: "ids from 0 to \(entries - 1)",
                found: "\(ids[index]) at token \(index)")
        }
        let result = try Tensor(uninitialized: Shape([ids.count, width]))
        guard let output = result.mutableFloatPointer else { return result }
        withExtendedLifetime(table) {
            ids.withUnsafeBufferPointer { ids in
                guard let first = ids.baseAddress else { return }
                runRows(ids.count, minimum: 16) { range in
                    sb_gather(
                        table.bytes.baseAddress, type, width, first + range.lowerBound, range.count, width,
                        output + range.lowerBound * width, width, false)
                }
            }
        }
        return record(result, of: [table]) { gradient, compute throws(TensorError) in
            try compute.gatherBackward(table, ids, paddingID, gradient)
        }
    }

    /// Softmax of each row. For results: no gradients flow through it.
    /// - Parameter x: `[rows, columns]`
    /// - Returns: `[rows, columns]`
    public func softmax(_ x: Tensor) throws(TensorError) -> Tensor {
        precondition(tape == nil || x.variable == nil, "a loss takes logits")
        try x.check("softmax", "input", [nil, nil])
        let columns = x.shape[1]
        let result = try Tensor(uninitialized: x.shape)
        guard x.shape.count > 0, let input = x.floatPointer, let output = result.mutableFloatPointer else {
            return result
        }
        withExtendedLifetime(x) {
            runRows(x.shape[0], minimum: 8) { range in
                let start = range.lowerBound * columns
                sb_softmax(input + start, columns, output + start, columns, range.count, columns)
            }
        }
        return result
    }

    /// One vector per sequence. An empty sequence has the zero vector.
    /// - Parameters:
    ///   - hidden: `[tokens, hiddenSize]`
    ///   - sequences: Where each sequence lies among the tokens.
    ///   - pooling: How a sequence's rows become one.
    /// - Returns: `[sequences, hiddenSize]`
    public func pool(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ pooling: Pooling
    ) throws(TensorError) -> Tensor {
        try hidden.check("pool", "hidden states", [sequences.rows, nil])
        let width = hidden.shape[1]
        let result = try Tensor(uninitialized: Shape([sequences.count, width]))
        guard let output = result.mutableFloatPointer else { return result }
        withExtendedLifetime(hidden) {
            runRows(sequences.count) { range in
                for index in range {
                    let rows = sequences[index]
                    let target = output + index * width
                    guard !rows.isEmpty, let input = hidden.floatPointer.map({ $0 + rows.lowerBound * width }) else {
                        target.update(repeating: 0, count: width)
                        continue
                    }
                    switch pooling {
                    case .cls: target.update(from: input, count: width)
                    case .lastToken: target.update(from: input + (rows.count - 1) * width, count: width)
                    case .mean: sb_mean_rows(input, width, rows.count, width, target)
                    case .meanSquareRootLength:
                        sb_mean_rows(input, width, rows.count, width, target)
                        sb_scale(Float(rows.count).squareRoot(), target, target, width)
                    case .max: sb_max_rows(input, width, rows.count, width, target)
                    case .weightedMean:
                        let weights = (1...rows.count).map(Float.init)
                        sb_weighted_mean_rows(input, width, weights, rows.count, width, target)
                    }
                }
            }
        }
        return record(result, of: [hidden]) { gradient, compute throws(TensorError) in
            try compute.poolBackward(hidden, sequences, pooling, gradient)
        }
    }

    /// Each row divided by its Euclidean length, or by 1e-12 if that is larger, as `torch.nn.functional.normalize` does.
    /// - Parameter x: `[rows, columns]`
    public func normalize(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.check("normalize", "input", [nil, nil])
        let columns = x.shape[1]
        let result = try Tensor(uninitialized: x.shape)
        guard x.shape.count > 0, let input = x.floatPointer, let output = result.mutableFloatPointer else {
            return result
        }
        withExtendedLifetime(x) {
            runRows(x.shape[0], minimum: 64) { range in
                let start = range.lowerBound * columns
                sb_l2_normalize(input + start, columns, output + start, columns, range.count, columns, 1e-12)
            }
        }
        return record(result, of: [x]) { gradient, compute throws(TensorError) in
            try compute.normalizeBackward(x, gradient)
        }
    }
}
