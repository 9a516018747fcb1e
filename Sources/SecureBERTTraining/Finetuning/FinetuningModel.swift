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
    private let writer: ModelFolderWriter

    /// - Parameters:
    ///   - recipe: Which checkpoint, and what of it is trained.
    ///   - head: What stands on top of the encoder.
    ///   - labels: The classes of the head; empty for a head without.
    ///   - problemType: What a sequence classifier is for.
    ///   - usesRandomField: Whether a token classifier scores label sequences.
    ///   - pooling: Replaces ModernBERT's `classifier_pooling`; nil to keep it.
    ///   - seed: Decides the new weights.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: What loading throws; ``TrainingError`` when the recipe wants longer sequences than the encoder can read.
    init(
        _ recipe: FinetuningRecipe, head: ModelHead, labels: [String], problemType: ProblemType? = nil,
        usesRandomField: Bool = false, pooling: String? = nil, seed: UInt64, compute: Compute
    ) throws {
        let folder = try ModelFolder(path: recipe.start)
        let json = try FileSystem.readJSON(FileSystem.join(folder.modelPath, "config.json"), limit: 8 << 20)
        let changed = Self.configuration(
            json, folder.configuration, head: head, labels: labels, problemType: problemType,
            usesRandomField: usesRandomField, pooling: pooling)
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
        parameterSet = ParameterSet(isTrained: recipe.isTrained)
        transformer = try TransformerModel(
            configuration, weights: weights, head: head, parameters: parameterSet, compute: compute)
        writer = ModelFolderWriter(configuration: changed, tokenizerFolder: folder.modelPath)
    }

    /// Saves the model as a folder.
    func save(to folder: String) throws { try writer.write(parameterSet.tensors, to: folder) }

    /// A configuration with another head.
    private static func configuration(
        _ json: JSON, _ old: ModelConfiguration, head: ModelHead, labels: [String], problemType: ProblemType?,
        usesRandomField: Bool, pooling: String?
    ) -> JSON {
        let family =
            switch old {
            case .bert(let bert): bert.isRoberta ? "Roberta" : "Bert"
            case .modernBert: "ModernBert"
            }
        var members: [(String, JSON)] = [
            ("architectures", [.string(family + head.classSuffix)]), ("torch_dtype", "float32"),
        ]
        if !labels.isEmpty {
            let byIndex = labels.enumerated().map { (String($0.offset), JSON.string($0.element)) }
            let byLabel = labels.enumerated().map { ($0.element, JSON.integer($0.offset)) }
            members.append(("id2label", .object(.init(byIndex))))
            members.append(("label2id", .object(.init(byLabel))))
        }
        if let problemType { members.append(("problem_type", .string(problemType.rawValue))) }
        if usesRandomField { members.append(("use_crf", true)) }
        if let pooling { members.append(("classifier_pooling", .string(pooling))) }
        let replaced = Set(members.map(\.0)).union(
            ["dtype", "num_labels", "id2label", "label2id", "problem_type", "use_crf"])
        let kept = (json.objectValue?.members ?? []).filter { !replaced.contains($0.key) }
        return .object(.init(kept + members))
    }
}

extension ModelHead {
    /// The end of the class name in `architectures`.
    fileprivate var classSuffix: String {
        switch self {
        case .none, .other: "Model"
        case .maskedLanguageModel: "ForMaskedLM"
        case .tokenClassification: "ForTokenClassification"
        case .sequenceClassification: "ForSequenceClassification"
        case .questionAnswering: "ForQuestionAnswering"
        }
    }
}
