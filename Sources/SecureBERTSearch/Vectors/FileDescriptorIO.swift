import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reading and writing at offsets of an open file; interrupted and partial calls are continued.
enum FileDescriptorIO {
    /// The size of a regular file.
    static func size(_ descriptor: Int32, _ path: String) throws(CheckpointError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystem.systemError(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(.unreadable, file: path, "is not a regular file")
        }
        return Int(status.st_size)
    }

    /// Reads exactly so many bytes.
    static func read(
        _ descriptor: Int32, _ path: String, at offset: Int, count: Int
    ) throws(CheckpointError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { pread(descriptor, $0 + done, count - done, off_t(offset + done)) } ?? 0
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw FileSystem.systemError(path, "cannot be read")
            }
            guard got > 0 else {
                throw CheckpointError(.truncated, file: path, "ends at byte \(offset + done), where more was expected")
            }
            done += got
        }
        return bytes
    }

    /// Writes all bytes.
    static func write(
        _ descriptor: Int32, _ path: String, _ bytes: [UInt8], at offset: Int
    ) throws(CheckpointError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { pwrite(descriptor, $0 + done, buffer.count - done, off_t(offset + done)) } ?? 0
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileSystem.systemError(path, "cannot be written", .writeFailed)
            }
            done += count
        }
    }

    /// Makes what was written durable.
    static func sync(_ descriptor: Int32, _ path: String) throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw FileSystem.systemError(path, "cannot be written", .writeFailed) }
    }
}
