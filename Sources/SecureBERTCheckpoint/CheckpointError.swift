/// Why a model file or folder cannot be used.
///
/// The description is one sentence that starts with the path of the file: what is wrong, what was expected, what was
/// found and, where it helps, what to try.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs that react to it.
    public enum Code: Sendable {
        /// The file, folder or cached model does not exist.
        case notFound
        /// The file exists and cannot be opened or read.
        case unreadable
        /// The content breaks a rule of its format.
        case malformed
        /// The content ends early: most often an incomplete download.
        case truncated
        /// The content is valid and asks for something this package does not do.
        case unsupported
        /// The content asks for code to run or for a path outside its folder.
        case unsafe
        /// A number is beyond what this package accepts, or memory ran out.
        case limitExceeded
        /// Tensors are missing, misshapen or left over.
        case weightMismatch
        /// A file could not be written; whatever was at its path before is still there.
        case writeFailed
        /// The content is not what `models.lock` recorded.
        case integrity
    }

    /// The kind of problem.
    public let code: Code
    /// The path of the file or folder concerned, or the name of a model that was not found.
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
