#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files under files and folders.
enum FileWalk {
    /// Files with these endings are taken from folders unless others are asked for; a file that is named is taken whatever its ending.
    static let extensions = [".txt", ".md", ".markdown"]

    /// The files in the order of the paths, inside folders by name. Hidden files and folders, and links inside folders, are
    /// left out.
    /// - Throws: ``CommandLineError`` for a path that does not exist or a folder that cannot be read.
    static func files(
        _ paths: [String], endings: [String] = extensions
    ) throws(CommandLineError) -> [String] {
        var files: [String] = []
        for path in paths {
            var status = stat()
            if path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                try collect(path, endings, into: &files)
            } else {
                files.append(path)
            }
        }
        return files
    }

    private static func collect(
        _ folder: String, _ endings: [String], into files: inout [String]
    ) throws(CommandLineError) {
        guard let stream = opendir(folder) else {
            throw CommandLineError(
                .badInput, "\(folder.visible): the folder cannot be read: \(SystemCalls.reason(errno))")
        }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        closedir(stream)
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        for name in names.sorted() {
            var status = stat()
            let path = prefix + name
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try collect(path, endings, into: &files)
            case S_IFREG where endings.contains { name.lowercased().hasSuffix($0) }: files.append(path)
            default: continue
            }
        }
    }
}
