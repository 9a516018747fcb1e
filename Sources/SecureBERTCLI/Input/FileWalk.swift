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

    /// What is done about a folder that cannot be read.
    typealias ProblemHandler = (CommandLineError) throws(CommandLineError) -> Void

    /// The files in the order of the paths, inside folders by name. Hidden files and folders, and links inside folders, are
    /// left out.
    /// - Parameter onProblem: May throw, which ends the walk, or note what is missing and let it go on.
    /// - Throws: What the parameter throws.
    static func files(
        _ paths: [String], endings: [String] = extensions,
        onProblem: ProblemHandler = { error throws(CommandLineError) in throw error }
    ) throws(CommandLineError) -> [String] {
        var files: [String] = []
        for path in paths {
            var status = stat()
            if path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                try collect(path, endings, into: &files, onProblem)
            } else {
                files.append(path)
            }
        }
        return files
    }

    private static func collect(
        _ folder: String, _ endings: [String], into files: inout [String], _ onProblem: ProblemHandler
    ) throws(CommandLineError) {
        guard let stream = opendir(folder) else {
            let reason = SystemCalls.reason(errno)
            return try onProblem(
                CommandLineError(.badInput, "\(folder.visible): the folder cannot be read: \(reason)"))
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
            guard lstat(path, &status) == 0 else {
                let reason = SystemCalls.reason(errno)
                try onProblem(CommandLineError(.badInput, "\(path.visible): cannot be examined: \(reason)"))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try collect(path, endings, into: &files, onProblem)
            case S_IFREG where endings.contains { name.lowercased().hasSuffix($0) }: files.append(path)
            default: continue
            }
        }
    }
}
