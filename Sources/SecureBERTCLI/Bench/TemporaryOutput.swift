import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder for results nobody keeps, removed with the object and when the program is stopped.
final class TemporaryOutput {
    let path: String

    init() throws(CommandLineError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((FileSystem.join(parent, "securebert-bench.XXXXXX")).utf8CString)
        guard let made = mkdtemp(&template) else {
            throw CommandLineError(
                .badInput, "\(parent.visible): no temporary folder can be made: \(SystemCalls.reason(errno))")
        }
        path = String(cString: made)
        UnfinishedWork.add(path)
    }

    deinit {
        UnfinishedWork.remove(path)
        UnfinishedWork.forget(path)
    }
}
