/// A function applied to every element between two matrix products, or to a score.
public enum ActivationFunction: String, Sendable, CaseIterable {
    case identity
    /// x · Φ(x) with the exact error function.
    case gelu
    /// The tanh approximation of GELU, another function: the two differ by up to 5e-4.
    case geluTanh
    case relu
    /// x · sigmoid(x), also called swish.
    case silu
    case tanh
    case sigmoid

    /// The names config.json uses for the activations of an encoder.
    package static let namesInConfiguration: [(name: String, function: ActivationFunction)] = [
        ("gelu", .gelu), ("gelu_python", .gelu),
        ("gelu_new", .geluTanh), ("gelu_pytorch_tanh", .geluTanh), ("gelu_python_tanh", .geluTanh),
        ("gelu_fast", .geluTanh),
        ("relu", .relu), ("silu", .silu), ("swish", .silu),
    ]

    /// The class paths that sentence-transformers writes.
    package static let namesInTorch: [(name: String, function: ActivationFunction)] = [
        ("torch.nn.modules.linear.Identity", .identity), ("torch.nn.Identity", .identity),
        ("torch.nn.modules.activation.Sigmoid", .sigmoid), ("torch.nn.Sigmoid", .sigmoid),
        ("torch.nn.modules.activation.Tanh", .tanh), ("torch.nn.Tanh", .tanh),
        ("torch.nn.modules.activation.ReLU", .relu), ("torch.nn.ReLU", .relu),
        ("torch.nn.modules.activation.GELU", .gelu), ("torch.nn.GELU", .gelu),
        ("torch.nn.modules.activation.SiLU", .silu), ("torch.nn.SiLU", .silu),
    ]
}

extension ConfigurationValues {
    /// An activation by the name config.json has for it.
    package func activation(_ key: String) throws(CheckpointError) -> ActivationFunction {
        try activation(key, names: ActivationFunction.namesInConfiguration, default: .gelu)
    }

    /// An activation by the class path of torch.
    package func torchActivation(
        _ key: String, default fallback: ActivationFunction
    ) throws(CheckpointError) -> ActivationFunction {
        try activation(key, names: ActivationFunction.namesInTorch, default: fallback)
    }

    private func activation(
        _ key: String, names: [(name: String, function: ActivationFunction)], default fallback: ActivationFunction
    ) throws(CheckpointError) -> ActivationFunction {
        guard let value = self[key] else { return fallback }
        guard let text = value.stringValue, let match = names.first(where: { $0.name == text }) else {
            let allowed = names.map { $0.name.quoted }.joined(separator: ", ")
            throw refused(key, value, allowed: "one of \(allowed)", .unsupported)
        }
        return match.function
    }
}
