/// What a model of answers learns from, in SQuAD's format.
public struct AnswerTrainingData: TrainingData {
    public let train: [AnswerExample]
    public let valid: [AnswerExample]
    public let overlap: SplitOverlap
    public var remarks: [String] { [] }

    /// Reads data.
    /// - Parameters:
    ///   - train: Files to learn.
    ///   - valid: The file that the best checkpoint is chosen on.
    /// - Throws: ``CorpusError`` naming the question with the first mistake.
    public init(train: [String], valid: String) throws {
        let parts = try train.map { (path: $0, examples: try AnswerExample.read($0)) }
        self.train = parts.flatMap(\.examples)
        self.valid = try AnswerExample.read(valid)
        overlap = SplitOverlap(
            parts.flatMap { $0.examples.splitItems(file: $0.path) }, self.valid.splitItems(file: valid))
    }
}
