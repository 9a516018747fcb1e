import SecureBERTCheckpoint
import SecureBERTSearch
import SecureBERTTraining

/// The files that an index is made of.
struct IndexFiles {
    /// In the order in which they are read; `-` is the standard input.
    let paths: [String]

    /// Endings of files with one document a line.
    private static let recordEndings = [".jsonl", ".ndjson"].flatMap { [$0, $0 + ".zst", $0 + ".gz"] }
    /// Endings of files that are taken from folders.
    static let endings = ReadableText.extensions + recordEndings

    /// Finds them.
    /// - Parameter onProblem: Told of folders that cannot be read.
    /// - Throws: ``CommandLineError`` when a path that was named does not exist.
    init(_ named: [String], onProblem: FileWalk.ProblemHandler) throws(CommandLineError) {
        for path in named where path != "-" && FileSystem.kind(of: path) == nil {
            throw CommandLineError(.notFound, "\(path.visible): there is no such file or folder")
        }
        let found = try FileWalk.files(named, endings: Self.endings, onProblem: onProblem)
        // In BEIR's layout only the corpus is to be found, not the queries beside it.
        let corpora = Set(found.filter { Self.name($0).hasPrefix("corpus.jsonl") }.map(Self.folder))
        let isNamed = Set(named)
        paths = found.filter { path in
            isNamed.contains(path)
                || !(Self.name(path).hasPrefix("queries.jsonl") && corpora.contains(Self.folder(path)))
        }
    }

    /// The folders that were named, and those that files that were named are in, as absolute paths.
    static func roots(_ named: [String]) -> [String] {
        named.filter { $0 != "-" }.map { path in
            let path = AbsolutePath.of(path)
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
            return FileSystem.kind(of: path) == .folder ? path : String(path[..<slash])
        }
    }

    private static func folder(_ path: String) -> Substring {
        path.lastIndex(of: "/").map { path[..<$0] } ?? "."
    }

    private static func name(_ path: String) -> Substring {
        path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    }

    /// Whether a file has a document on each line.
    static func hasRecords(_ path: String) -> Bool {
        let name = path.lowercased()
        return path == "-" || recordEndings.contains { name.hasSuffix($0) }
    }

    /// What a file is, by its name.
    private static func kind(_ path: String) -> String {
        let name = path.lowercased()
        if name.hasSuffix(".md") || name.hasSuffix(".markdown") { return "markdown" }
        if name.hasSuffix(".html") || name.hasSuffix(".htm") { return "html" }
        return name.hasSuffix(".pdf") ? "pdf" : "text"
    }

    /// The document that a file is.
    static func document(_ path: String, source: String) throws -> SourceDocument {
        let text = try ReadableText(path: path).text
        var document = SourceDocument(id: source, text: text, source: source, kind: kind(path))
        if let heading = text.split(separator: "\n").first(where: { $0.contains { !$0.isWhitespace } }),
            heading.hasPrefix("#")
        {
            document.title = heading.drop { $0 == "#" || $0 == " " }.trimmingSpaces
            document.titleIsInText = true
        }
        return document
    }
}

/// Paths that mean the same wherever the program is run.
enum AbsolutePath {
    /// The path without links, as far as it exists.
    static func of(_ path: String) -> String {
        if let resolved = FileSystem.resolved(path) { return resolved }
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !name.isEmpty, folder != path else { return folder.isEmpty ? path : of(folder) }
        return FileSystem.join(of(folder), name)
    }
}
