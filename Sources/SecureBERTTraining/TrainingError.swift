/// Why training cannot start or go on: one sentence with what, where, what was expected and found, and what to try.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The recipe, the model and the data do not fit each other.
        case mismatch
        /// A checkpoint of a run is missing, damaged or of another run.
        case badCheckpoint
        /// The loss or the gradients are no longer numbers.
        case diverged
    }

    public let code: Code
    /// The sentence.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
