import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files and folders under temporary names that exist now, for a program that is about to stop on Ctrl-C.
package enum UnfinishedWork {
    private static let paths = Mutex<Set<String>>([])

    /// Notes something that has just been made.
    package static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

    /// Forgets something that has been removed or has got its own name.
    /// - Returns: whether it had been noted.
    @discardableResult
    package static func forget(_ path: String) -> Bool { paths.withLock { $0.remove(path) != nil } }

    /// Removes everything that has been noted, folders with what they hold.
    package static func removeAll() {
        paths.withLock { paths in
            // Other threads may still be writing into a folder; they fail once it is gone.
            for path in paths where !remove(path) { for _ in 0..<100 where remove(path) { break } }
            paths.removeAll()
        }
    }

    /// Removes a file, or a folder with what it holds.
    /// - Returns: whether nothing is left.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        if unlink(path) == 0 || errno == ENOENT { return true }
        guard FileSystem.kind(of: path) == .folder, !FileSystem.isSymbolicLink(path) else { return false }
        for name in (try? FileSystem.names(inFolder: path)) ?? [] { remove(FileSystem.join(path, name)) }
        return rmdir(path) == 0 || errno == ENOENT
    }
}
