import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct AdamWTests {
    let compute: Compute
    init() throws { compute = try Compute(threads: 1) }

    private func parameter(_ name: String, _ shape: [Int], gradient: Float) throws -> Parameter {
        let count = shape.reduce(1, *)
        let parameter = try Parameter(name: name, Tensor(Array(repeating: 2, count: count), shape: shape), compute)
        try parameter.addGradient(Tensor(Array(repeating: gradient, count: count), shape: shape), compute)
        return parameter
    }

    /// Without a gradient a step is the decay alone, which is not for norms and biases: 2 (1 - 0.1 * 0.5), and less by the
    /// factor of the layer.
    @Test func decayChangesMatricesOnly() throws {
        let shapes = [
            "model.layers.0.mlp.Wi.weight": [3, 2], "model.layers.1.mlp.Wi.weight": [3, 2], "decoder.weight": [4, 2],
            "model.layers.0.mlp_norm.weight": [2], "model.layers.1.mlp.Wi.bias": [3], "decoder.bias": [4],
        ]
        let parameters = try shapes.sorted { $0.key < $1.key }.map { try parameter($0.key, $0.value, gradient: 0) }
        let optimizer = try AdamW(
            parameters, settings: AdamW.Settings(weightDecay: 0.5),
            rateFactor: { LayerDepth.rateFactor($0, decay: 0.5, layerCount: 2) }, compute: compute)
        #expect(optimizer.step(learningRate: 0.1) == 0)
        let expected: [String: Double] = [
            "decoder.weight": 1.9, "model.layers.1.mlp.Wi.weight": 1.95, "model.layers.0.mlp.Wi.weight": 1.975,
        ]
        for parameter in parameters {
            let values = try parameter.value.floats()
            expectClose(values, values.map { _ in expected[parameter.name] ?? 2.0 }, parameter.name)
        }
    }

    /// The first step goes against the sign of the gradient by the rate of its layer, whatever the gradient's length.
    @Test func stepsAreScaledByTheFactorOfTheLayer() throws {
        let names = ["classifier.weight", "roberta.encoder.layer.1.output.dense.weight", "roberta.embeddings.x.weight"]
        let parameters = try names.map { try parameter($0, [2, 2], gradient: 3) }
        let optimizer = try AdamW(
            parameters, settings: AdamW.Settings(epsilon: 1e-12, weightDecay: 0, clipNorm: nil),
            rateFactor: { LayerDepth.rateFactor($0, decay: 0.5, layerCount: 2) }, compute: compute)
        _ = optimizer.step(learningRate: 0.1)
        for (parameter, rate) in zip(parameters, [0.1, 0.05, 0.0125]) {
            let values = try parameter.value.floats()
            expectClose(values, values.map { _ in 2 - rate }, parameter.name)
        }
    }
}
