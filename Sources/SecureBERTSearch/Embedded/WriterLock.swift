import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps other processes from writing to the same index, for as long as the object lives.
final class WriterLock: Sendable {
    private let lock: FileLock

    /// - Parameters:
    ///   - path: The file that is locked.
    ///   - location: Of the index, for messages.
    ///   - wait: How long to wait for another writer.
    /// - Throws: ``SearchError`` with code `busy` that names the other process.
    init(_ path: String, location: String, wait: Duration) throws(SearchError) {
        do {
            lock = try FileLock(path, wait: wait)
        } catch {
            switch error {
            case .cannotOpen(let number):
                throw SearchError(.writeFailed, location, "cannot be written: \(String(cString: strerror(number)))")
            case .cannotLock(let number):
                throw SearchError(
                    .unreadable, location,
                    "cannot be locked: \(String(cString: strerror(number))); keep it on a disk that supports locks")
            case .held(let owner):
                throw SearchError(
                    .busy, location,
                    "is being written by another process\(owner.map { " (\($0))" } ?? ""); try again when it has finished, or wait for it with --wait SECONDS"
                )
            }
        }
    }
}
