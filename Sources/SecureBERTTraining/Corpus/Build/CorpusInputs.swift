import Crypto
import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of a source, before it is read.
struct InputFile: Sendable {
    let path: String
    /// Its path below the source's folder.
    let name: String
    /// Length on the disk.
    let byteCount: Int
}

/// Files of one source that are processed, kept and made again together.
struct InputPartition: Sendable {
    /// Number of the source in the recipe.
    let source: Int
    let files: [InputFile]

    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
}

/// Finds the files of all sources and groups them.
struct CorpusInputs {
    /// Most bytes of a partition, unless one file is larger.
    private static let partitionBytes = 32 << 20
    private static let partitionFiles = 2048

    let partitions: [InputPartition]
    /// Names of sources whose folder or files do not exist.
    let missing: [String]

    var byteCount: Int { partitions.reduce(0) { $0 + $1.byteCount } }
    var fileCount: Int { partitions.reduce(0) { $0 + $1.files.count } }

    /// - Parameters:
    ///   - part: which share of the files to take: `index` of 0..<`count`, by the hash of their names.
    ///   - skipsMissing: whether a source without a folder or files is left out rather than an error.
    /// - Throws: ``CorpusError`` when a folder is missing or a source has no files.
    init(_ recipe: CorpusRecipe, part: (index: Int, count: Int), skipsMissing: Bool) throws {
        var partitions: [InputPartition] = []
        var missing: [String] = []
        for (number, source) in recipe.sources.enumerated() {
            let folder = source.path.hasPrefix("/") ? source.path : FileSystem.join(recipe.root, source.path)
            guard let kind = FileSystem.kind(of: folder) else {
                guard skipsMissing else {
                    let hint =
                        source.url.isEmpty ? "" : "; get it from \(source.url), or leave it out with --skip-missing"
                    throw CorpusError(
                        .notFound, file: folder, "the folder of source \(source.name.quoted) does not exist\(hint)")
                }
                missing.append(source.name)
                continue
            }
            let files = kind == .folder ? try Self.files(source, folder) : [try Self.file(folder)]
            guard !files.isEmpty else {
                if skipsMissing {
                    missing.append(source.name)
                    continue
                }
                throw CorpusError(
                    .empty, file: folder,
                    "source \(source.name.quoted) has no files that fit \(source.include.map(\.text.quoted).joined(separator: ", "))"
                )
            }
            partitions += Self.partitions(number, files.filter { Self.isIn(part, source.name, $0) })
        }
        self.partitions = partitions
        self.missing = missing
        guard !partitions.isEmpty else {
            throw CorpusError(.empty, file: recipe.root, "there is no file to read")
        }
    }

    private static func isIn(_ part: (index: Int, count: Int), _ source: String, _ file: InputFile) -> Bool {
        guard part.count > 1 else { return true }
        return DocumentIdentity.hash("\(source):\(file.name)") % UInt64(part.count) == UInt64(part.index)
    }

    private static func partitions(_ source: Int, _ files: [InputFile]) -> [InputPartition] {
        var result: [InputPartition] = []
        var current: [InputFile] = []
        var bytes = 0
        for file in files {
            if !current.isEmpty, bytes + file.byteCount > partitionBytes || current.count >= partitionFiles {
                result.append(InputPartition(source: source, files: current))
                (current, bytes) = ([], 0)
            }
            current.append(file)
            bytes += file.byteCount
        }
        if !current.isEmpty { result.append(InputPartition(source: source, files: current)) }
        return result
    }

    private static func file(_ path: String) throws -> InputFile {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return InputFile(path: path, name: name, byteCount: try FileSource(path: path).byteCount)
    }

    /// The files of a folder that fit, sorted by name. Hidden ones and links are left out.
    private static func files(_ source: SourceRecipe, _ folder: String) throws -> [InputFile] {
        var files: [InputFile] = []
        try walk(folder, prefix: "") { path, name, byteCount in
            guard source.include.contains(where: { $0.matches(name) }),
                !source.exclude.contains(where: { $0.matches(name) })
            else { return }
            files.append(InputFile(path: path, name: name, byteCount: byteCount))
        }
        return files
    }

    private static func walk(_ folder: String, prefix: String, _ body: (String, String, Int) -> Void) throws {
        for name in try FileSystem.names(inFolder: folder) where !name.hasPrefix(".") {
            let path = FileSystem.join(folder, name)
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try walk(path, prefix: prefix + name + "/", body)
            case S_IFREG: body(path, prefix + name, Int(status.st_size))
            default: continue
            }
        }
    }
}

/// What is derived from a document's id.
package enum DocumentIdentity {
    /// The id of the document that a part or its code belongs to: `a:b.md#code`, `a:b.md~p2` and `a:b.md` are one.
    package static func base(_ id: some StringProtocol) -> Substring {
        var base = Substring(id)
        while let mark = base.lastIndex(where: { $0 == "#" || $0 == "~" }) {
            let suffix = base[mark...]
            let isPart = suffix.hasPrefix("~p") && suffix.count > 2 && suffix.dropFirst(2).allSatisfy(\.isNumber)
            guard isPart || suffix.hasPrefix("#code") else { break }
            base = base[..<mark]
        }
        return base
    }

    /// The first eight bytes of the SHA-256 of a text: decides splits, so that they are the same on every machine.
    package static func hash(_ text: some StringProtocol) -> UInt64 {
        SHA256.hash(data: Array(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
