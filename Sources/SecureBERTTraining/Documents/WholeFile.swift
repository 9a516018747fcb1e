/// Small files that are read at once, decompressed when their name ends in `.zst` or `.gz`.
package enum WholeFile {
    /// The most bytes a file may have, decompressed.
    package static let maximumSize = 256 << 20

    /// The bytes of a file.
    /// - Throws: ``CorpusError`` when it cannot be read or is too large.
    package static func read(_ path: String) throws -> [UInt8] {
        try OpenedFile(path: path).readAll(file: path, limit: maximumSize)
    }
}
