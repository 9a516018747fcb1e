import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// A LoRA adapter while it is trained: `W = W0 + factor * B A` for some matrices of a model, whose heads are trained in full
/// (Hu et al. 2021, arXiv 2106.09685).
///
/// The model computes with W as ever. Before a step the gradient of W becomes those of B and A, which is exact, because the
/// adapter drops no elements; after it W is computed anew from W0, which stays in the checkpoint.
public final class LowRankAdapter {
    private struct Matrix {
        /// What the model computes with.
        let merged: Parameter
        /// As the checkpoint stores it.
        let base: Tensor
        let a: Parameter
        let b: Parameter
    }

    /// Where the adapter is in the folder of the model that it makes of its checkpoint.
    static let folderName = "adapter"

    /// What the optimizer changes.
    public let parameters: [Parameter]
    private let matrices: [Matrix]
    private let heads: [Parameter]
    private let configuration: AdapterConfiguration
    /// What transformers puts before the names of the encoder's tensors.
    private let encoderPrefix: String

    private var factor: Float { Float(configuration.factor) }

    /// - Parameters:
    ///   - recipe: The adapter's size.
    ///   - targets: What it was asked to adapt.
    ///   - plan: What that means for this model.
    ///   - trained: The tensors of the loaded model that have gradients.
    ///   - weights: The checkpoint.
    ///   - start: What the checkpoint is called.
    ///   - configuration: The model's.
    ///   - head: Its head.
    ///   - seed: Decides A; B begins at 0, so the model begins as it was.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: What reading throws; `TensorError` when memory is exhausted.
    init(
        _ recipe: LowRankRecipe, targets: [String], plan: LowRankPlan, trained: [Parameter],
        weights: any TensorSource, start: String, configuration: ModelConfiguration, head: ModelHead, seed: UInt64,
        compute: Compute
    ) throws {
        matrices = try trained.filter { plan.adapted.contains($0.name) }.enumerated().map { index, merged in
            let module = String(merged.name.dropLast(".weight".count))
            let (outputs, inputs) = (merged.value.shape[0], merged.value.shape[1])
            // As torch.nn.Linear and PEFT begin: uniform, of the deviation that keeps the inputs' size.
            var random = SeededRandom(seed: seed, 3, index)
            let bound = 1 / Float(inputs).squareRoot()
            let elements = (0..<recipe.rank * inputs).map { _ in Float.random(in: -bound...bound, using: &random) }
            return Matrix(
                merged: merged, base: try weights.tensor(named: merged.name),
                a: try Parameter(
                    name: module + ".lora_A.weight", Tensor(elements, shape: [recipe.rank, inputs]), compute),
                b: try Parameter(
                    name: module + ".lora_B.weight", compute.zeros(Shape([outputs, recipe.rank])), compute))
        }
        heads = trained.filter { !plan.adapted.contains($0.name) }
        parameters = heads + matrices.flatMap { [$0.a, $0.b] }
        let prefix = configuration.encoderPrefix(head)
        encoderPrefix = prefix
        func path(_ name: String) -> String { EncoderNames.replacingPrefix(of: name, by: prefix) }
        let modules = matrices.map { path(String($0.merged.name.dropLast(".weight".count))) }
        // PEFT compares names with the ends of all paths: short ones only where they mean no other module.
        let all = weights.tensorNames.filter { $0.hasSuffix(".weight") }.map { path(String($0.dropLast(7))) }
        let meant = Set(all.filter { module in targets.contains { AdapterFolder.matches(module, $0) } })
        self.configuration = AdapterConfiguration(
            rank: recipe.rank, alpha: recipe.alpha, isRankStabilized: recipe.isRankStabilized,
            targets: meant == Set(modules) ? targets : modules, savedModules: Self.modules(heads.map(\.name)),
            taskType: .init(head), baseModel: start)
    }

    /// The modules that tensors of heads belong to, at the highest level: "classifier" of "classifier.out_proj.weight".
    private static func modules(_ names: [String]) -> [String] {
        Set(names.compactMap { (EncoderNames.inner($0) ?? $0).split(separator: ".").first.map(String.init) }).sorted()
    }

    /// Turns the gradients of the model's matrices into those of their factors.
    func projectGradients(_ compute: Compute) throws(TensorError) {
        for matrix in matrices {
            guard let gradient = matrix.merged.gradient else { continue }
            let parts = try compute.lowRankGradients(of: gradient, matrix.b.value, matrix.a.value, factor: factor)
            try matrix.b.addGradient(parts.b, compute)
            try matrix.a.addGradient(parts.a, compute)
            matrix.merged.clearGradient()
        }
    }

    /// Gives the model's matrices the values that their factors now make.
    func merge(_ compute: Compute) throws(TensorError) {
        for matrix in matrices {
            try matrix.merged.restore(
                compute.lowRankSum(matrix.base, matrix.b.value, matrix.a.value, factor: factor), compute)
        }
    }

    /// Writes the folder that PEFT reads, with the model's configuration, which knows the labels.
    /// - Throws: `CheckpointError` when a file cannot be written.
    func write(to folder: String, modelConfiguration: JSON) throws(CheckpointError) {
        func path(_ name: String) -> String { EncoderNames.replacingPrefix(of: name, by: encoderPrefix) }
        try AdapterFolder.write(
            configuration,
            updates: matrices.map {
                .init(module: path(String($0.merged.name.dropLast(".weight".count))), a: $0.a.value, b: $0.b.value)
            },
            savedTensors: heads.map { (path($0.name), $0.value) }, to: folder)
        try AtomicFile.write(
            Array((modelConfiguration.prettyText + "\n").utf8), to: FileSystem.join(folder, "config.json"))
    }

    /// Goes on with an adapter of the same kind that was written before.
    /// - Throws: ``TrainingError`` when it lacks something; what reading throws.
    package func restore(from path: String, _ compute: Compute) throws {
        let folder = try AdapterFolder(path: path)
        var tensors: [String: Tensor] = [:]
        for update in folder.updates {
            let name = EncoderNames.replacingPrefix(of: update.module, by: "")
            tensors[name + ".lora_A.weight"] = update.a
            tensors[name + ".lora_B.weight"] = update.b
        }
        for (name, tensor) in folder.savedTensors {
            tensors[EncoderNames.replacingPrefix(of: name, by: "")] = tensor
        }
        for parameter in parameters {
            guard let tensor = tensors[EncoderNames.replacingPrefix(of: parameter.name, by: "")] else {
                throw TrainingError(
                    .badCheckpoint, "\(path): lacks \(parameter.name.quoted); remove the checkpoint it belongs to")
            }
            try parameter.restore(tensor, compute)
        }
        try merge(compute)
    }
}
