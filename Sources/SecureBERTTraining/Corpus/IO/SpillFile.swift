import SecureBERTCheckpoint
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name that bytes wait in, for what would not fit into memory; it is gone with the object.
package final class SpillFile: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var written = 0
    }

    private let path: String
    private let descriptor: Int32
    private let state = Mutex(State())

    package init(folder: String) throws {
        path = FileSystem.join(folder, "spill")
        var template = Array((path + "-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileSystem.systemError(path, "cannot be made", .writeFailed) }
        unlink(template)
    }

    /// Appends bytes, which are in the file after ``flush()``.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        let isFull = state.withLock { state in
            state.buffer.append(contentsOf: bytes)
            return state.buffer.count >= 1 << 17
        }
        if isFull { try flush() }
    }

    package func flush() throws {
        try state.withLock { state in
            try state.buffer.withUnsafeBytes { bytes in
                var done = 0
                while let base = bytes.baseAddress, done < bytes.count {
                    let count = pwrite(descriptor, base + done, bytes.count - done, off_t(state.written + done))
                    if count < 0 {
                        if errno == EINTR { continue }
                        throw FileSystem.systemError(path, "cannot be written", .writeFailed)
                    }
                    done += count
                }
            }
            state.written += state.buffer.count
            state.buffer.removeAll(keepingCapacity: false)
        }
    }

    /// Bytes that are in the file.
    package var byteCount: Int { state.withLock(\.written) }

    /// Fills a buffer with the bytes at an offset, which are in the file.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while let base = buffer.baseAddress, done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileSystem.systemError(path, "cannot be read") }
            done += count
        }
    }

    /// All bytes in the file.
    package func readAll() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        try bytes.withUnsafeMutableBytes { try read(at: 0, into: $0) }
        return bytes
    }

    /// Calls `body` with the bytes in the file, in order, `size` at a time and then the rest.
    package func forEachPiece(of size: Int = 1 << 20, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let total = byteCount
        var piece = [UInt8](repeating: 0, count: min(size, total))
        var start = 0
        while start < total {
            let count = min(size, total - start)
            try piece.withUnsafeMutableBytes { buffer in
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                try read(at: start, into: part)
                try body(UnsafeRawBufferPointer(part))
            }
            start += count
        }
    }

    deinit { close(descriptor) }
}
