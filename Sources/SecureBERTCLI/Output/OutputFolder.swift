import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder that files are to be written to.
enum OutputFolder {
    /// Makes the folder, and those above it, unless it is there.
    /// - Throws: ``CommandLineError`` when it cannot be made or written to, or the path names a file.
    static func prepare(_ path: String) throws(CommandLineError) {
        guard !path.isEmpty else { throw CommandLineError(.usage, "the name of the output folder is empty") }
        var partial = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            partial = partial.isEmpty ? String(component) : FileSystem.join(partial, String(component))
            guard mkdir(partial, 0o777) != 0, errno != EEXIST else { continue }
            let number = errno
            if FileSystem.kind(of: partial) == .folder { continue }
            throw CommandLineError(
                .badInput, "\(partial.visible): the folder cannot be made: \(SystemCalls.reason(number))")
        }
        guard FileSystem.kind(of: path) == .folder else {
            throw CommandLineError(.badInput, "\(path.visible): is a file, expected a folder to write to")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw CommandLineError(
                .badInput, "\(path.visible): cannot be written to: \(SystemCalls.reason(errno))")
        }
    }
}
