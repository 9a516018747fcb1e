import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes that come one after the other: a file, or what a program makes of one.
protocol ByteSource {
    /// Reads at most `buffer.count` bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    /// Everything that is left.
    /// - Throws: ``CorpusError`` when it is more than `limit` bytes.
    func readAll(file: String, limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var count = 0
        while true {
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
            let received = try bytes.withUnsafeMutableBytes { buffer in
                try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            }
            if received == 0 { break }
            count += received
            guard count <= limit else {
                throw CorpusError(.malformed, file: file, "is longer than \(limit) bytes, the most one file may have")
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

/// A regular file, read from its start.
final class FileSource: ByteSource {
    let path: String
    let byteCount: Int
    let descriptor: Int32

    /// - Throws: ``CorpusError`` when the path does not name a readable regular file.
    init(path: String) throws(CorpusError) {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        self.path = path
        guard descriptor >= 0 else {
            let number = errno
            throw CorpusError(
                number == ENOENT || number == ENOTDIR ? .notFound : .malformed, file: path,
                "cannot be opened: \(String(cString: strerror(number)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CorpusError(.malformed, file: path, "is not a regular file")
        }
        byteCount = Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try descriptor.readBytes(into: buffer, file: path)
    }

    deinit { close(descriptor) }
}

extension Int32 {
    /// Reads from a file descriptor, again when a signal interrupts it.
    func readBytes(into buffer: UnsafeMutableRawBufferPointer, file: String) throws(CorpusError) -> Int {
        while true {
            let count = systemRead(self, buffer)
            if count >= 0 { return count }
            if errno == EINTR { continue }
            throw CorpusError(.damaged, file: file, "cannot be read: \(String(cString: strerror(errno)))")
        }
    }
}

/// `read(2)` where a method named `read` is in the way.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
