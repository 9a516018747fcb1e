/// Why a tokenizer cannot be loaded or a request cannot be carried out: what is wrong, and where.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure, for programs that react to them.
    public enum Kind: Sendable {
        /// A file is missing or cannot be read.
        case unreadable
        /// A file does not follow its format.
        case malformed
        /// A file is well-formed but asks for something this library does not do; it never approximates.
        case unsupported
        /// Parts of a file, or two files, contradict each other.
        case inconsistent
        /// The caller asked for something impossible.
        case invalidRequest
    }

    /// The kind of failure.
    public let kind: Kind
    /// The file concerned, or an empty string for a request.
    public let file: String
    /// The place in the file as a path of keys ("model.merges[12]"), or an empty string.
    public let location: String
    /// What is wrong, as one sentence without a full stop.
    public let problem: String

    /// A failure with its place; leave the place out for requests.
    public init(_ kind: Kind, file: String = "", location: String = "", _ problem: String) {
        self.kind = kind
        self.file = file
        self.location = location
        self.problem = problem
    }

    /// Place and problem: "models/x/tokenizer.json: model.merges[3]: ...".
    public var description: String {
        [file, location, problem].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
