import SecureBERTTensor

/// What a text classifier learns from, with the labels numbered.
public struct ClassificationTrainingData: Sendable {
    /// The labels of the training data, by the bytes of their names.
    public let labels: [String]
    /// Whether a text can have any number of labels.
    public let isMultiLabel: Bool
    public let train: [ClassifiedText]
    public let valid: [ClassifiedText]
    /// The validation data as they were read.
    public let validation: ClassificationDataset
    /// How many of the training texts are from the further data.
    public let furtherTexts: Int
    /// What the splits are compared by.
    public let trainItems: [SplitOverlap.Item]

    /// Reads data.
    /// - Parameters:
    ///   - train: Files that decide the labels.
    ///   - extra: Further files or BEIR folders; what has none of the labels is left out.
    ///   - valid: The file that the best checkpoint is chosen on.
    /// - Throws: ``CorpusError`` with file and line of the first mistake, or when the validation data have one class.
    public init(train: [String], extra: [String] = [], valid: String) throws {
        let datasets = try train.map { try ClassificationDataset(path: $0) }
        let labels = Set(datasets.flatMap(\.labels)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let validation = try ClassificationDataset(path: valid, labels: labels)
        try validation.requireTwoClasses()
        let numbers = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        func texts(_ dataset: ClassificationDataset) -> [ClassifiedText] {
            dataset.examples.map { ClassifiedText($0.text, labels: $0.labels.compactMap { numbers[$0] }) }
        }
        let further = try extra.flatMap { texts(try ClassificationDataset(texts: $0)) }.filter { !$0.labels.isEmpty }
        self.labels = labels
        isMultiLabel = datasets.contains(where: \.isMultiLabel)
        self.train = datasets.flatMap(texts) + further
        self.valid = texts(validation)
        self.validation = validation
        furtherTexts = further.count
        trainItems = datasets.flatMap(\.splitItems)
    }
}

extension SequenceClassificationTask {
    /// Learns to label texts.
    public convenience init(
        _ recipe: SequenceClassificationRecipe, _ data: ClassificationTrainingData, seed: UInt64, compute: Compute
    ) throws {
        try self.init(
            recipe, labels: data.labels, isMultiLabel: data.isMultiLabel, train: data.train, valid: data.valid,
            seed: seed, compute: compute)
    }

    /// Learns to tell vulnerable functions from safe ones.
    public convenience init(
        _ recipe: VulnerabilityRecipe, train: [VulnerabilityDataset.Function], valid: [VulnerabilityDataset.Function],
        seed: UInt64, compute: Compute
    ) throws {
        let classes = VulnerabilityClasses(recipe, functions: train)
        func texts(_ functions: [VulnerabilityDataset.Function]) -> [ClassifiedText] {
            functions.map { ClassifiedText($0.code, labels: [classes.label(of: $0)]) }
        }
        try self.init(
            recipe.classification, labels: classes.labels, isMultiLabel: false, negativeLabel: 0,
            normalizesIdentifiers: recipe.normalizesIdentifiers, train: texts(train), valid: texts(valid), seed: seed,
            compute: compute)
    }
}
