/// How extractive question answering is fine-tuned: the common keys and the table `[answer]`.
public struct QuestionAnsweringRecipe: Sendable {
    public let common: FinetuningRecipe
    /// Tokens that neighbouring windows of a long context share.
    let stride: Int
    /// The most tokens of an answer.
    let maximumAnswerTokens: Int

    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        let reader = try RecipeReader(path: path)
        common = try FinetuningRecipe(reader)
        stride = try reader.integer("answer.stride", in: 0...1 << 20, default: 128)
        maximumAnswerTokens = try reader.integer("answer.maximum-answer-tokens", in: 1...10_000, default: 30)
        guard stride < common.maximumLength / 2 else {
            throw reader.error(
                "answer.stride", "is \(stride), expected less than half of maximum-length, \(common.maximumLength)")
        }
        try reader.finish()
    }
}
