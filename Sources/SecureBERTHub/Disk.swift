#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file system calls of a download, with errors that tell a full disk from other trouble.
enum Disk {
    /// Creates a folder and the folders above it.
    static func makeFolder(_ path: String) throws(HubError) {
        guard !isFolder(path) else { return }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.utf8.startIndex {
            try makeFolder(String(path[..<slash]))
        }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST && isFolder(path) else {
            throw error(path, "cannot be created as a folder")
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The length of a regular file, following symbolic links; nil when there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Removes a file or a link; a missing one is fine.
    static func remove(_ path: String) throws(HubError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw error(path, "cannot be removed") }
    }

    /// Moves a file to its final name, replacing what is there at once.
    static func rename(_ path: String, to destination: String) throws(HubError) {
        #if canImport(Glibc)
            let result = Glibc.rename(path, destination)
        #elseif canImport(Musl)
            let result = Musl.rename(path, destination)
        #else
            let result = Darwin.rename(path, destination)
        #endif
        guard result == 0 else { throw error(destination, "cannot be put in place") }
    }

    /// Makes a symbolic link, replacing at once what has the name.
    static func link(_ path: String, to target: String) throws(HubError) {
        guard linkTarget(path) != target else { return }
        let temporary = temporaryName(beside: path)
        guard symlink(target, temporary) == 0 else {
            throw error(path, "cannot be created as a symbolic link, which the cache needs")
        }
        do {
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { readlink(path, $0, chars.count) } ?? -1
            }
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Writes a small file so that readers see the old content or the new, never a part.
    static func replace(_ path: String, with text: String) throws(HubError) {
        let temporary = temporaryName(beside: path)
        do throws(HubError) {
            var file = try AppendableFile(temporary)
            try file.append(Array(text.utf8))
            try file.synchronize()
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// The content of a small file; nil when it does not exist.
    static func readSmallFile(_ path: String, limit: Int) throws(HubError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw error(path, "cannot be opened")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, limit) }
        guard count >= 0 else { throw error(path, "cannot be read") }
        return Array(bytes[..<count])
    }

    /// Bytes free to this user in the file system of a folder; nil when unknown.
    static func freeBytes(_ folder: String) -> Int? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? nil : Int(clamping: bytes)
    }

    /// An error for the system call that has just failed.
    static func error(_ path: String, _ problem: String) -> HubError {
        let code = errno
        let reason = String(cString: strerror(code))
        if code == ENOSPC || code == EDQUOT {
            return HubError(
                .diskFull,
                "\(path): \(problem): \(reason); make room or set HF_HUB_CACHE to a larger disk, then pull again")
        }
        return HubError(.storage, "\(path): \(problem): \(reason)")
    }

    private static func temporaryName(beside path: String) -> String {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
        return "\(folder).securebert-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp"
    }
}

/// A file that grows at its end.
struct AppendableFile: ~Copyable {
    let path: String
    private let descriptor: Int32
    /// Bytes in the file.
    private(set) var byteCount: Int

    /// Opens a file, or creates an empty one.
    init(_ path: String) throws(HubError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        self.path = path
        byteCount = 0
        guard descriptor >= 0 else { throw Disk.error(path, "cannot be opened for writing") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Disk.error(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw HubError(.storage, "\(path): is not a regular file") }
        byteCount = Int(status.st_size)
    }

    mutating func append(_ bytes: [UInt8]) throws(HubError) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Disk.error(path, "cannot be written")
            }
            done += count
            byteCount += count
        }
    }

    /// Throws the content away.
    mutating func clear() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Disk.error(path, "cannot be emptied") }
        byteCount = 0
    }

    /// Waits until the content is on the disk.
    func synchronize() throws(HubError) {
        guard fsync(descriptor) == 0 else { throw Disk.error(path, "cannot be written to the disk") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
