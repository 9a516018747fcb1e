import SecureBERTCheckpoint

/// Why a corpus, or a part of it, cannot be read or written: one sentence that starts with the file concerned.
public struct CorpusError: Error, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs that react to it.
    public enum Code: Sendable {
        /// A file, a folder or a helper program does not exist.
        case notFound
        /// The content breaks a rule of its format.
        case malformed
        /// The content ends early or its checksum differs: an interrupted write or a damaged copy.
        case damaged
        /// The content is valid and made for something else: another version, another vocabulary.
        case mismatch
        /// There is nothing to work on.
        case empty
        /// The request contradicts itself.
        case invalidRequest
    }

    /// The kind of problem.
    public let code: Code
    /// The path of the file or folder concerned.
    public let file: String
    /// What is wrong, as a clause without a full stop.
    public let problem: String

    /// Describes a problem; `problem` is a clause without a full stop.
    public init(_ code: Code, file: String, _ problem: String) {
        self.code = code
        self.file = file
        self.problem = problem
    }

    /// The path and the problem, fit for a terminal.
    public var description: String { "\(file.printable): \(problem)" }
}
