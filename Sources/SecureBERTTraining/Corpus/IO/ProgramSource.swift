import SecureBERTCheckpoint
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How much a program may take for one file: of strangers, for those who wait.
package struct ProgramLimits: Sendable {
    /// Nil for as long as it takes.
    package var seconds: Int?
    /// Of what it makes of the file.
    package var outputBytes: Int
    /// Asked now and then; the program is ended when nobody wants its work any more.
    package var isCancelled: @Sendable () -> Bool

    package init(
        seconds: Int? = nil, outputBytes: Int = 256 << 20, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.seconds, self.outputBytes, self.isCancelled) = (seconds, outputBytes, isCancelled)
    }
}

/// What a program such as `zstd` or `pdftotext` makes of a file.
///
/// The program is started directly, never through a shell, and gets the file as its standard input, so that no name can
/// be taken for an option or a command.
final class ProgramSource: ByteSource {
    private let program: String
    private let file: String
    private var process: pid_t
    private var output: Int32
    private var errors: Int32
    private var isOver = false
    private let limits: ProgramLimits
    private let began = ContinuousClock.now

    /// Starts the program.
    /// - Parameters:
    ///   - program: its name, looked for in `PATH`.
    ///   - arguments: without the name.
    ///   - input: the file that it reads from its standard input.
    ///   - package: the Debian package that has it, for the message when it is missing.
    ///   - limits: how long it may take; what it makes is for the reader to limit.
    /// - Throws: ``CorpusError`` when the program is missing or cannot be started.
    init(
        _ program: String, _ arguments: [String], input: FileSource, package: String,
        limits: ProgramLimits = ProgramLimits()
    ) throws(CorpusError) {
        (self.program, self.limits) = (program, limits)
        file = input.path
        (process, output, errors) = (0, -1, -1)
        let started = Self.starting.withLock { _ in
            Result { () throws(CorpusError) in try start(program, arguments, input) }
        }
        let status = try started.get()
        guard status == 0 else {
            close(output)
            close(errors)
            isOver = true
            guard status == ENOENT else {
                throw CorpusError(
                    .notFound, file: input.path,
                    "needs the program \(program), which cannot be started: \(String(cString: strerror(status)))")
            }
            throw CorpusError(
                .notFound, file: input.path,
                "needs the program \(program), which is not installed; on Debian, apt-get install \(package)")
        }
    }

    /// Held while pipes are made and a process is started: a process started by another thread in between would inherit the
    /// pipe, and its reader would wait for that process as well.
    private static let starting = Mutex(())

    /// Makes the pipes and starts the process; returns 0 or the error number.
    private func start(_ program: String, _ arguments: [String], _ input: FileSource) throws(CorpusError) -> Int32 {
        let outputPipe = try Self.pipe(input.path)
        output = outputPipe.read
        defer { close(outputPipe.write) }
        let errorPipe = try Self.pipe(input.path)
        errors = errorPipe.read
        defer { close(errorPipe.write) }
        var actions = FileActions()
        actions.connect(input.descriptor, to: STDIN_FILENO)
        actions.connect(outputPipe.write, to: STDOUT_FILENO)
        actions.connect(errorPipe.write, to: STDERR_FILENO)
        return actions.spawn(program, arguments, process: &process)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isOver, !buffer.isEmpty else { return 0 }
        try waitForOutput()
        let count = try output.readBytes(into: buffer, file: file)
        if count == 0 { try finish() }
        return count
    }

    /// Waits until there is something to read, or the end of it.
    /// - Throws: ``CorpusError`` when the program takes too long, `CancellationError` when nobody waits for it any more; it is ended first.
    private func waitForOutput() throws {
        while true {
            guard !limits.isCancelled() else {
                kill(process, SIGKILL)
                throw CancellationError()
            }
            if let seconds = limits.seconds, ContinuousClock.now - began > .seconds(seconds) {
                kill(process, SIGKILL)
                throw CorpusError(
                    .malformed, file: file, "takes \(program) longer than \(seconds) s, the most one file may take")
            }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, 50) != 0 { return }
        }
    }

    /// Waits for the end of the program.
    /// - Throws: ``CorpusError`` when it failed.
    private func finish() throws(CorpusError) {
        var message = [UInt8](repeating: 0, count: 512)
        let count = (try? message.withUnsafeMutableBytes { try errors.readBytes(into: $0, file: file) }) ?? 0
        let status = end()
        guard status != 0 else { return }
        let text = String(decoding: message.prefix(count), as: UTF8.self)
        let said = text.split(whereSeparator: \.isNewline).first.map { ": \(String($0).printable)" } ?? ""
        throw CorpusError(.damaged, file: file, "cannot be read by \(program), it is damaged or cut short\(said)")
    }

    /// Releases everything and returns the exit status.
    @discardableResult
    private func end() -> Int32 {
        guard !isOver else { return 0 }
        isOver = true
        close(output)
        close(errors)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    deinit {
        // Nobody wants the rest: a program that is still writing finds its pipe closed, one that computes is stopped.
        if !isOver { kill(process, SIGTERM) }
        end()
    }

    private static func pipe(_ file: String) throws(CorpusError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard makePipe(&ends) == 0 else {
            throw CorpusError(.notFound, file: file, "no pipe can be made: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}

/// `pipe(2)` where a method named `pipe` is in the way.
private func makePipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

/// The descriptors, signals and arguments of a new process.
private struct FileActions: ~Copyable {
    #if canImport(Darwin)
        private var actions: posix_spawn_file_actions_t?
        private var attributes: posix_spawnattr_t?
    #else
        private var actions = posix_spawn_file_actions_t()
        private var attributes = posix_spawnattr_t()
    #endif

    init() {
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
    }

    mutating func connect(_ descriptor: Int32, to standard: Int32) {
        posix_spawn_file_actions_adddup2(&actions, descriptor, standard)
    }

    /// Starts the program with default signals: this process may block or ignore some, which a child would inherit.
    mutating func spawn(_ program: String, _ arguments: [String], process: inout pid_t) -> Int32 {
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let list = ([program] + arguments).map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { for pointer in list { free(pointer) } }
        return posix_spawnp(&process, program, &actions, &attributes, list, environ)
    }

    deinit {
        var (actions, attributes) = (actions, attributes)
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
    }
}
