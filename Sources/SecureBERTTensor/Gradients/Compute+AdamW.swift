import CSecureBERTKernels

/// One step of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) for one parameter, as `torch.optim.AdamW` takes it.
public struct AdamWStep: Sendable {
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    /// Added to the square root of the second moment.
    public var epsilon: Double
    /// The part of the parameter taken away, times the learning rate.
    public var weightDecay: Double
    /// The number of this step, from 1: moments start at 0, and early ones are corrected for it.
    public var step: Int
    /// What the gradient is multiplied by first, for clipping.
    public var gradientScale: Double

    public init(
        learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0, step: Int, gradientScale: Double = 1
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.step = step
        self.gradientScale = gradientScale
    }

    var kernelStep: sb_adamw {
        // 1 - beta^t in double: in float32 the difference loses its digits while t is small.
        sb_adamw(
            lr: Float(learningRate), beta1: Float(beta1), beta2: Float(beta2), eps: Float(epsilon),
            decay: Float(weightDecay), bias1: Float(1 - power(beta1, step)), bias2: Float(1 - power(beta2, step)),
            gradient_scale: Float(gradientScale))
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, base, exponent) = (1.0, base, exponent)
        while exponent > 0 {
            if !exponent.isMultiple(of: 2) { result *= base }
            base *= base
            exponent /= 2
        }
        return result
    }
}

/// The running means of a parameter's gradient and of its square, which AdamW keeps, of the parameter's shape.
public struct Moments: Sendable {
    public let first: Tensor
    public let second: Tensor

    /// Moments before the first step: zeros.
    public init(of parameter: Parameter, _ compute: Compute) throws(TensorError) {
        first = try compute.zeros(parameter.value.shape)
        second = try compute.zeros(parameter.value.shape)
    }

    /// Overwrites both, for resuming.
    /// - Throws: ``TensorError`` when a shape differs.
    public func restore(first: Tensor, second: Tensor, _ compute: Compute) throws(TensorError) {
        for (target, source) in [(self.first, first), (self.second, second)] {
            guard target.shape == source.shape else {
                throw TensorError(
                    .shapeMismatch, operation: "restore moments", expected: "\(target.shape)", found: "\(source.shape)")
            }
            try compute.convert(source, into: target)
        }
    }
}

extension Compute {
    /// Changes a parameter and its moments by its gradient, which is then forgotten; nothing without a gradient.
    public func adamW(_ parameter: Parameter, _ moments: Moments, _ step: AdamWStep) {
        guard let gradient = parameter.gradient, let source = gradient.floatPointer,
            let value = parameter.value.mutableFloatPointer, let first = moments.first.mutableFloatPointer,
            let second = moments.second.mutableFloatPointer
        else { return }
        let kernelStep = step.kernelStep
        runRows(gradient.shape.count, minimum: 1 << 14) { range in
            let start = range.lowerBound
            withUnsafePointer(to: kernelStep) {
                sb_adamw_step($0, value + start, first + start, second + start, source + start, range.count)
            }
        }
        parameter.variable.markChanged()
    }

    /// The Euclidean length of all gradients together, as `torch.nn.utils.clip_grad_norm_` measures it.
    public func globalNorm(_ parameters: [Parameter]) -> Double {
        var sum = 0.0
        for gradient in parameters.compactMap(\.gradient) {
            guard let source = gradient.floatPointer else { continue }
            // Parts of a fixed size, added in order: the same for any number of threads.
            let size = 1 << 16
            let count = gradient.shape.count
            let parts = (count + size - 1) / size
            let sums = [Double](unsafeUninitializedCapacity: parts) { buffer, initialized in
                nonisolated(unsafe) let target = buffer
                run(parts: parts) { part, _ in
                    let start = part * size
                    target.initializeElement(
                        at: part, to: sb_sum_of_squares(source + start, min(size, count - start)))
                }
                initialized = parts
            }
            sum += sums.reduce(0, +)
        }
        return sum.squareRoot()
    }

    /// A tensor of zeros.
    package func zeros(_ shape: Shape) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialized: shape)
        if let target = result.mutableFloatPointer {
            runRows(shape.count, minimum: 1 << 16) { range in
                (target + range.lowerBound).update(repeating: 0, count: range.count)
            }
        }
        return result
    }
}
