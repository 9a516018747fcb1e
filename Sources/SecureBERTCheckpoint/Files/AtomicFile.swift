#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears at its path complete or not at all.
///
/// Bytes go to a temporary file in the same folder; ``commit()`` makes them durable and renames the file to its path.
/// Without it, whatever was at the path before stays, and the temporary file is removed with the object. A checkpoint
/// that another process has mapped is therefore never cut under it.
package final class AtomicFile {
    package let path: String
    private let temporaryPath: String
    private var descriptor: Int32

    /// Creates the temporary file.
    package init(path: String) throws(CheckpointError) {
        if FileSystem.kind(of: path) == .folder {
            throw CheckpointError(.writeFailed, file: path, "is a directory, expected the path of a file to write")
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) }.map { $0.isEmpty ? "/" : $0 } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        self.path = path
        temporaryPath = FileSystem.join(folder, ".\(name).\(suffix).partial")
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileSystem.systemError(path, "cannot be written", .writeFailed) }
        UnfinishedWork.add(temporaryPath)
    }

    /// Writes bytes at an offset; gaps are filled with zeros.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CheckpointError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            // Linux writes at most about 2 GiB a call.
            let count = pwrite(descriptor, base + done, min(bytes.count - done, 1 << 30), off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileSystem.systemError(path, "cannot be written", .writeFailed)
            }
            done += count
        }
    }

    /// Makes the file durable and puts it at its path.
    package func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw FileSystem.systemError(path, "cannot be written", .writeFailed) }
        let closing = descriptor
        descriptor = -1
        guard close(closing) == 0 else { throw FileSystem.systemError(path, "cannot be written", .writeFailed) }
        guard rename(temporaryPath, path) == 0 else {
            throw FileSystem.systemError(path, "cannot be replaced by its new content", .writeFailed)
        }
        UnfinishedWork.forget(temporaryPath)
        try syncFolder()
    }

    /// The new name is durable once its folder is.
    private func syncFolder() throws(CheckpointError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystem.systemError(path, "its folder cannot be opened", .writeFailed) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder and say so with EINVAL; there is nothing more to do on them.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileSystem.systemError(path, "its folder cannot be made durable", .writeFailed)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if UnfinishedWork.forget(temporaryPath) { unlink(temporaryPath) }
    }

    /// Writes a whole small file.
    package static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        let file = try AtomicFile(path: path)
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try file.write(bytes, at: 0) }
        }
        try result.get()
        try file.commit()
    }
}
