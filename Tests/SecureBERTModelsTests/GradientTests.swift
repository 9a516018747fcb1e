import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import TestSupport
import Testing

/// Gradients of every parameter of every architecture and head, and ten optimizer steps, against the Python reference in
/// float64 (Scripts/fixtures/gradients.py).
@Suite struct GradientTests {
    static let models = [
        "roberta-mlm", "roberta-token", "roberta-sequence", "roberta-qa", "bert-mlm", "bert-token", "bert-sequence",
        "bert-qa", "modernbert-mlm-old", "modernbert-mlm-new", "modernbert-token", "modernbert-sequence-cls",
        "modernbert-sequence-mean", "modernbert-qa", "roberta-base",
    ]

    let compute: Compute
    init() throws { compute = try Compute(threads: 2) }

    @Test(arguments: models, [false, true])
    func agreeWithTheReference(name: String, recomputing: Bool) throws {
        let fixture = try TrainedFixture(name, compute)
        let golden = try SafetensorsFile(path: "\(Fixtures.path)/gradients/\(name).safetensors")
        let tape = GradientTape()
        let loss = try fixture.loss(compute.recording(on: tape, recomputing: recomputing))
        let expectedLoss = try golden.tensor(named: "loss").floats()[0]
        #expect(abs(try loss.floats()[0] - expectedLoss) <= 1e-5 * abs(expectedLoss), "\(name) loss")
        try tape.backward(from: loss, compute)

        let expected = Set(golden.tensorNames.filter { $0.hasPrefix("gradient.") }.map { $0.dropFirst(9) })
        // Gradients that are 0 but for rounding, such as those of key biases, are measured against the largest.
        let largest = try expected.map { try golden.tensor(named: "gradient.\($0)").floats()[0] }.max() ?? 0
        var seen: Set<Substring> = []
        for parameter in fixture.parameters.parameters {
            guard let gradient = parameter.gradient else { continue }
            guard let name = expected.first(where: { matches(parameter.name, $0) }) else {
                Issue.record("the reference has no gradient of \(parameter.name)")
                continue
            }
            seen.insert(name)
            try expectDigest(
                gradient, golden.tensor(named: "gradient.\(name)"), tolerance: 1e-4, floor: 1e-3 * Double(largest),
                "\(fixture.name) \(parameter.name)")
        }
        #expect(seen == expected, "no gradient of \(expected.subtracting(seen).sorted())")
    }

    /// AdamW as gradients.py runs it: clipped, without decay for vectors.
    @Test(arguments: ["modernbert-mlm-old", "bert-token", "roberta-base"])
    func tenStepsAgreeWithTheReference(name: String) throws {
        let fixture = try TrainedFixture(name, compute)
        let golden = try SafetensorsFile(path: "\(Fixtures.path)/gradients/\(name)-trained.safetensors")
        let parameters = fixture.parameters.parameters
        let moments = try parameters.map { try Moments(of: $0, compute) }
        var losses: [Float] = []
        for step in 1...10 {
            let tape = GradientTape()
            let loss = try fixture.loss(compute.recording(on: tape))
            losses += try loss.floats()
            try tape.backward(from: loss, compute)
            let norm = compute.globalNorm(parameters)
            for (parameter, moments) in zip(parameters, moments) {
                compute.adamW(
                    parameter, moments,
                    AdamWStep(
                        learningRate: 1e-3, beta2: 0.98, epsilon: 1e-6,
                        weightDecay: parameter.value.shape.rank > 1 ? 0.01 : 0, step: step,
                        gradientScale: min(1, 1 / (norm + 1e-6))))
            }
        }
        let expectedLosses = try golden.tensor(named: "losses").floats()
        for (loss, expected) in zip(losses, expectedLosses) {
            #expect(abs(loss - expected) <= 1e-4 * abs(expected), "\(losses), expected \(expectedLosses)")
        }
        #expect(losses[9] < losses[0])
        for name in golden.tensorNames where name.hasPrefix("parameter.") {
            let parameter = parameters.first { matches($0.name, name.dropFirst(10)) }
            try expectDigest(
                #require(parameter, "\(name)").value, golden.tensor(named: name), tolerance: 1e-4,
                "\(fixture.name) \(name)")
        }
    }

    /// Checkpoints may leave out the encoder's prefix, and may call the decoder's bias "bias".
    private func matches(_ stored: String, _ reference: Substring) -> Bool {
        stored == reference || reference.hasSuffix("." + stored) || stored.hasSuffix("." + reference)
            || stored + ".decoder.bias" == reference
    }
}
