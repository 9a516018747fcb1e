#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The standard input, where a path is `-`.
struct StandardInput: ByteSource {
    static let name = "standard input"

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try STDIN_FILENO.readBytes(into: buffer, file: Self.name)
    }
}

extension CorpusError {
    /// Describes a problem of a line, counted from 1.
    init(_ code: Code, file: String, line: Int, _ problem: String) {
        self.init(code, file: file, "line \(line): \(problem)")
    }
}
