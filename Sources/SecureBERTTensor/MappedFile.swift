#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A regular file mapped read-only into memory.
///
/// Writers of this package replace files by renaming, so a mapped checkpoint is never truncated under a reader by us.
///
/// `@unchecked Sendable`: both properties are constant and the mapped bytes are never written.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    /// The content of the file; valid as long as this object lives.
    public let bytes: UnsafeRawBufferPointer

    /// - Throws: ``FileError`` when the path does not name a readable regular file.
    public init(path: String) throws(FileError) {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.error(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.error(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw FileError(
                path: path, problem: isDirectory ? "is a directory, expected a file" : "is not a regular file")
        }
        self.path = path
        let byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw Self.error(path, "cannot be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: address, count: byteCount)
    }

    /// Tells the system that the pages that lie wholly inside the range are not needed for now. Their content can still
    /// be read; it is then loaded again. Used after weights were repacked, so that they are not resident twice.
    public func discard(_ range: Range<Int>) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard start < end, end <= bytes.count else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    private static func error(_ path: String, _ problem: String) -> FileError {
        let code = errno
        return FileError(path: path, problem: "\(problem): \(String(cString: strerror(code)))", systemError: code)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }
}
