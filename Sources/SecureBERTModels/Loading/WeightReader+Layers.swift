import SecureBERTCheckpoint
import SecureBERTTensor

/// Reads weights and prepares them for the kernels.
struct LayerReader {
    let weights: WeightReader
    let compute: Compute

    func scoped(_ name: String) -> LayerReader {
        LayerReader(weights: weights.scoped(name), compute: compute)
    }

    /// `name.weight` `[outputSize, inputSize]` and, when wanted, `name.bias` `[outputSize]`.
    func linear(_ name: String, _ outputSize: Int, _ inputSize: Int, bias: Bool = true) throws -> Linear {
        try linear(stacking: [name], outputSize, inputSize, bias: bias)
    }

    /// Layers of the same input, made one: each `name.weight` is `[outputSize, inputSize]`.
    func linear(stacking names: [String], _ outputSize: Int, _ inputSize: Int, bias: Bool = true) throws -> Linear {
        let blocks = try names.map { try weights.scoped($0).tensor("weight", [outputSize, inputSize]) }
        let biases = bias ? try names.map { try vector($0 + ".bias", outputSize) } : []
        return Linear(
            weight: try PackedMatrix(blocks, compute: compute),
            bias: bias ? try concatenated(biases) : nil)
    }

    /// `name.weight` `[2 * outputSize, inputSize]`: the activation's half, then the gate's.
    func gatedLinear(
        _ name: String, _ outputSize: Int, _ inputSize: Int, bias: Bool, activation: Activation
    ) throws -> GatedLinear {
        let weight = try weights.scoped(name).tensor("weight", [2 * outputSize, inputSize])
        return GatedLinear(
            weight: try PackedMatrix([weight], gated: true, compute: compute),
            bias: bias ? try vector(name + ".bias", 2 * outputSize) : nil, activation: activation)
    }

    func norm(_ name: String, _ size: Int, bias: Bool = true, epsilon: Float) throws -> LayerNorm {
        LayerNorm(
            weight: try vector(name + ".weight", size), bias: bias ? try vector(name + ".bias", size) : nil,
            epsilon: epsilon)
    }

    /// `name.weight` `[entries, hiddenSize]`, left where it is in the checkpoint.
    func embedding(_ name: String, _ entries: Int, _ hiddenSize: Int) throws -> Embedding {
        Embedding(table: try weights.scoped(name).tensor("weight", [entries, hiddenSize]))
    }

    /// A vector as float32.
    func vector(_ name: String, _ size: Int) throws -> Tensor {
        try compute.float32(weights.tensor(name, [size]))
    }

    private func concatenated(_ vectors: [Tensor]) throws -> Tensor {
        if vectors.count == 1 { return vectors[0] }
        let elements = try vectors.flatMap { try $0.floats() }
        return try Tensor(elements, shape: [elements.count])
    }
}
