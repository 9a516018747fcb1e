import SecureBERTJSON
import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few file system operations this module needs, without Foundation: it would cost a third of the start-up time.
package enum FileSystem {
    package enum Kind: Sendable {
        case file
        case folder
        case other
    }

    /// What the path names, following symbolic links; nil when nothing is there.
    package static func kind(of path: String) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Whether the path itself is a symbolic link.
    package static func isSymbolicLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The bytes of a file; nil when nothing is there.
    package static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Maps a regular file.
    /// - Throws: ``CheckpointError`` that says whether it is missing, a folder, unreadable or something else.
    package static func map(_ path: String) throws(CheckpointError) -> MappedFile {
        try requireRegularFile(path)
        do {
            return try MappedFile(path: path)
        } catch {
            throw CheckpointError(error.systemError == ENOENT ? .notFound : .unreadable, file: path, error.problem)
        }
    }

    /// Reads a whole regular file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        // Checked before opening as well: opening a named pipe waits for a writer.
        try requireRegularFile(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw systemError(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(.unreadable, file: path, "is not a regular file")
        }
        let byteCount = Int(status.st_size)
        guard byteCount <= limit else {
            throw CheckpointError(
                .limitExceeded, file: path, "is \(byteCount) bytes long, more than the \(limit) bytes allowed for it")
        }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var done = 0
        while done < byteCount {
            let count = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { sysRead(descriptor, $0 + done, byteCount - done) } ?? 0
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError(path, "cannot be read")
            }
            if count == 0 { break }
            done += count
        }
        bytes.removeLast(byteCount - done)
        return bytes
    }

    /// Reads and parses a JSON file of at most `limit` bytes.
    package static func readJSON(_ path: String, limit: Int) throws(CheckpointError) -> JSON {
        let bytes = try read(path, limit: limit)
        do {
            return try JSON.parse(bytes)
        } catch {
            let hint = bytes.isEmpty ? "; the file is empty, probably an incomplete download" : ""
            throw CheckpointError(.malformed, file: path, "is not valid JSON: \(error.description.printable)\(hint)")
        }
    }

    /// The names in a folder, sorted by their bytes, without `.` and `..`.
    package static func names(inFolder path: String) throws(CheckpointError) -> [String] {
        guard let folder = opendir(path) else { throw systemError(path, "cannot be opened as a folder") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted(by: bytesAscending)
    }

    /// The absolute path without symbolic links; nil when it does not exist.
    package static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package static func join(_ folder: String, _ name: String) -> String {
        if name.isEmpty { return folder }
        return folder.utf8.last == UInt8(ascii: "/") ? folder + name : folder + "/" + name
    }

    /// Whether `a` comes before `b` byte by byte, the order of `LC_ALL=C sort`; Swift's own order is by meaning.
    package static func bytesAscending(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// An error for the system call that has just failed.
    package static func systemError(
        _ path: String, _ problem: String, _ code: CheckpointError.Code? = nil, number: Int32 = errno
    ) -> CheckpointError {
        let reason = String(cString: strerror(number))
        let advice = number == ENOSPC || number == EDQUOT ? "; free some space or write to another disk" : ""
        return CheckpointError(
            code ?? (number == ENOENT || number == ENOTDIR ? .notFound : .unreadable), file: path,
            "\(problem): \(reason)\(advice)")
    }

    private static func requireRegularFile(_ path: String) throws(CheckpointError) {
        switch kind(of: path) {
        case .file: return
        case .folder: throw CheckpointError(.unreadable, file: path, "is a directory, expected a file")
        case .other: throw CheckpointError(.unreadable, file: path, "is not a regular file")
        case nil:
            if errno == ENOENT || errno == ENOTDIR { throw CheckpointError(.notFound, file: path, "does not exist") }
            throw systemError(path, "cannot be examined")
        }
    }
}

/// `read` under a name that does not collide with ``FileSystem/read(_:limit:)``.
private func sysRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
