import SecureBERTTensor

/// What a text classifier learns from, with the labels numbered.
public struct ClassificationTrainingData: TrainingData {
    /// The labels of the training data, by the bytes of their names.
    public let labels: [String]
    /// Whether a text can have any number of labels.
    public let isMultiLabel: Bool
    public let train: [ClassifiedText]
    public let valid: [ClassifiedText]
    /// The validation data as they were read.
    public let validation: ClassificationDataset
    /// How many of the training texts are from the further data; nil without such data.
    private let furtherTexts: Int?
    private let trainItems: [SplitOverlap.Item]

    /// Reads data.
    /// - Parameters:
    ///   - train: Files that decide the labels.
    ///   - extra: Further files or BEIR folders; what has none of the labels is left out.
    ///   - valid: The file that the best checkpoint is chosen on.
    /// - Throws: ``CorpusError`` with file and line of the first mistake, when some files have one label a text and others any
    ///   number, or when the validation data have one class.
    public init(train: [String], extra: [String] = [], valid: String) throws {
        let datasets = try train.map { try ClassificationDataset(path: $0) }
        let labels = Set(datasets.flatMap(\.labels)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let validation = try ClassificationDataset(path: valid, labels: labels)
        for other in datasets.dropFirst() + [validation] { try other.requireSameKind(as: datasets[0]) }
        try validation.requireTwoClasses()
        let numbers = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        func texts(_ dataset: ClassificationDataset) -> [ClassifiedText] {
            dataset.examples.map { ClassifiedText($0.text, labels: $0.labels.compactMap { numbers[$0] }) }
        }
        let furtherSets = try extra.map { try ClassificationDataset(texts: $0) }
        let isMultiLabel = datasets.contains(where: \.isMultiLabel)
        // Of a text with several labels a model of one cannot learn which.
        let further = furtherSets.flatMap(texts).filter { isMultiLabel ? !$0.labels.isEmpty : $0.labels.count == 1 }
        self.labels = labels
        self.isMultiLabel = isMultiLabel
        self.train = datasets.flatMap(texts) + further
        self.valid = texts(validation)
        self.validation = validation
        furtherTexts = extra.isEmpty ? nil : further.count
        trainItems = (datasets + furtherSets).flatMap(\.splitItems)
    }

    public var overlap: SplitOverlap { SplitOverlap(trainItems, validation.splitItems) }

    public var remarks: [String] {
        Self.remark(unmeasured: validation.labelsWithoutExample, in: validation.file)
            + (furtherTexts.map { ["\($0) further texts have labels of the training data and are learned"] } ?? [])
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
        _ recipe: VulnerabilityRecipe, _ data: VulnerabilityTrainingData, seed: UInt64, compute: Compute
    ) throws {
        let classes = VulnerabilityClasses(recipe, functions: data.train)
        func texts(_ functions: [VulnerabilityDataset.Function]) -> [ClassifiedText] {
            functions.map { ClassifiedText($0.code, labels: [classes.label(of: $0)]) }
        }
        try self.init(
            recipe.classification, labels: classes.labels, isMultiLabel: false, negativeLabel: 0,
            normalizesIdentifiers: recipe.normalizesIdentifiers, train: texts(data.train),
            valid: texts(data.valid.flatMap(\.functions)), seed: seed, compute: compute)
    }
}
