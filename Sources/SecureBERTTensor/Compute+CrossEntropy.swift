import CSecureBERTKernels

extension Compute {
    /// The mean of `-log softmax(logits)[target]` over the rows that have a target.
    /// - Parameters:
    ///   - logits: `[rows, classes]`
    ///   - targets: The class of each row, `[rows]`; a negative one is not counted.
    ///   - weights: How much a row of each class counts, `[classes]`; nil for all alike.
    ///   - smoothing: The part of each target that is spread evenly over all classes.
    ///   - denominator: What the sum is divided by; nil for the sum of the counted rows' weights. A caller that adds up the
    ///     losses of several batches gives the sum over all of them.
    /// - Returns: One number, as `torch.nn.functional.cross_entropy`; 0 when no row is counted.
    /// - Throws: ``TensorError`` when a target is not a class.
    public func crossEntropy(
        _ logits: Tensor, _ targets: [Int32], weights: [Float]? = nil, smoothing: Float = 0,
        denominator: Double? = nil
    ) throws(TensorError) -> Tensor {
        try logits.check("cross-entropy", "logits", [targets.count, nil])
        let classes = logits.shape[1]
        guard weights == nil || weights?.count == classes else {
            throw TensorError(
                .shapeMismatch, operation: "cross-entropy", expected: "\(classes) class weights",
                found: "\(weights?.count ?? 0)")
        }
        if let row = targets.firstIndex(where: { Int($0) >= classes }) {
            throw TensorError(
                .indexOutOfRange, operation: "cross-entropy", expected: "targets below \(classes)",
                found: "\(targets[row]) in row \(row)")
        }
        let counted = targets.lazy.filter { $0 >= 0 }
        let total = denominator ?? counted.reduce(0.0) { $0 + Double(weights?[Int($1)] ?? 1) }
        let scale = total > 0 ? 1 / total : 0
        let losses = try Tensor(uninitialized: Shape([targets.count]))
        crossEntropy(logits, targets, weights, smoothing, losses: losses, scale: 0, gradient: nil)
        let sum =
            (losses.floatPointer.map { UnsafeBufferPointer(start: $0, count: targets.count) }
            ?? .init(start: nil, count: 0))
            .reduce(0.0) { $0 + Double($1) }
        let loss = try Tensor([Float(sum * scale)], shape: [1])
        return record(loss, of: [logits]) { gradient, compute throws(TensorError) in
            guard let variable = logits.variable, let factor = gradient.floatPointer?.pointee else { return }
            let dx = try Tensor(uninitialized: logits.shape)
            compute.crossEntropy(
                logits, targets, weights, smoothing, losses: losses, scale: Float(scale) * factor, gradient: dx)
            try variable.add(dx, compute)
        }
    }

    private func crossEntropy(
        _ logits: Tensor, _ targets: [Int32], _ weights: [Float]?, _ smoothing: Float, losses: Tensor, scale: Float,
        gradient: Tensor?
    ) {
        let classes = logits.shape[1]
        guard let input = logits.floatPointer, let output = losses.mutableFloatPointer, classes > 0 else { return }
        withExtendedLifetime((logits, losses, gradient)) {
            runRows(targets.count, minimum: 4) { range in
                let start = range.lowerBound
                targets.withUnsafeBufferPointer { targets in
                    guard let first = targets.baseAddress else { return }
                    weights.withPointer { weights in
                        sb_cross_entropy(
                            input + start * classes, classes, first + start, weights, smoothing, output + start, scale,
                            gradient?.mutableFloatPointer.map { $0 + start * classes }, classes, range.count, classes)
                    }
                }
            }
        }
    }
}

extension [Float]? {
    fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        guard let self else { return body(nil) }
        self.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
