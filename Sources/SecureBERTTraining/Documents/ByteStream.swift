#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bytes of a file from its beginning to its end; a file whose name ends in `.zst` is decompressed by the `zstd`
/// program on the way.
final class ByteStream {
    let path: String
    private var descriptor: Int32
    /// The process that decompresses.
    private var process: pid_t?

    /// - Parameter path: `-` is the standard input.
    init(path: String) throws(DocumentError) {
        self.path = path == "-" ? "standard input" : path
        guard path != "-" else {
            descriptor = dup(STDIN_FILENO)
            return
        }
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DocumentError(
                errno == ENOENT || errno == ENOTDIR ? .notFound : .unreadable, file: path,
                errno == ENOENT ? "there is no such file" : "cannot be opened: \(Self.reason)")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw DocumentError(.unreadable, file: path, "is a directory, expected a file")
        }
        guard path.hasSuffix(".zst") else { return }
        let compressed = descriptor
        defer { close(compressed) }
        (process, descriptor) = try Self.decompress(compressed, path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        // It ends by itself once nobody reads what it writes.
        if let process { Self.wait(process) }
    }

    /// Appends at most `count` bytes; false at the end of the file.
    func read(_ count: Int, into bytes: inout [UInt8]) throws(DocumentError) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        var received = 0
        repeat {
            received = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { sysRead(descriptor, $0 + start, count) } ?? 0
            }
        } while received < 0 && errno == EINTR
        guard received >= 0 else { throw DocumentError(.unreadable, file: path, "cannot be read: \(Self.reason)") }
        bytes.removeLast(count - received)
        if received == 0 { try finish() }
        return received > 0
    }

    /// Looks how decompression ended.
    private func finish() throws(DocumentError) {
        guard let process else { return }
        self.process = nil
        let status = Self.wait(process)
        guard status == 0 else {
            throw DocumentError(
                .malformed, file: path, "cannot be decompressed by zstd (status \(status)); is the file complete?")
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    /// Waits for a process; 128 + the signal when a signal ended it.
    @discardableResult
    private static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Starts `zstd` on an open file.
    private static func decompress(
        _ file: Int32, _ path: String
    ) throws(DocumentError) -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw DocumentError(.unreadable, file: path, "no pipe to zstd can be made: \(reason)")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // This program blocks and ignores signals that should end a child.
        var (none, defaults) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words: [String] = ["zstd", "-dcq"]
        let arguments = words.map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let error = posix_spawnp(&process, "zstd", &actions, &attributes, arguments, environ)
        guard error == 0 else {
            close(ends[0])
            let isMissing = error == ENOENT
            throw DocumentError(
                .unreadable, file: path,
                isMissing
                    ? "is compressed and the program zstd is not installed; install it or decompress the file first"
                    : "zstd cannot be started: \(String(cString: strerror(error)))")
        }
        return (process, ends[0])
    }
}

/// `read` under a name that does not collide with the method.
private func sysRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
