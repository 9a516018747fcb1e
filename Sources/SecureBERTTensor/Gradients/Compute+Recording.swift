import CSecureBERTKernels

extension Compute {
    /// Whether the processor multiplies bfloat16 numbers, faster than float32.
    public static var multipliesBfloat16: Bool { sb_bf16_supported() }

    /// A computation on the same threads whose operations are recorded for training.
    /// - Parameters:
    ///   - tape: What they are recorded on.
    ///   - arithmetic: The type that operands of matrix products are rounded to, `float32` or `bfloat16`; sums are float32.
    ///   - dropout: Where dropout gets its randomness; nil to drop nothing.
    ///   - recomputing: Whether the inner results of each ``segment(_:_:)`` are forgotten and computed again on the way back.
    public func recording(
        on tape: GradientTape, arithmetic: ElementType = .float32, dropout: DropoutKeys? = nil,
        recomputing: Bool = false
    ) -> Compute {
        Compute(workers, tape: tape, arithmetic: arithmetic, dropoutKeys: dropout, isRecomputing: recomputing)
    }

    /// Has gradients flow from the result of an operation to its operands.
    /// - Parameters:
    ///   - result: What the operation computed.
    ///   - operands: The tensors it depends on.
    ///   - backward: Receives the gradient of the result and adds to those of the operands.
    /// - Returns: The result, followed by a variable if anything is recorded and an operand has one.
    func record(
        _ result: Tensor, of operands: [Tensor?],
        _ backward: @escaping (_ gradient: Tensor, Compute) throws(TensorError) -> Void
    ) -> Tensor {
        guard let tape, operands.contains(where: { $0?.variable != nil }) else { return result }
        let variable = Variable()
        tape.append { (compute) throws(TensorError) in
            // Nothing arrives where the loss does not depend on the result.
            guard let gradient = variable.take() else { return }
            try backward(gradient, compute)
        }
        return result.followed(by: variable)
    }

    /// Runs a part of a model, such as one layer.
    ///
    /// While recording with recomputation only the part's input is kept, and its inner results are computed again on the way
    /// back: memory for one more forward pass (Chen et al. 2016, arXiv 1604.06174).
    public func segment(
        _ x: Tensor, _ body: @escaping (Tensor, Compute) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        guard let tape, isRecomputing else { return try body(x, self) }
        let keysUsed = dropoutKeys?.used ?? 0
        let forgetful = Compute(
            workers, tape: nil, arithmetic: arithmetic, dropoutKeys: dropoutKeys, isRecomputing: false)
        let variable = Variable()
        tape.append { [self] (compute) throws(TensorError) in
            guard let gradient = variable.take() else { return }
            let keysNow = dropoutKeys?.used ?? 0
            dropoutKeys?.used = keysUsed
            let inner = GradientTape()
            let input = Variable()
            let again = try body(
                x.followed(by: input), recording(on: inner, arithmetic: arithmetic, dropout: dropoutKeys))
            dropoutKeys?.used = keysNow
            try inner.backward(from: again, gradient: gradient, compute)
            if let inputGradient = input.take() { try x.variable?.add(inputGradient, compute) }
        }
        return try body(x, forgetful).followed(by: variable)
    }
}
