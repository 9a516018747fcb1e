import SecureBERTCheckpoint

/// Why an index cannot be made, read, written or searched.
///
/// The description is one sentence that starts with the place of the index.
public struct SearchError: Error, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs that react to it.
    public enum Code: Sendable {
        /// There is no index at the place.
        case notFound
        /// The content is not what its checksums say, or not an index at all.
        case damaged
        /// The index was made with another model or with other settings than are asked for.
        case mismatch
        /// Another process is writing.
        case busy
        /// It could not be written; what it held before is still there.
        case writeFailed
        /// It cannot be opened or read.
        case unreadable
        /// The server does not answer.
        case unavailable
        /// The request contradicts itself or the index.
        case invalidRequest
    }

    public let code: Code
    /// The place of the index.
    public let location: String
    /// What is wrong, as a clause without a full stop.
    public let problem: String

    public init(_ code: Code, _ location: String, _ problem: String) {
        (self.code, self.location, self.problem) = (code, location, problem)
    }

    /// The place and the problem, fit for a terminal.
    public var description: String { "\(location.printable): \(problem)" }
}
