import ArgumentParser
import Dispatch

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

    static func main() {
        _ = start
        reserveStandardDescriptors()
        Interruption.install()
        var status = ExitStatus.success
        do {
            var command = try SecureBERTCommand.parseAsRoot()
            if let command = command as? any AsyncParsableCommand {
                try wait(for: command)
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

    /// Runs a command that waits for others, on the threads of Swift's concurrency. An asynchronous `main` would do so as well, but it
    /// lets signals through that ``Interruption`` has blocked.
    private static func wait(for command: any AsyncParsableCommand) throws {
        // Handed over: this thread only waits.
        nonisolated(unsafe) var command = command
        nonisolated(unsafe) var result = Result<Void, any Error>.success(())
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await command.run() } catch { result = .failure(error) }
            done.signal()
        }
        done.wait()
        try result.get()
    }

    /// A program started without standard input, output or error would give their numbers to the next files it opens, and
    /// messages would land in a model or an output file. Reads then find nothing, and writes fail visibly.
    private static func reserveStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
