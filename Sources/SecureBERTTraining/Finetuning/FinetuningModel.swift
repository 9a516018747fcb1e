import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// A checkpoint with the head of a task, ready to be trained and saved.
struct FinetuningModel {
    let transformer: TransformerModel
    let parameterSet: ParameterSet
    let tokenizer: Tokenizer
    /// Names of the weights that begin at random.
    let newTensors: [String]
    /// The most tokens of a sequence, special ones included.
    let maximumTokens: Int
    /// What is trained in place of the encoder's matrices; nil when they are trained themselves.
    let adapter: LowRankAdapter?
    private let writer: ModelFolderWriter

    /// - Parameters:
    ///   - recipe: Which checkpoint, and what of it is trained.
    ///   - head: What stands on top of the encoder.
    ///   - labels: The classes of the head; empty for a head without.
    ///   - problemType: What a sequence classifier is for.
    ///   - usesRandomField: Whether a token classifier scores label sequences.
    ///   - pooling: Replaces ModernBERT's `classifier_pooling`; nil to keep it.
    ///   - normalizesIdentifiers: Whether the model reads source code with its names replaced.
    ///   - seed: Decides the new weights.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: What loading throws; ``TrainingError`` when the recipe wants longer sequences than the encoder can read.
    init(
        _ recipe: FinetuningRecipe, head: ModelHead, labels: [String], problemType: ProblemType? = nil,
        usesRandomField: Bool = false, pooling: String? = nil, normalizesIdentifiers: Bool = false, seed: UInt64,
        compute: Compute
    ) throws {
        let folder = try ModelFolder(path: recipe.start)
        let changed = try HeadConfiguration.replaced(
            in: folder.configurationJSON, folder.configuration, head: head, labels: labels, problemType: problemType,
            usesRandomField: usesRandomField, pooling: pooling, normalizesIdentifiers: normalizesIdentifiers,
            changes: recipe.changes(to: folder))
        let configuration = try ModelConfiguration(json: changed, file: recipe.file)
        tokenizer = try Tokenizer(folder: folder.modelPath)
        guard recipe.maximumLength <= configuration.maximumTokens else {
            throw TrainingError(
                .mismatch,
                """
                \(recipe.file): maximum-length is \(recipe.maximumLength), \(recipe.start) reads at most \
                \(configuration.maximumTokens) tokens
                """)
        }
        maximumTokens = recipe.maximumLength
        let hasSameLabels =
            folder.configuration.shared.head == head && folder.configuration.shared.labels == labels
        let weights = try CompletedWeights(
            folder.weights(), configuration: configuration, head: head, keepsClassifier: hasSameLabels, seed: seed)
        newTensors = weights.newTensors
        let targets = recipe.lora?.targets(of: configuration) ?? []
        let plan = try recipe.lora.map { _ in
            try LowRankPlan(recipe, targets: targets, weights: weights, newTensors: weights.newTensors)
        }
        parameterSet =
            recipe.sharing?.ownParameters ?? ParameterSet { plan?.isTrained($0) ?? recipe.isTrained($0) }
        transformer = try TransformerModel(
            configuration, weights: weights, head: head, parameters: parameterSet, compute: compute)
        adapter =
            if let lora = recipe.lora, let plan {
                try LowRankAdapter(
                    lora, targets: targets, plan: plan, trained: parameterSet.parameters, weights: weights,
                    start: recipe.start, configuration: configuration, head: head, seed: seed, compute: compute)
            } else {
                nil
            }
        writer = ModelFolderWriter(configuration: changed, tokenizerFolder: folder.modelPath)
    }

    /// The content of the model's `config.json`.
    var configuration: JSON { writer.configuration }

    /// Saves the model as a folder, with the adapter, whose sum with the checkpoint it is, in a folder in it.
    func save(to folder: String) throws {
        try writer.write(parameterSet.tensors, to: folder)
        guard let adapter else { return }
        let inner = FileSystem.join(folder, LowRankAdapter.folderName)
        try FileSystem.makeFolder(inner)
        try adapter.write(to: inner, modelConfiguration: writer.configuration)
    }
}
