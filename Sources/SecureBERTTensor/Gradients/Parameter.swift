/// A tensor that training changes, with its name in the checkpoint.
///
/// `@unchecked Sendable`: between two steps of an optimizer it is read-only, and the thread that trains is the only one that
/// steps.
public final class Parameter: @unchecked Sendable {
    /// The name in the checkpoint.
    public let name: String
    /// The elements, float32. The one tensor whose elements change: the optimizer writes them in place.
    public let value: Tensor

    let variable = Variable(isParameter: true)

    /// Copies a tensor into memory of its own, converted to float32.
    /// - Throws: ``TensorError`` for integer tensors or when memory is exhausted.
    public init(name: String, _ initial: Tensor, _ compute: Compute) throws(TensorError) {
        self.name = name
        let value = try Tensor(uninitialized: initial.shape)
        try compute.convert(initial, into: value)
        self.value = value.followed(by: variable)
    }

    /// The same elements for a layer whose parameters stay as they are: nothing follows their gradient.
    package var constantValue: Tensor { value.followed(by: nil) }

    /// The gradient of what ``GradientTape/backward(from:_:)`` was given since the last step, of the value's shape; nil when
    /// nothing depended on this parameter.
    public var gradient: Tensor? { variable.gradient }

    /// Adds to the gradient what was computed beside a tape.
    package func addGradient(_ more: Tensor, _ compute: Compute) throws(TensorError) {
        try variable.add(more, compute)
    }

    /// Forgets the gradient.
    public func clearGradient() { variable.clear() }

    /// Overwrites the elements, for resuming.
    /// - Throws: ``TensorError`` when the tensor is of another shape or an integer type.
    public func restore(_ tensor: Tensor, _ compute: Compute) throws(TensorError) {
        guard tensor.shape == value.shape else {
            throw TensorError(
                .shapeMismatch, operation: "restore \(name)", expected: "\(value.shape)", found: "\(tensor.shape)")
        }
        try compute.convert(tensor, into: value)
        variable.markChanged()
    }
}
