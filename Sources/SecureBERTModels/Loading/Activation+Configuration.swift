import SecureBERTCheckpoint
import SecureBERTTensor

extension Activation {
    /// The kernels' function for the one a configuration names.
    /// - Throws: ``CheckpointError`` for sigmoid, which turns scores into probabilities and stands between no layers.
    init(_ function: ActivationFunction) throws(CheckpointError) {
        switch function {
        case .identity: self = .identity
        case .gelu: self = .geluErf
        case .geluTanh: self = .geluTanh
        case .silu: self = .silu
        case .relu: self = .relu
        case .tanh: self = .tanh
        case .sigmoid:
            throw CheckpointError(
                .unsupported, file: "config.json", "an encoder layer with the activation sigmoid is not supported")
        }
    }
}
