import SecureBERTCheckpoint
import SecureBERTIntel

/// The knowledge files that come with the program, or those that `knowledge update` has put into the user's folder.
enum InstalledKnowledge {
    /// Where `knowledge update` writes: `$XDG_DATA_HOME/securebert/knowledge`, below `~/.local/share` when that is not set.
    static var userFolder: String? {
        let data = SystemCalls.environment("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = SystemCalls.environment("HOME").map { FileSystem.join($0, ".local/share") }
        return (data ?? home).map { FileSystem.join($0, "securebert/knowledge") }
    }

    /// The folder in use.
    /// - Parameters:
    ///   - named: What the user has named; it is used whatever else there is.
    ///   - file: One that the folder has to have; an older `knowledge update` may have left it out.
    /// - Throws: ``CommandLineError`` when there is none.
    static func folder(_ named: String?, having file: String = "attack.jsonl") throws(CommandLineError) -> String {
        if let named { return named }
        let installed = InstalledFolders.all("SECUREBERT_KNOWLEDGE", checkout: "Knowledge", installed: "knowledge")
        let places =
            SystemCalls.environment("SECUREBERT_KNOWLEDGE") == nil
            ? [userFolder].compactMap(\.self) + installed : installed
        guard let found = places.first(where: { FileSystem.kind(of: FileSystem.join($0, file)) == .file })
        else {
            throw CommandLineError(
                .notFound, "the knowledge files are not installed beside this program",
                hint: "--knowledge DIR, or the variable SECUREBERT_KNOWLEDGE")
        }
        return found
    }

    /// Makes a folder and those it is in, where they are missing.
    static func makeFolder(_ path: String) throws {
        var parents = [path]
        while let slash = parents.last?.lastIndex(of: "/"), let last = parents.last, slash > last.startIndex {
            parents.append(String(last[..<slash]))
        }
        for folder in parents.reversed() where FileSystem.kind(of: folder) == nil { try FileSystem.makeFolder(folder) }
    }
}
