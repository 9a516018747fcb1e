import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps other processes from writing to the same index, for as long as the object lives; the system takes it back when the
/// process ends, however it ends.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// - Parameter wait: How long to wait for another writer.
    /// - Throws: ``SearchError`` with code `busy` that names the other process.
    init(_ path: String, location: String, wait: Duration) throws(SearchError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else {
            throw SearchError(
                .writeFailed, location, "cannot be written: \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + wait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            guard number == EWOULDBLOCK || number == EINTR else {
                close(descriptor)
                throw SearchError(
                    .unreadable, location,
                    "cannot be locked: \(String(cString: strerror(number))); keep it on a disk that supports locks")
            }
            guard ContinuousClock.now < deadline else {
                let owner = Self.owner(descriptor)
                close(descriptor)
                throw SearchError(
                    .busy, location,
                    "is being written by another process\(owner.map { " (\($0))" } ?? ""); try again when it has finished, or wait for it with --wait SECONDS"
                )
            }
            usleep(50_000)
        }
        let text = Array("\(getpid())\n".utf8)
        // Who has the lock is for messages only, so a full disk does not matter here.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The process id that the owner of the lock has left.
    private static func owner(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 > 0x20 }, as: UTF8.self))
    }
}
