import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder of files that appears at its path complete or not at all.
package enum AtomicFolder {
    /// Fills a folder under another name beside the path, and renames it when it is complete. Nothing is overwritten.
    /// - Parameter fill: writes files into the folder it is given, each durable by itself.
    /// - Throws: `CheckpointError` when there is already something at the path, or the folder cannot be made; what `fill`
    ///   throws, after what it wrote was removed.
    package static func write(_ path: String, _ fill: (String) throws -> Void) throws {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        try checkFree(path)
        let temporary = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
        // Before the folder is made: a signal between the two would leave it behind.
        UnfinishedWork.add(temporary)
        guard mkdir(temporary, 0o777) == 0 else {
            let error = FileSystem.systemError(path, "cannot be made as a folder", .writeFailed)
            UnfinishedWork.forget(temporary)
            throw error
        }
        do {
            try fill(temporary)
            // A folder takes the place of an empty one.
            guard rename(temporary, path) == 0 else {
                throw FileSystem.systemError(path, "cannot be put in place", .writeFailed)
            }
            UnfinishedWork.forget(temporary)
            synchronizeFolder(of: path)
        } catch {
            UnfinishedWork.remove(temporary)
            UnfinishedWork.forget(temporary)
            throw error
        }
    }

    /// The new name is durable once the folder it is in is. Where a folder cannot be made durable there is no more to do.
    private static func synchronizeFolder(of path: String) {
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Checks, before long work starts, that a folder can appear at the path.
    /// - Throws: `CheckpointError` when there is already something.
    package static func checkFree(_ path: String) throws(CheckpointError) {
        switch FileSystem.kind(of: path) {
        case nil: return
        case .folder where try FileSystem.names(inFolder: path).isEmpty: return
        default:
            throw CheckpointError(
                .writeFailed, file: path, "already exists and is not an empty folder; remove it or choose another name")
        }
    }
}
