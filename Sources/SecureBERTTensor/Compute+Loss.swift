/// A loss and its gradient.
public struct LossValue: Sendable, Equatable {
    public var value: Double
    /// With respect to each operand, of as many elements; an empty one stands for zeros.
    public var gradients: [[Float]]

    public init(_ value: Double, gradients: [[Float]]) {
        self.value = value
        self.gradients = gradients
    }
}

extension Compute {
    /// A loss that plain code computes together with its gradient.
    ///
    /// For what stands at the end of a model, logits or the vectors of a batch: few numbers, many formulas.
    /// - Parameters:
    ///   - operands: What it depends on.
    ///   - body: Receives the elements of each operand.
    /// - Returns: One number.
    /// - Throws: What `body` throws; ``TensorError`` when a gradient has another length than its operand.
    public func loss(of operands: [Tensor], _ body: ([[Float]]) throws -> LossValue) throws -> Tensor {
        let loss = try body(operands.map { try $0.floats() })
        let lengths = operands.map(\.shape.count)
        guard loss.gradients.count == lengths.count,
            zip(loss.gradients, lengths).allSatisfy({ $0.isEmpty || $0.count == $1 })
        else {
            throw TensorError(
                .shapeMismatch, operation: "loss", expected: "gradients of \(lengths) elements",
                found: "\(loss.gradients.map(\.count))")
        }
        let result = try Tensor([Float(loss.value)], shape: [1])
        return record(result, of: operands) { gradient, compute throws(TensorError) in
            guard let factor = gradient.floatPointer?.pointee else { return }
            for (operand, elements) in zip(operands, loss.gradients) where !elements.isEmpty {
                let scaled = factor == 1 ? elements : elements.map { $0 * factor }
                try operand.variable?.add(Tensor(scaled, shape: operand.shape.dimensions), compute)
            }
        }
    }
}
