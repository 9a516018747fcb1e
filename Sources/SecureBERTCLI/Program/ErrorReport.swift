import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTHub
import SecureBERTSearch
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one place where an error becomes a message and an exit code.
struct ErrorReport {
    let status: ExitStatus
    /// One sentence; empty when there is nothing to say.
    let message: String
    let hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// Prints what there is to print about an error, and returns the code to exit with.
    static func deliver(_ error: any Error, arguments: [String]) -> ExitStatus {
        if error is OutputClosed { return .success }
        if SecureBERTCommand.exitCode(for: error).isSuccess {
            // Not an error: --help, --version, --generate-completion-script.
            return deliver(text: SecureBERTCommand.fullMessage(for: error))
        }
        let report = ErrorReport(error, arguments: arguments)
        Terminal.printError(report.message, hint: report.hint)
        return report.status
    }

    private static func deliver(text: String) -> ExitStatus {
        do {
            let output = StandardOutput()
            try output.write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n")
            try output.flush()
            return .success
        } catch {
            return deliver(error, arguments: [])
        }
    }

    private init(_ error: any Error, arguments: [String]) {
        switch error {
        case let error as CommandLineError: self.init(error.status, error.message, hint: error.hint)
        case let error as ValidationError: self.init(.usage, error.message, hint: Self.help(arguments))
        case let error where SecureBERTCommand.exitCode(for: error) == .validationFailure:
            self.init(.usage, Self.sentence(SecureBERTCommand.message(for: error)), hint: Self.help(arguments))
        case let error as CheckpointError:
            self.init(error.code == .notFound ? .notFound : .badInput, error.description)
        case let error as CorpusError: self.init(Self.status(error), error.description)
        case let error as RecipeError: self.init(.badInput, error.description)
        case let error as TrainingError: self.init(.badInput, error.description)
        case let error as TokenizerError: self.init(.badInput, error.description)
        // What subcommands pass on as it is comes from their options; problems of a line carry its number instead.
        case let error as TaskError:
            self.init(error.code == .invalidInput ? .usage : .badInput, error.description)
        case let error as TensorError: self.init(Self.status(error), error.description)
        case let error as FileError:
            self.init(error.systemError == ENOENT ? .notFound : .badInput, error.description)
        case let error as HubError: self.init(Self.status(error), error.description)
        case let error as SearchError: self.init(Self.status(error), error.description)
        default:
            self.init(.internalError, "unexpected error: \(error)", hint: "report it with the command that caused it")
        }
    }

    private static func status(_ error: CorpusError) -> ExitStatus {
        switch error.code {
        case .notFound: .notFound
        case .invalidRequest: .usage
        case .malformed, .damaged, .mismatch, .empty: .badInput
        }
    }

    private static func status(_ error: TensorError) -> ExitStatus {
        switch error.code {
        // SECUREBERT_ISA names something this machine has not.
        case .unsupportedInstructionSet: .usage
        // Ids outside the vocabulary and sequences longer than the model come from the input.
        case .indexOutOfRange, .shapeMismatch, .outOfMemory: .badInput
        case .invalidShape, .elementTypeMismatch, .readOnly: .internalError
        }
    }

    private static func status(_ error: SearchError) -> ExitStatus {
        switch error.code {
        case .notFound, .unavailable: .notFound
        case .invalidRequest: .usage
        case .damaged, .mismatch, .busy, .writeFailed, .unreadable: .badInput
        }
    }

    private static func status(_ error: HubError) -> ExitStatus {
        switch error.code {
        case .usage: .usage
        case .offline, .notFound, .unauthorized, .network: .notFound
        case .corrupt, .diskFull, .storage: .badInput
        }
    }

    /// The parser's messages are sentences with a full stop or several lines; ours are one line without.
    private static func sentence(_ text: String) -> String {
        let line = text.split(separator: "\n").map { $0.trimmingSpaces }.filter { !$0.isEmpty }.joined(separator: "; ")
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }

    private static func help(_ arguments: [String]) -> String {
        let groups = SecureBERTCommand.configuration.groupedSubcommands
        let names = groups.flatMap(\.subcommands).map { $0._commandName }
        let subcommand = arguments.dropFirst().first { names.contains($0) }
        return "securebert \(subcommand.map { "\($0) " } ?? "")--help"
    }
}
