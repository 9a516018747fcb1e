import SecureBERTCheckpoint

/// The files of documents under files and folders.
public enum DocumentFiles {
    /// Files with these endings are taken from folders; a file that is named is taken whatever its ending.
    public static let extensions = [".jsonl", ".txt", ".md", ".markdown"]

    /// The files in the order of the paths, inside folders by the bytes of their names. Hidden files and folders, and
    /// links inside folders, are left out. Each ending counts with `.zst` or `.gz` behind it
    /// too.
    /// - Throws: ``CorpusError`` for a path that does not exist, a folder that cannot be read, or one without documents.
    public static func find(_ paths: [String]) throws(CorpusError) -> [String] {
        var files: [String] = []
        for path in paths {
            guard path != "-" else {
                files.append(path)
                continue
            }
            switch FileSystem.kind(of: path) {
            case nil: throw CorpusError(.notFound, file: path, "there is no such file or folder")
            case .folder:
                let count = files.count
                try collect(path, into: &files)
                guard files.count > count else {
                    throw CorpusError(
                        .empty, file: path,
                        "the folder has no documents, expected files that end in \(extensions.joined(separator: ", "))"
                            + " or one of these with .zst or .gz")
                }
            default: files.append(path)
            }
        }
        return files
    }

    private static func collect(_ folder: String, into files: inout [String]) throws(CorpusError) {
        let names: [String]
        do { names = try FileSystem.names(inFolder: folder) } catch {
            throw CorpusError(.malformed, file: folder, error.problem)
        }
        for name in names where !name.hasPrefix(".") {
            let path = FileSystem.join(folder, name)
            guard !FileSystem.isSymbolicLink(path) else { continue }
            switch FileSystem.kind(of: path) {
            case .folder: try collect(path, into: &files)
            case .file where hasKnownEnding(name): files.append(path)
            default: continue
            }
        }
    }

    private static func hasKnownEnding(_ name: String) -> Bool {
        let plain = Compression.strippedName(name)
        return extensions.contains { plain.lowercased().hasSuffix($0) }
    }

    /// Whether a file has one JSON object a line, by its name.
    static func isJSONLines(_ path: String) -> Bool {
        Compression.strippedName(path).lowercased().hasSuffix(".jsonl")
    }
}
