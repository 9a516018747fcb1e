#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs programs that tests use to make their files.
public enum ChildProcess {
    /// Runs a program from `PATH` and waits for its end; false when it is not installed.
    /// - Throws: ``TestFileError`` when it fails.
    public static func run(_ program: String, _ arguments: [String]) throws -> Bool {
        let list = ([program] + arguments).map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
        defer { for pointer in list { free(pointer) } }
        var process = pid_t()
        let error = posix_spawnp(&process, program, nil, nil, list, environ)
        if error == ENOENT { return false }
        guard error == 0 else { throw TestFileError(path: program, number: error) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw TestFileError(path: program, number: ECHILD) }
        return true
    }
}
