#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An advisory lock on a file, held until the value goes out of scope.
///
/// Same kind (`flock`) and same place as the Python library's, so both can fill one cache at the same time. The file
/// itself stays: removing it would let two processes lock two files of one name.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock, waiting for as long as somebody else has it.
    /// - Throws: ``HubError`` with code `storage`; `CancellationError`.
    static func acquire(_ path: String) async throws -> FileLock {
        while true {
            if let lock = try attempt(path) { return lock }
            // Polling: a blocking flock would hold up a thread that other tasks need, and could not be cancelled.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Takes the lock if nobody has it.
    private static func attempt(_ path: String) throws(HubError) -> FileLock? {
        let lock = FileLock(descriptor: open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666))
        guard lock.descriptor >= 0 else { throw Disk.error(path, "cannot be opened as a lock") }
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK || errno == EINTR { return nil }
            throw Disk.error(path, "cannot be locked; set HF_HUB_CACHE to a disk that supports locks")
        }
        // Somebody may have removed the file between opening and locking; the lock must be on the file of that name.
        var opened = stat()
        var named = stat()
        guard fstat(lock.descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino,
            opened.st_dev == named.st_dev
        else { return nil }
        return lock
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
