/// How a cross-encoder is fine-tuned: the common keys and the table `[rerank]`.
public struct RerankRecipe: Sendable {
    /// What errors cost.
    public enum Loss: String, Sendable, CaseIterable {
        /// Each pair by itself: does the passage answer the query?
        case binary
        /// The passages of a query against each other.
        case listwise
        /// The same, with a teacher's probabilities of the passages in place of right and wrong.
        case distillation
    }

    public let common: FinetuningRecipe
    public let loss: Loss
    /// Given negatives of each query that a step reads, at most; drawn anew each time.
    let negatives: Int
    /// Negatives of each validation query that are ranked against its passage, at most.
    let validationNegatives: Int
    /// What a teacher's scores are divided by before they become probabilities.
    let teacherTemperature: Double

    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        let reader = try RecipeReader(path: path)
        common = try FinetuningRecipe(reader)
        loss = try reader.choice("rerank.loss", default: .binary)
        negatives = try reader.integer("rerank.negatives", in: 1...1000, default: 4)
        validationNegatives = try reader.integer("rerank.validation-negatives", in: 1...10_000, default: 20)
        teacherTemperature = try reader.double("rerank.teacher-temperature", in: 0.001...1000, default: 1)
        try reader.finish()
    }
}
