#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads whole files.
package enum FileBytes {
    /// Files above this size are refused.
    package static let maximumSize = 512 << 20

    /// The bytes of a regular file, or nil when there is no file of that name.
    package static func read(_ path: String) throws(TokenizerError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw TokenizerError(
                .unreadable, file: path, "the file cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TokenizerError(.unreadable, file: path, "expected a regular file")
        }
        let size = Int(status.st_size)
        guard size <= maximumSize else {
            throw TokenizerError(
                .unreadable, file: path, "the file has \(size) bytes, more than the \(maximumSize) allowed")
        }
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = 0
            while let base = buffer.baseAddress, count < size {
                #if canImport(Glibc)
                    let received = Glibc.read(descriptor, base + count, size - count)
                #elseif canImport(Musl)
                    let received = Musl.read(descriptor, base + count, size - count)
                #else
                    let received = Darwin.read(descriptor, base + count, size - count)
                #endif
                if received < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                if received == 0 { return }
                count += received
            }
        }
        if let failure {
            throw TokenizerError(.unreadable, file: path, "reading failed: \(String(cString: strerror(failure)))")
        }
        return bytes
    }
}
