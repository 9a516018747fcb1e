import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Folders that results go to.
enum OutputFolder {
    /// Makes the folder, and the one above it if need be, unless it exists.
    static func make(_ path: String) throws(CorpusError) {
        guard !path.isEmpty else { throw CorpusError(.invalidRequest, file: "output", "the folder's name is empty") }
        if FileSystem.kind(of: path) == .folder { return }
        var status = mkdir(path, 0o777)
        if status != 0, errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]))
            status = mkdir(path, 0o777)
        }
        guard status == 0 || errno == EEXIST && FileSystem.kind(of: path) == .folder else {
            throw CorpusError(
                .notFound, file: path, "cannot be made as a folder: \(String(cString: strerror(errno)))")
        }
    }
}
