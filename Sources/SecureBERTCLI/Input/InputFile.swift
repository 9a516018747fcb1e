#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file, pipe or terminal that is read from its beginning to its end.
final class InputFile {
    /// What messages call it: the path, or "standard input".
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    /// Whether reading can wait for someone: a pipe or a terminal, not a file.
    let canWait: Bool

    static let standardInputName = "standard input"

    /// - Parameter path: `-` is the standard input.
    /// - Throws: ``CommandLineError`` that tells a missing file from an unreadable one and from a directory.
    init(_ path: String) throws(CommandLineError) {
        isOwned = path != "-"
        name = isOwned ? path.visible : Self.standardInputName
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else {
            let number = errno
            let isMissing = number == ENOENT || number == ENOTDIR
            throw CommandLineError(
                isMissing ? .notFound : .badInput,
                "\(name): " + (isMissing ? "there is no such file" : "cannot be opened: \(SystemCalls.reason(number))"))
        }
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : S_IFCHR
        canWait = kind != S_IFREG
        if kind == S_IFDIR {
            if isOwned { close(descriptor) }
            throw CommandLineError(.badInput, "\(name): is a directory, expected a file")
        }
    }

    deinit { if isOwned { close(descriptor) } }

    /// Reads at most as many bytes as fit; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CommandLineError) -> Int {
        let count = SystemCalls.read(descriptor, into: buffer)
        guard count >= 0 else {
            throw CommandLineError(.badInput, "\(name): cannot be read: \(SystemCalls.reason(errno))")
        }
        return count
    }

    /// Whether a read would return at once. False when the other end of a pipe is still thinking.
    var isReady: Bool {
        guard canWait else { return true }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) != 0
    }
}
