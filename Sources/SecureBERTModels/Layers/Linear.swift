import SecureBERTTensor

/// `y = activation(x Wᵀ + b) + residual`, the residual added only when one is given.
public struct Linear: Sendable {
    /// `[outputSize, inputSize]`, repacked for the matrix product.
    let weight: PackedMatrix
    /// `[outputSize]`.
    let bias: Tensor?

    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - residual: `[rows, outputSize]`
    /// - Returns: `[rows, outputSize]`
    func callAsFunction(
        _ x: Tensor, _ compute: Compute, activation: Activation = .identity, adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try compute.linear(x, weight, bias: bias, activation: activation, residual: residual)
    }
}

/// The gated linear unit of ModernBERT, `activation(x Aᵀ + a) * (x Gᵀ + g)` (GLU variants: Shazeer 2020, arXiv 2002.05202).
public struct GatedLinear: Sendable {
    /// `[2 * outputSize, inputSize]`: the rows of A, then the rows of G.
    let weight: PackedMatrix
    /// `[2 * outputSize]`.
    let bias: Tensor?
    let activation: Activation

    /// - Parameter x: `[rows, inputSize]`
    /// - Returns: `[rows, outputSize]`
    func callAsFunction(_ x: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try compute.gatedLinear(x, weight, bias: bias, activation: activation)
    }
}
