import CSecureBERTKernels

/// Gradients of the operations on rows and elements. Each adds to the gradients of its operands.
extension Compute {
    func activationBackward(_ x: Tensor, _ activation: Activation, _ gradient: Tensor) throws(TensorError) {
        guard let variable = x.variable else { return }
        let result = try Tensor(uninitialized: x.shape)
        if let input = x.floatPointer, let dy = gradient.floatPointer, let dx = result.mutableFloatPointer {
            withExtendedLifetime((x, gradient)) {
                runRows(x.shape.count, minimum: 1 << 12) { range in
                    let start = range.lowerBound
                    sb_activation_backward(
                        activation.kernelActivation, input + start, dy + start, dx + start, range.count)
                }
            }
        }
        try variable.add(result, self)
    }

    func gatedActivationBackward(_ x: Tensor, _ activation: Activation, _ gradient: Tensor) throws(TensorError) {
        guard let variable = x.variable else { return }
        let (rows, size) = (gradient.shape[0], gradient.shape[1])
        let result = try Tensor(uninitialized: x.shape)
        if let input = x.floatPointer, let dy = gradient.floatPointer, let dx = result.mutableFloatPointer {
            withExtendedLifetime((x, gradient)) {
                runRows(rows, minimum: 8) { range in
                    let first = range.lowerBound
                    sb_gated_activation_backward(
                        activation.kernelActivation, input + first * 2 * size, 2 * size, dy + first * size, size,
                        dx + first * 2 * size, 2 * size, range.count, size)
                }
            }
        }
        try variable.add(result, self)
    }

    func layerNormBackward(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ epsilon: Float, _ gradient: Tensor
    ) throws(TensorError) {
        let (rows, width) = (x.shape[0], x.shape[1])
        let earlier = x.variable?.take()
        let result = try Tensor(uninitialized: x.shape)
        // Each thread sums over its own rows; the sums are then added in order.
        let parts = max(1, min(threads, rows / 8))
        let sums = try Tensor(Array(repeating: 0, count: 2 * parts * width), shape: [2 * parts, width])
        if let input = x.floatPointer, let dy = gradient.floatPointer, let dx = result.mutableFloatPointer,
            let sums = sums.mutableFloatPointer
        {
            withExtendedLifetime((x, weight, gradient, earlier)) {
                run(parts: parts) { part, _ in
                    let first = rows * part / parts
                    let count = rows * (part + 1) / parts - first
                    var norm = sb_layer_norm_backward()
                    norm.dy = dy + first * width
                    norm.lddy = width
                    norm.x = input + first * width
                    norm.ldx = width
                    norm.weight = weight.floatPointer
                    norm.eps = epsilon
                    norm.residual = earlier?.floatPointer.map { $0 + first * width }
                    norm.ldr = width
                    norm.dx = dx + first * width
                    norm.lddx = width
                    norm.dweight = sums + part * width
                    norm.dbias = sums + (parts + part) * width
                    sb_layer_norm_backward_f32(&norm, count, width)
                }
            }
        }
        x.variable?.set(result)
        try weight.variable?.accumulate(weight.shape, self) { (target, isAdding) throws(TensorError) in
            addColumnSums(try sums.rows(0..<parts), into: target, isAdding)
        }
        try bias?.variable?.accumulate(weight.shape, self) { (target, isAdding) throws(TensorError) in
            addColumnSums(try sums.rows(parts..<2 * parts), into: target, isAdding)
        }
    }

    /// Every gathered row's gradient is added to the row of the table it came from.
    func gatherBackward(
        _ table: Tensor, _ ids: [Int32], _ paddingID: Int32?, _ gradient: Tensor
    ) throws(TensorError) {
        guard let variable = table.variable else { return }
        let width = table.shape[1]
        let runs = ids.indices.split { ids[$0] == paddingID }
        try variable.accumulate(table.shape, self) { target, isAdding in
            guard let output = target.mutableFloatPointer else { return }
            if !isAdding {
                runRows(target.shape.count, minimum: 1 << 16) { range in
                    (output + range.lowerBound).update(repeating: 0, count: range.count)
                }
            }
            guard let dy = gradient.floatPointer else { return }
            // Threads share the columns, because two tokens may have the same id.
            withExtendedLifetime(gradient) {
                ids.withUnsafeBufferPointer { ids in
                    guard let first = ids.baseAddress else { return }
                    runRows(width, minimum: 64) { columns in
                        let start = columns.lowerBound
                        for run in runs {
                            sb_scatter_add(
                                output + start, width, first + run.startIndex, run.count, columns.count,
                                dy + run.startIndex * width + start, width)
                        }
                    }
                }
            }
        }
    }

    func poolBackward(
        _ hidden: Tensor, _ sequences: SequenceLayout, _ pooling: Pooling, _ gradient: Tensor
    ) throws(TensorError) {
        guard let variable = hidden.variable else { return }
        let width = hidden.shape[1]
        let result = try Tensor(uninitialized: hidden.shape)
        if let input = hidden.floatPointer, let dy = gradient.floatPointer, let dx = result.mutableFloatPointer {
            withExtendedLifetime((hidden, gradient)) {
                runRows(sequences.count) { range in
                    for index in range {
                        let rows = sequences[index]
                        let source = dy + index * width
                        let target = dx + rows.lowerBound * width
                        func spread(_ factor: (Int) -> Float) {
                            for row in 0..<rows.count { sb_scale(factor(row), source, target + row * width, width) }
                        }
                        let count = Float(rows.count)
                        switch pooling {
                        case .cls: spread { $0 == 0 ? 1 : 0 }
                        case .lastToken: spread { $0 == rows.count - 1 ? 1 : 0 }
                        case .mean: spread { _ in 1 / count }
                        case .meanSquareRootLength: spread { _ in 1 / count.squareRoot() }
                        case .weightedMean: spread { Float($0 + 1) / (count * (count + 1) / 2) }
                        case .max:
                            target.update(repeating: 0, count: rows.count * width)
                            guard !rows.isEmpty else { continue }
                            sb_max_rows_backward(
                                input + rows.lowerBound * width, width, rows.count, width, source, target, width)
                        }
                    }
                }
            }
        }
        try variable.add(result, self)
    }

    func normalizeBackward(_ x: Tensor, _ gradient: Tensor) throws(TensorError) {
        guard let variable = x.variable else { return }
        let columns = x.shape[1]
        let result = try Tensor(uninitialized: x.shape)
        if let input = x.floatPointer, let dy = gradient.floatPointer, let dx = result.mutableFloatPointer {
            withExtendedLifetime((x, gradient)) {
                runRows(x.shape[0], minimum: 64) { range in
                    let start = range.lowerBound * columns
                    sb_l2_normalize_backward(
                        input + start, columns, dy + start, columns, dx + start, columns, range.count, columns, 1e-12)
                }
            }
        }
        try variable.add(result, self)
    }
}
