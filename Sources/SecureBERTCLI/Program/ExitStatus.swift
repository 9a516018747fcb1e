/// The exit codes that scripts rely on.
enum ExitStatus: Int32 {
    /// Done; for `scan`, nothing at or above the threshold was found.
    case success = 0
    /// Kept for `scan --fail-on`.
    case findings = 1
    /// The command line asks for something that does not exist or contradicts itself.
    case usage = 2
    /// A model file or an input file is not what it should be, or the output cannot be written.
    case badInput = 3
    /// A file or model does not exist, or the network is off or does not answer.
    case notFound = 4
    /// A defect of this program (`EX_SOFTWARE` of sysexits.h).
    case internalError = 70
}

/// An error that the command line itself finds.
struct CommandLineError: Error, CustomStringConvertible {
    let status: ExitStatus
    /// One sentence without a full stop: what, where, expected and found.
    let message: String
    /// A command or an action that would help.
    let hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    var description: String { message }
}

/// Whoever read the standard output has gone away, as `head` does when it has enough: no error, there is nothing left to do.
struct OutputClosed: Error {}
