import CSecureBERTKernels

/// What training knows of a tensor: the gradient of the loss that has arrived for it so far.
///
/// `@unchecked Sendable`: only the thread that records a tape, runs it backwards or steps the optimizer touches it.
package final class Variable: @unchecked Sendable {
    /// Parameters keep the memory of their gradient, and add to it until the optimizer has used it.
    let isParameter: Bool
    /// The gradient, of the tensor's shape; nil when none has arrived.
    package var gradient: Tensor? { hasArrived ? memory : nil }
    /// How often the optimizer has changed the parameter: what was packed before is stale.
    private(set) var changes = 0

    private var memory: Tensor?
    private var hasArrived = false

    init(isParameter: Bool = false) { self.isParameter = isParameter }

    /// Takes the gradient away, for the one operation that passes it on.
    func take() -> Tensor? {
        defer { clear() }
        return gradient
    }

    /// Replaces the gradient by one that includes what had arrived before.
    func set(_ gradient: Tensor) {
        memory = gradient
        hasArrived = true
    }

    /// Adds to the gradient.
    func add(_ more: Tensor, _ compute: Compute) throws(TensorError) {
        guard isParameter else {
            set(try gradient.map { (earlier) throws(TensorError) in try compute.add(earlier, more) } ?? more)
            return
        }
        try accumulate(more.shape, compute) { target, isAdding in
            guard let source = more.floatPointer, let target = target.mutableFloatPointer else { return }
            compute.runRows(more.shape.count, minimum: 1 << 14) { range in
                let start = range.lowerBound
                if isAdding {
                    sb_add_scaled(1, source + start, target + start, range.count)
                } else {
                    (target + start).update(from: source + start, count: range.count)
                }
            }
        }
    }

    /// Lets an operation write its part of the gradient, or add it to what a parameter has.
    /// - Parameter write: Receives the memory, and whether it must add to what is there or else write every element.
    func accumulate(
        _ shape: Shape, _ compute: Compute, _ write: (_ target: Tensor, _ isAdding: Bool) throws(TensorError) -> Void
    ) throws(TensorError) {
        guard isParameter else {
            // Other operations may hold the gradient of an intermediate result; only a parameter's memory is its own.
            let part = try Tensor(uninitialized: shape)
            try write(part, false)
            try add(part, compute)
            return
        }
        let target = if let memory { memory } else { try Tensor(uninitialized: shape) }
        try write(target, hasArrived)
        set(target)
    }

    /// Forgets the gradient; a parameter keeps the memory.
    func clear() {
        hasArrived = false
        if !isParameter { memory = nil }
    }

    /// Notes that the optimizer has changed the parameter and used its gradient.
    func markChanged() {
        changes += 1
        clear()
    }
}

extension Tensor {
    /// The same elements, followed by a variable.
    func followed(by variable: Variable?) -> Tensor {
        var tensor = self
        tensor.variable = variable
        return tensor
    }
}
