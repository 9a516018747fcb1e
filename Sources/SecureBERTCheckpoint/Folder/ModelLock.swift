import Crypto
import SecureBERTJSON

/// `models.lock`: size and SHA-256 of every file of a model folder.
///
/// Weights are not the only thing worth protecting: two swapped entries of a vocabulary invert a classifier's verdict
/// with the weights untouched. Hidden files and folders (names that start with a dot) are not covered, because nothing
/// is ever read from them.
public struct ModelLock: Sendable, Hashable {
    /// What is known about one file.
    public struct Entry: Sendable, Hashable {
        /// The path in the folder, with `/` between components.
        public let path: String
        /// Size in bytes.
        public let byteCount: Int
        /// 64 hexadecimal digits.
        public let sha256: String
    }

    /// The files, sorted by the bytes of their paths.
    public let entries: [Entry]

    /// The name of the file in the folder.
    public static let fileName = "models.lock"
    static let version = 1
    static let maximumByteCount = 4 << 20
    static let maximumFileCount = 10_000
    static let maximumDepth = 8

    /// Reads the lock of a folder.
    /// - Throws: ``CheckpointError`` when there is none or it is not valid.
    public init(folder: String) throws(CheckpointError) {
        let path = FileSystem.join(folder, Self.fileName)
        let json = try FileSystem.readJSON(path, limit: Self.maximumByteCount)
        guard json["version"]?.integerValue == Self.version, let files = json["files"]?.objectValue else {
            throw CheckpointError(
                .malformed, file: path, "is not a lock of version \(Self.version); write it again with this program")
        }
        var entries: [Entry] = []
        for (name, value) in files.members {
            guard !name.isEmpty, ContainedPath.isSafe(name), case .integer(let size)? = value["size"], size >= 0,
                let digest = value["sha256"]?.stringValue, digest.utf8.count == 64
            else { throw CheckpointError(.malformed, file: path, "has an invalid entry for \(name.quoted)") }
            entries.append(Entry(path: name, byteCount: size, sha256: digest))
        }
        self.entries = entries
    }

    /// Computes the lock of the files that are in a folder now. Reads all of them.
    /// - Throws: ``CheckpointError`` when a file cannot be read.
    public init(describing folder: String) throws(CheckpointError) {
        var entries: [Entry] = []
        for name in try Self.files(of: folder) { entries.append(try Self.entry(name, folder: folder)) }
        self.entries = entries
    }

    /// Writes the lock into its folder.
    /// - Throws: ``CheckpointError`` when it cannot be written.
    public func write(folder: String) throws(CheckpointError) {
        try AtomicFile.write(Array((json.prettyText + "\n").utf8), to: FileSystem.join(folder, Self.fileName))
    }

    /// The lock as JSON: `{"version": 1, "files": {path: {"size": bytes, "sha256": digits}}}`.
    public var json: JSON {
        let files = entries.map { entry in
            (
                key: entry.path,
                value: ["size": .integer(entry.byteCount), "sha256": .string(entry.sha256)] as JSON
            )
        }
        return ["version": .integer(Self.version), "files": .object(.init(files))]
    }

    /// Compares the files of a folder with the lock.
    /// - Throws: ``CheckpointError`` that names the first file that is missing, changed or not in the lock, with what was
    ///   expected and what was found.
    public func verify(folder: String) throws(CheckpointError) {
        let present = Set(try Self.files(of: folder))
        for entry in entries where !present.contains(entry.path) {
            throw CheckpointError(
                .integrity, file: FileSystem.join(folder, entry.path), "is listed in \(Self.fileName) and missing")
        }
        let listed = Set(entries.map(\.path))
        if let name = present.subtracting(listed).min(by: FileSystem.bytesAscending) {
            throw CheckpointError(
                .integrity, file: FileSystem.join(folder, name),
                "is not listed in \(Self.fileName); remove it, or write the lock again if you added it")
        }
        for entry in entries {
            let found = try Self.entry(entry.path, folder: folder)
            guard found.byteCount == entry.byteCount, found.sha256 == entry.sha256.lowercased() else {
                throw CheckpointError(
                    .integrity, file: FileSystem.join(folder, entry.path),
                    """
                    is not the file that \(Self.fileName) recorded: expected \(entry.byteCount) bytes with SHA-256 \
                    \(entry.sha256.printable), found \(found.byteCount) bytes with SHA-256 \(found.sha256)
                    """)
            }
        }
    }

    private static func entry(_ name: String, folder: String) throws(CheckpointError) -> Entry {
        let file = try FileSystem.map(FileSystem.join(folder, name))
        var hash = SHA256()
        hash.update(bufferPointer: file.bytes)
        let digest = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        return Entry(path: name, byteCount: file.bytes.count, sha256: digest.joined())
    }

    /// The paths of all files that a lock covers, sorted.
    private static func files(of folder: String) throws(CheckpointError) -> [String] {
        var files: [String] = []
        var pending: [(path: String, depth: Int)] = [("", 0)]
        while let (prefix, depth) = pending.popLast() {
            for name in try FileSystem.names(inFolder: FileSystem.join(folder, prefix)) where !name.hasPrefix(".") {
                let relative = prefix.isEmpty ? name : "\(prefix)/\(name)"
                guard relative != fileName else { continue }
                let path = FileSystem.join(folder, relative)
                switch FileSystem.kind(of: path) {
                case .file: files.append(relative)
                case .folder where FileSystem.isSymbolicLink(path):
                    throw CheckpointError(.unsupported, file: path, "is a link to a folder, which a lock cannot cover")
                case .folder: pending.append((relative, depth + 1))
                default:
                    throw CheckpointError(.unreadable, file: path, "is not a regular file, which a lock cannot cover")
                }
            }
            guard files.count <= maximumFileCount, depth <= maximumDepth else {
                throw CheckpointError(
                    .limitExceeded, file: folder,
                    "has more than \(maximumFileCount) files or \(maximumDepth) levels of folders; is it a model folder?"
                )
            }
        }
        return files.sorted(by: FileSystem.bytesAscending)
    }
}
