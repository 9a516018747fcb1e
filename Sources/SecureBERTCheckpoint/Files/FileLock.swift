#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps other processes from what a file stands for, for as long as the object lives; the system takes it back when the process
/// ends, however it ends.
///
/// An advisory lock (`flock`) on a file that holds the owner's process id. The file itself stays: removing it would let two
/// processes lock two files of one name.
package final class FileLock: Sendable {
    /// Why there is no lock.
    package enum Failure: Error {
        /// The file cannot be opened to be written; `errno`.
        case cannotOpen(Int32)
        /// The disk has no locks; `errno`.
        case cannotLock(Int32)
        /// Another process has it: its id, when it has left one.
        case held(by: Int?)
    }

    private let descriptor: Int32

    /// - Parameters:
    ///   - path: The file; made when it does not exist.
    ///   - wait: How long to wait for another owner.
    package init(_ path: String, wait: Duration = .zero) throws(Failure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw .cannotOpen(errno) }
        let deadline = ContinuousClock.now + wait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            guard number == EWOULDBLOCK || number == EINTR else {
                close(descriptor)
                throw .cannotLock(number)
            }
            guard number == EINTR || ContinuousClock.now < deadline else {
                let owner = Self.owner(descriptor)
                close(descriptor)
                throw .held(by: owner)
            }
            usleep(50_000)
        }
        // Who has the lock is for messages only, so a full disk does not matter here.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        // A child that another thread has just forked holds the lock as well until it executes its program: closing alone would
        // leave it with that child for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The process id that the owner of the lock has left.
    private static func owner(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 > 0x20 }, as: UTF8.self))
    }
}
