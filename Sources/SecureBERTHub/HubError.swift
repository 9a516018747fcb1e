/// Why a model could not be downloaded.
///
/// The description is one sentence: what went wrong, where, what was expected and found and, where it helps, what to
/// try. It never contains the token.
public struct HubError: Error, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs that react to it.
    public enum Code: Sendable, Equatable {
        /// The reference, an option or an environment variable is not acceptable.
        case usage
        /// The environment says that the network must not be used.
        case offline
        /// The model, its revision or a file of it does not exist.
        case notFound
        /// The hub wants a token, or refuses the one it was given.
        case unauthorized
        /// The hub cannot be reached, or keeps failing.
        case network
        /// What the hub sent is not what it announced, or is not safe to store.
        case corrupt
        /// There is no room for the files.
        case diskFull
        /// The cache folder cannot be read or written for another reason.
        case storage
    }

    /// The kind of problem.
    public let code: Code
    /// The sentence, without a full stop.
    public let description: String

    /// - Parameters:
    ///   - code: The kind of problem.
    ///   - description: One sentence without a full stop.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
