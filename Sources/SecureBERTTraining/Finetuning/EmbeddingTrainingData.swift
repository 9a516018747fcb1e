import SecureBERTCheckpoint

/// What a sentence encoder learns from: folders in BEIR's layout, or JSON lines; measured on folders.
public struct EmbeddingTrainingData: TrainingData {
    public let train: [EmbeddingExample]
    public let valid: [RetrievalTest]
    public let overlap: SplitOverlap
    public var remarks: [String] { [] }

    /// Reads data.
    /// - Parameters:
    ///   - train: Folders, whose `qrels/train.tsv` is learned, or files (see ``EmbeddingData``).
    ///   - valid: Folders, whose `qrels/valid.tsv` is measured.
    /// - Throws: ``CorpusError`` with file and line of the first mistake.
    public init(train: [String], valid: [String]) throws {
        let parts = try train.map { try EmbeddingData.part(path: $0) }
        let datasets = try valid.map { try RetrievalDataset(folder: $0, split: "valid") }
        self.train = parts.flatMap(\.examples)
        self.valid = datasets.map { RetrievalTest($0) }
        overlap = SplitOverlap(parts.flatMap(\.items), datasets.flatMap(\.splitItems))
    }
}

/// What a cross-encoder learns from: lists of passages for each query, as `securebert mine` writes them.
public struct RerankTrainingData: TrainingData {
    public let train: [EmbeddingExample]
    public let valid: [EmbeddingExample]
    public let overlap: SplitOverlap
    public var remarks: [String] { [] }

    /// Reads data.
    /// - Parameters:
    ///   - train: Files to learn (see ``EmbeddingData``).
    ///   - valid: The file that the best checkpoint is chosen on.
    /// - Throws: ``CorpusError`` with file and line of the first mistake.
    public init(train: [String], valid: String) throws {
        let parts = try train.map { try EmbeddingData.part(path: $0) }
        let measured = try EmbeddingData.part(path: valid)
        self.train = parts.flatMap(\.examples)
        self.valid = measured.examples
        overlap = SplitOverlap(parts.flatMap(\.items), measured.items)
    }
}

extension EmbeddingData {
    /// The examples of a path, and what splits are compared by.
    fileprivate static func part(path: String) throws -> (examples: [EmbeddingExample], items: [SplitOverlap.Item]) {
        guard FileSystem.kind(of: path) == .folder else {
            let examples = try examples(path: path)
            return (examples, examples.splitItems(file: path))
        }
        let dataset = try RetrievalDataset(folder: path, split: "train")
        return (examples(of: dataset), dataset.splitItems)
    }
}
