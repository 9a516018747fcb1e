import SecureBERTTensor

/// AdamW over the parameters of a model (Loshchilov and Hutter 2019, arXiv 1711.05101).
///
/// Weight decay applies to matrices only: neither to norms nor to biases.
public final class AdamW {
    /// What stays the same over a run.
    public struct Settings: Sendable, Equatable {
        public var beta1: Double
        public var beta2: Double
        /// Added to the square root of the second moment.
        public var epsilon: Double
        public var weightDecay: Double
        /// Gradients longer than this, all together, are shortened to it; nil for as they are.
        public var clipNorm: Double?

        public init(
            beta1: Double = 0.9, beta2: Double = 0.98, epsilon: Double = 1e-6, weightDecay: Double = 0.01,
            clipNorm: Double? = 1
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.clipNorm = clipNorm
        }
    }

    public let parameters: [Parameter]
    public let settings: Settings
    /// Steps taken so far.
    public private(set) var steps = 0

    private let moments: [Moments]
    private let rateFactors: [Double]
    private let compute: Compute

    /// - Parameters:
    ///   - parameters: What to optimize.
    ///   - settings: What stays the same over a run.
    ///   - rateFactor: A factor of the learning rate for each parameter by its name, such as a smaller one for lower layers.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: `TensorError` when memory is exhausted.
    public init(
        _ parameters: [Parameter], settings: Settings, rateFactor: (String) -> Double = { _ in 1 }, compute: Compute
    ) throws {
        self.parameters = parameters
        self.settings = settings
        self.compute = compute
        moments = try parameters.map { try Moments(of: $0, compute) }
        rateFactors = parameters.map { rateFactor($0.name) }
    }

    /// Changes the parameters by their gradients, which are then forgotten.
    /// - Returns: The length of all gradients together before clipping, as `torch.nn.utils.clip_grad_norm_` returns it.
    ///   When it is not finite nothing is changed.
    public func step(learningRate: Double) -> Double {
        let norm = compute.globalNorm(parameters)
        guard norm.isFinite else { return norm }
        steps += 1
        let scale = settings.clipNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        for (index, parameter) in parameters.enumerated() {
            compute.adamW(
                parameter, moments[index],
                AdamWStep(
                    learningRate: learningRate * rateFactors[index], beta1: settings.beta1, beta2: settings.beta2,
                    epsilon: settings.epsilon,
                    weightDecay: parameter.value.shape.rank > 1 ? settings.weightDecay : 0, step: steps,
                    gradientScale: scale))
        }
        return norm
    }

    /// Both moments of every parameter, for a checkpoint.
    var tensors: [(name: String, tensor: Tensor)] {
        zip(parameters, moments).flatMap { parameter, moments in
            [("first." + parameter.name, moments.first), ("second." + parameter.name, moments.second)]
        }
    }

    /// Continues from a checkpoint.
    /// - Parameter tensor: The tensor of a name that ``tensors`` gave.
    func restore(steps: Int, _ tensor: (String) throws -> Tensor) throws {
        for (parameter, moments) in zip(parameters, moments) {
            try moments.restore(
                first: tensor("first." + parameter.name), second: tensor("second." + parameter.name), compute)
        }
        self.steps = steps
    }
}
