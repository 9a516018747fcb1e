#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder for the files of one test, removed with everything in it when the object goes.
public final class TemporaryFolder: Sendable {
    /// The folder.
    public let path: String

    /// Makes a new folder.
    public init() throws {
        var template = Array(
            "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/securebert-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFileError(path: "a temporary folder", number: errno) }
        path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    deinit { Self.remove(path) }

    /// The path of a name inside the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, with the folders above it.
    @discardableResult
    public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        if let slash = name.lastIndex(of: "/") { try makeFolder(String(name[..<slash])) }
        let target = file(name)
        // ext4 writes a file that is truncated and filled again to the disk at once; a new file may stay in memory.
        unlink(target)
        guard let stream = fopen(target, "wb") else { throw TestFileError(path: target, number: errno) }
        defer { fclose(stream) }
        let bytes = Array(bytes)
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
            throw TestFileError(path: target, number: errno)
        }
        return target
    }

    /// Writes a text file, with the folders above it.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Reads a file whole.
    public func read(_ name: String) throws -> [UInt8] { try Self.bytes(file(name)) }

    /// Copies a file from elsewhere.
    public func copy(_ name: String, from path: String) throws { try write(name, Self.bytes(path)) }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let stream = fopen(path, "rb") else { throw TestFileError(path: path, number: errno) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }

    /// Makes a folder, with the folders above it.
    @discardableResult
    public func makeFolder(_ name: String) throws -> String {
        var partial = path
        for component in name.split(separator: "/") {
            partial += "/\(component)"
            guard mkdir(partial, 0o755) == 0 || errno == EEXIST else {
                throw TestFileError(path: partial, number: errno)
            }
        }
        return partial
    }

    /// Makes a symbolic link.
    public func link(_ name: String, to target: String) throws {
        guard symlink(target, file(name)) == 0 else { throw TestFileError(path: file(name), number: errno) }
    }

    /// The names directly inside the folder, sorted.
    public func names(in name: String = "") -> [String] {
        Self.names(name.isEmpty ? path : file(name)).sorted()
    }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in names(path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}

/// A test's own file operation failed.
public struct TestFileError: Error, CustomStringConvertible {
    let path: String
    let number: Int32

    /// The path and the reason.
    public var description: String { "\(path): \(String(cString: strerror(number)))" }
}
