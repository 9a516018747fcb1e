#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a file is to be written.
enum OutputPath {
    /// Checks a path before long work starts, and follows a link to the file behind it, which is the one to replace.
    /// - Throws: ``CommandLineError`` when a file cannot be put there: files appear by renaming, which would put one in the
    ///   place of a device.
    static func check(_ path: String) throws(CommandLineError) -> String {
        guard !path.isEmpty else { throw CommandLineError(.usage, "the name of the output file is empty") }
        var status = stat()
        guard stat(path, &status) == 0 else {
            try checkFolder(of: path)
            return path
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            throw CommandLineError(.badInput, "\(path.visible): is a directory, expected the name of a file to write")
        default:
            throw CommandLineError(.badInput, "\(path.visible): is not a regular file, expected the name of one")
        }
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func checkFolder(of path: String) throws(CommandLineError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let folder = String(path[..<slash])
        guard access(folder, W_OK | X_OK) != 0 else { return }
        let number = errno
        throw CommandLineError(
            number == ENOENT || number == ENOTDIR ? .notFound : .badInput,
            "\(path.visible): cannot be written: \(folder.visible): \(SystemCalls.reason(number))")
    }
}
