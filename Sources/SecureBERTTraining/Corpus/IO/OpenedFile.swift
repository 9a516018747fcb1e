import Crypto
import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file as it reads when it is uncompressed, with how far reading has come.
final class OpenedFile: ByteSource {
    private let file: FileSource
    private let program: ProgramSource?

    /// Opens a file; `.zst` and `.gz` are uncompressed by the programs of that name.
    /// - Throws: ``CorpusError`` when the file or the program is missing.
    init(path: String) throws(CorpusError) {
        file = try FileSource(path: path)
        switch Compression(path: path) {
        case .zstd: program = try ProgramSource("zstd", ["-d", "-c", "-q"], input: file, package: "zstd")
        case .gzip: program = try ProgramSource("gzip", ["-d", "-c", "-q"], input: file, package: "gzip")
        case nil: program = nil
        }
    }

    /// Length of the file as it is on the disk.
    var byteCount: Int { file.byteCount }

    /// How much of the file has been read, by us or by the program that uncompresses it.
    var position: Int { max(0, Int(lseek(file.descriptor, 0, SEEK_CUR))) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try program?.read(into: buffer) ?? file.read(into: buffer)
    }
}

/// How a file is compressed, as its name tells.
enum Compression: String, CaseIterable {
    case zstd = ".zst"
    case gzip = ".gz"

    init?(path: String) {
        guard let found = Self.allCases.first(where: { path.hasSuffix($0.rawValue) }) else { return nil }
        self = found
    }

    /// The name without the ending of a compression.
    static func strippedName(_ name: String) -> String {
        guard let found = Compression(path: name) else { return name }
        return String(name.dropLast(found.rawValue.count))
    }
}

extension FileSource {
    /// SHA-256 of a file as it is on the disk.
    static func digest(path: String) throws -> [UInt8] {
        let file = try FileSource(path: path)
        var digest = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while case let count = try file.read(into: buffer), count > 0 {
            digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return Array(digest.finalize())
    }
}
