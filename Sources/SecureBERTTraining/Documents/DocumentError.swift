/// Why a file of documents cannot be read.
public struct DocumentError: Error, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs that react to it.
    public enum Code: Sendable {
        /// The file or folder does not exist.
        case notFound
        /// It exists and cannot be read.
        case unreadable
        /// Its content is not what its name promises.
        case malformed
    }

    /// The kind of problem.
    public let code: Code
    /// The file or folder.
    public let file: String
    /// The line, counted from 1; nil when the problem has no line.
    public let line: Int?
    /// What is wrong, as a clause without a full stop.
    public let problem: String

    /// Describes a problem; `problem` is a clause without a full stop.
    public init(_ code: Code, file: String, line: Int? = nil, _ problem: String) {
        self.code = code
        self.file = file
        self.line = line
        self.problem = problem
    }

    /// Place and problem, fit for a terminal.
    public var description: String {
        file.printable + (line.map { ": line \($0)" } ?? "") + ": " + problem
    }
}
