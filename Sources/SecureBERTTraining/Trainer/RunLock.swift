import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps other processes from training in the same folder, for as long as the object lives; the system takes it back when the
/// process ends, however it ends.
///
/// An advisory lock (`flock`) on a file in the folder. The file itself stays: removing it would let two processes lock two
/// files of one name.
final class RunLock: Sendable {
    static let fileName = ".lock"

    private let descriptor: Int32

    /// - Parameter folder: The folder of the run, which exists.
    /// - Throws: `CheckpointError` that names the other process when there is one, or when the folder cannot be locked.
    init(folder: String) throws(CheckpointError) {
        let path = FileSystem.join(folder, Self.fileName)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw FileSystem.systemError(path, "cannot be written", .writeFailed) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno != EINTR else { continue }
            let isHeld = errno == EWOULDBLOCK
            let error =
                isHeld
                ? CheckpointError(
                    .writeFailed, file: folder,
                    """
                    is the folder of a run that goes on\(Self.owner(descriptor).map { " (process \($0))" } ?? ""); wait \
                    until that has ended, stop it, or give another folder
                    """)
                : FileSystem.systemError(folder, "cannot be locked, which needs a disk with locks", .writeFailed)
            close(descriptor)
            throw error
        }
        // Who has the lock is for messages only, so a full disk does not matter here.
        let text = Array("\(getpid())\n".utf8)
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
