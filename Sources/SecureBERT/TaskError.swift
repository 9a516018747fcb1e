/// A task that cannot be done with this model or this input.
public struct TaskError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The model lacks the head, tokenizer or special token that the task needs.
        case unsuitableModel
        /// The request contradicts itself or the model.
        case invalidInput
    }

    public let code: Code
    public let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The complaint about a model whose outputs are no numbers.
    static func notFinite(_ model: String) -> TaskError {
        TaskError(
            .unsuitableModel,
            "\(model): the logits are not finite numbers; the weights are damaged or training has diverged")
    }
}
