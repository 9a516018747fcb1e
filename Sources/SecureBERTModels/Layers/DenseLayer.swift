import SecureBERTCheckpoint
import SecureBERTTensor

/// A linear layer behind the pooling of a sentence encoder (`2_Dense`).
public struct DenseLayer: Sendable {
    let linear: Linear
    let activation: Activation

    /// - Throws: `CheckpointError` when the weights are missing or have another shape.
    public init(_ configuration: DenseConfiguration, compute: Compute) throws {
        let reader = LayerReader(
            weights: WeightReader(try configuration.weights.open()), parameters: nil, compute: compute)
        linear = try reader.linear(
            "linear", configuration.outputSize, configuration.inputSize, bias: configuration.hasBias)
        activation = try Activation(configuration.activation)
        try reader.weights.finish()
    }

    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - compute: Where the arithmetic runs.
    /// - Returns: `[rows, outputSize]`
    public func callAsFunction(_ x: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try linear(x, compute, activation: activation)
    }
}
