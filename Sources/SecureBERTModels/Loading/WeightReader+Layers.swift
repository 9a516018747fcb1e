import SecureBERTCheckpoint
import SecureBERTTensor

/// Reads weights and prepares them for the kernels.
struct LayerReader {
    let weights: WeightReader
    /// Collects what is read as parameters; nil for a model that only computes.
    let parameters: ParameterSet?
    let compute: Compute

    func scoped(_ name: String) -> LayerReader {
        LayerReader(weights: weights.scoped(name), parameters: parameters, compute: compute)
    }

    /// A tensor of the checkpoint, or the parameter made of it.
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
        let tensor = try weights.tensor(name, shape)
        return try parameters?.add(weights.storedName(name) ?? weights.path + name, tensor, compute) ?? tensor
    }

    /// `name.weight` `[outputSize, inputSize]` and, when wanted, `name.bias` `[outputSize]`.
    func linear(_ name: String, _ outputSize: Int, _ inputSize: Int, bias: Bool = true) throws -> Linear {
        try linear(stacking: [name], outputSize, inputSize, bias: bias)
    }

    /// Layers of the same input, made one: each `name.weight` is `[outputSize, inputSize]`.
    func linear(stacking names: [String], _ outputSize: Int, _ inputSize: Int, bias: Bool = true) throws -> Linear {
        let blocks = try names.map { try tensor($0 + ".weight", [outputSize, inputSize]) }
        let biases = bias ? try names.map { try vector($0 + ".bias", outputSize) } : []
        return Linear(
            weight: try WeightMatrix(blocks, forTraining: parameters != nil, compute: compute),
            biases: parameters == nil && biases.count > 1 ? [try compute.concatenate(biases)] : biases)
    }

    /// `name.weight` `[2 * outputSize, inputSize]`: the activation's half, then the gate's.
    func gatedLinear(
        _ name: String, _ outputSize: Int, _ inputSize: Int, bias: Bool, activation: Activation
    ) throws -> GatedLinear {
        let weight = try tensor(name + ".weight", [2 * outputSize, inputSize])
        return GatedLinear(
            weight: try WeightMatrix([weight], gated: true, forTraining: parameters != nil, compute: compute),
            bias: bias ? try vector(name + ".bias", 2 * outputSize) : nil, activation: activation)
    }

    func norm(_ name: String, _ size: Int, bias: Bool = true, epsilon: Float) throws -> LayerNorm {
        LayerNorm(
            weight: try vector(name + ".weight", size), bias: bias ? try vector(name + ".bias", size) : nil,
            epsilon: epsilon)
    }

    /// `name.weight` `[entries, hiddenSize]`, left where it is in the checkpoint.
    func embedding(_ name: String, _ entries: Int, _ hiddenSize: Int, paddingID: Int? = nil) throws -> Embedding {
        Embedding(
            table: try tensor(name + ".weight", [entries, hiddenSize]),
            paddingID: paddingID.flatMap(Int32.init(exactly:)))
    }

    /// A vector as float32.
    func vector(_ name: String, _ size: Int) throws -> Tensor {
        try compute.float32(tensor(name, [size]))
    }
}
