import SecureBERTTensor

/// Normalizes each row to mean 0 and variance 1, then scales and shifts it (Ba et al. 2016, arXiv 1607.06450).
public struct LayerNorm: Sendable {
    /// `[hiddenSize]`.
    let weight: Tensor
    /// `[hiddenSize]`; ModernBERT has none.
    let bias: Tensor?
    let epsilon: Float

    /// - Parameter x: `[rows, hiddenSize]`
    /// - Returns: `[rows, hiddenSize]`
    func callAsFunction(_ x: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try compute.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    }
}
