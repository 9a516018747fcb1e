import SecureBERTTensor

/// `y = dropout(activation(x Wᵀ + b)) + residual`, the residual added only when one is given.
public struct Linear: Sendable {
    /// `[outputSize, inputSize]`.
    let weight: WeightMatrix
    /// One of `[outputSize]`, or none; for training one for each stacked matrix.
    let biases: [Tensor]

    /// - Parameters:
    ///   - x: `[rows, inputSize]`
    ///   - dropout: The part dropped while training.
    ///   - residual: `[rows, outputSize]`
    /// - Returns: `[rows, outputSize]`
    func callAsFunction(
        _ x: Tensor, _ compute: Compute, activation: Activation = .identity, dropout: Float = 0,
        adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        let bias = biases.count > 1 ? try compute.concatenate(biases) : biases.first
        return try compute.linear(
            x, weight, bias: bias, activation: activation, dropout: dropout, residual: residual)
    }
}

/// The gated linear unit of ModernBERT, `activation(x Aᵀ + a) * (x Gᵀ + g)` (GLU variants: Shazeer 2020, arXiv 2002.05202).
public struct GatedLinear: Sendable {
    /// `[2 * outputSize, inputSize]`: the rows of A, then the rows of G.
    let weight: WeightMatrix
    /// `[2 * outputSize]`.
    let bias: Tensor?
    let activation: Activation

    /// - Parameter x: `[rows, inputSize]`
    /// - Returns: `[rows, outputSize]`
    func callAsFunction(_ x: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try compute.gatedLinear(x, weight, bias: bias, activation: activation)
    }
}
