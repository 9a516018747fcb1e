import SecureBERTCheckpoint
import SecureBERTTensor

/// What of a checkpoint is adapted, what is trained in full, and what stays.
struct LowRankPlan: Sendable {
    /// Names of matrices.
    let adapted: Set<String>
    private let newTensors: Set<String>

    /// - Parameters:
    ///   - recipe: How to fine-tune; `lora` is its table.
    ///   - targets: Names of linear layers, or ends of their paths.
    ///   - weights: The checkpoint with its head.
    ///   - newTensors: What the checkpoint lacked.
    /// - Throws: ``TrainingError`` for a target that is no linear layer of the encoder, with those there are.
    init(
        _ recipe: FinetuningRecipe, targets: [String], weights: any TensorSource, newTensors: [String]
    ) throws(TrainingError) {
        let layers = weights.tensorDescriptions.filter(Self.isLinearLayer).map(\.name)
        for target in targets where !layers.contains(where: { Self.matches($0, target) }) {
            let names = Set(layers.compactMap { $0.split(separator: ".").dropLast().last }).sorted()
            throw TrainingError(
                .mismatch,
                """
                \(recipe.file): lora.targets has \(target.quoted), which is no linear layer of \(recipe.start); there are \
                \(names.joined(separator: ", "))
                """)
        }
        adapted = Set(layers.filter { name in recipe.isTrained(name) && targets.contains { Self.matches(name, $0) } })
        guard !adapted.isEmpty else {
            throw TrainingError(
                .mismatch, "\(recipe.file): freeze.layers leaves no layer that lora.targets could adapt; lower it")
        }
        self.newTensors = Set(newTensors)
    }

    /// Whether gradients are needed: heads are trained in full, and so is a pooler that the checkpoint lacked.
    func isTrained(_ name: String) -> Bool {
        adapted.contains(name) || newTensors.contains(name) || EncoderNames.inner(name) == nil
    }

    private static func isLinearLayer(_ tensor: TensorDescription) -> Bool {
        guard let inner = EncoderNames.inner(tensor.name) else { return false }
        return tensor.shape.rank == 2 && inner.hasSuffix(".weight")
            && !["embeddings.", "pooler."].contains { inner.hasPrefix($0) }
    }

    private static func matches(_ weight: String, _ target: String) -> Bool {
        AdapterFolder.matches(String(weight.dropLast(".weight".count)), target)
    }
}
