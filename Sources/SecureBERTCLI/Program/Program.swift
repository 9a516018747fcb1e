import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The entry point: parse, run, report, exit. Nothing else ends the process.
@main
enum Program {
    /// When the program started, as far as it can know.
    static let start = ContinuousClock.now

    @MainActor
    static func main() async {
        _ = start
        reserveStandardDescriptors()
        Interruption.install()
        var status = ExitStatus.success
        do {
            var command = try SecureBERTCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as Interrupted {
            exit(128 + error.signal)
        } catch {
            status = ErrorReport.deliver(error, arguments: CommandLine.arguments)
        }
        exit(status.rawValue)
    }

    /// A program started without standard input, output or error would give their numbers to the next files it opens, and
    /// messages would land in a model or an output file. Reads then find nothing, and writes fail visibly.
    private static func reserveStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
