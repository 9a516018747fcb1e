/// What a computation did, so that gradients can flow back through it: reverse-mode differentiation.
///
/// A ``Compute`` made by ``Compute/recording(on:arithmetic:dropout:recomputing:)`` appends one step for each operation. A
/// step takes the gradient of the operation's result and adds to the gradients of its operands; ``backward(from:_:)`` runs
/// the steps from the last to the first.
///
/// ```swift
/// let tape = GradientTape()
/// let recording = compute.recording(on: tape)
/// let loss = try recording.crossEntropy(model(batch, recording), targets)
/// try tape.backward(from: loss, compute)
/// ```
/// `@unchecked Sendable`: a tape is used by one thread at a time.
public final class GradientTape: @unchecked Sendable {
    typealias Step = (Compute) throws(TensorError) -> Void

    private var steps: [Step] = []

    public init() {}

    func append(_ step: @escaping Step) { steps.append(step) }

    /// Computes the gradient of a loss with respect to every parameter it depends on, adding to what they have.
    ///
    /// Each step is dropped once it has run, and with it the tensors it kept.
    /// - Parameters:
    ///   - loss: One number, recorded on this tape.
    ///   - compute: Where the arithmetic runs; what it records, if anything, is not used.
    /// - Throws: ``TensorError`` when the loss is not one number or does not depend on a parameter, or memory is exhausted.
    public func backward(from loss: Tensor, _ compute: Compute) throws(TensorError) {
        guard loss.shape.count == 1, loss.variable != nil else {
            throw TensorError(
                .shapeMismatch, operation: "backward", expected: "one recorded number",
                found: loss.variable == nil ? "a tensor that depends on no parameter" : "\(loss.shape)")
        }
        try backward(from: loss, gradient: try Tensor([1], shape: loss.shape.dimensions), compute)
    }

    /// Has a gradient of any shape flow back from a result.
    package func backward(from result: Tensor, gradient: Tensor, _ compute: Compute) throws(TensorError) {
        try result.variable?.add(gradient, compute)
        while let step = steps.popLast() { try step(compute) }
    }
}
