/// A tensor operation that was given something it cannot work on.
public struct TensorError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        case invalidShape
        case shapeMismatch
        case elementTypeMismatch
        case indexOutOfRange
        case outOfMemory
        case readOnly
        case unsupportedInstructionSet
    }

    public let code: Code
    /// The operation that refused, such as "linear".
    public let operation: String
    public let expected: String
    public let found: String

    public init(_ code: Code, operation: String, expected: String, found: String) {
        self.code = code
        self.operation = operation
        self.expected = expected
        self.found = found
    }

    public var description: String { "\(operation): expected \(expected), found \(found)" }
}

/// A file that could not be opened, mapped, read or written.
public struct FileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// What went wrong, as a clause: "cannot be opened: Permission denied".
    public let problem: String
    /// The `errno` of the system call that failed; 0 when none did.
    public let systemError: Int32

    public init(path: String, problem: String, systemError: Int32 = 0) {
        self.path = path
        self.problem = problem
        self.systemError = systemError
    }

    public var description: String { "\(path): \(problem)" }
}
