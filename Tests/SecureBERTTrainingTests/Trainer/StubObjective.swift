import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTraining
import TestSupport

/// Twelve steps of two parameters, in one of which something is no number.
final class StubObjective: TrainingObjective {
    /// What is no longer a number.
    enum Trouble: String {
        case loss, gradient, weight, validation
    }

    static let total = 12

    let parameters: [Parameter]
    private let trouble: (Trouble, step: Int)?
    private let improves: Bool
    /// Steps begun so far.
    private var begun = 0

    /// - Parameters:
    ///   - trouble: What goes wrong, and in which step, from 1; nil for nothing.
    ///   - improves: Whether what is measured gets better.
    init(_ trouble: (Trouble, step: Int)?, improves: Bool = true, _ compute: Compute) throws {
        self.trouble = trouble
        self.improves = improves
        parameters = try ["weight", "bias"].map {
            try Parameter(name: $0, Tensor([1, 2, 3, 4], shape: [2, 2]), compute)
        }
    }

    private func has(_ kind: Trouble) -> Bool { trouble.map { $0.0 == kind && $0.step == begun } ?? false }

    var progress: Double { Double(begun) / Double(Self.total) }
    var state: JSON { ["begun": .integer(begun)] }
    let identity = [(name: "stub", value: "stub")]
    let measure = Measure("loss", .less)

    func nextStep(_ step: Int) throws -> [Int] {
        begun = step + 1
        return [begun]
    }

    func tokens(of part: Int) -> Int { 1 }

    func loss(of part: Int, _ compute: Compute) throws -> Tensor {
        let slope: Float = has(.gradient) ? .infinity : 0.1
        return try compute.loss(of: parameters.map(\.value)) { _ in
            LossValue(has(.loss) ? .nan : 1, gradients: [Array(repeating: slope, count: 4), []])
        }
    }

    /// The weight that is no number is not one the loss depends on, so that neither the loss nor the gradient tells.
    func didStep(_ compute: Compute) throws {
        if has(.weight) { try parameters[1].restore(Tensor([1, .nan, 3, 4], shape: [2, 2]), compute) }
    }

    func evaluate(_ compute: Compute) throws -> [Metric] {
        [Metric("loss", has(.validation) ? .nan : improves ? 1 / Double(begun) : Double(begun))]
    }

    func saveModel(to folder: String) throws {
        try SafetensorsWriter.write(
            parameters.map { ($0.name, $0.value) }, to: FileSystem.join(folder, "model.safetensors"))
    }

    func restore(modelFolder: String, state: JSON, file: String) throws {
        let weights = try SafetensorsFile(path: FileSystem.join(modelFolder, "model.safetensors"))
        let compute = try Compute(threads: 1)
        for parameter in parameters { try parameter.restore(weights.tensor(named: parameter.name), compute) }
        begun = state["begun"]?.integerValue ?? 0
    }
}
