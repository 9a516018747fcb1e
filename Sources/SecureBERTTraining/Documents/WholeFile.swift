/// Small files that are read at once, decompressed when their name ends in `.zst`.
package enum WholeFile {
    /// The most bytes a file may have, decompressed.
    package static let maximumSize = 256 << 20

    /// The bytes of a file.
    /// - Throws: ``DocumentError`` when it cannot be read or is too large.
    package static func read(_ path: String) throws(DocumentError) -> [UInt8] {
        let stream = try ByteStream(path: path)
        var bytes: [UInt8] = []
        while try stream.read(1 << 18, into: &bytes) {
            guard bytes.count <= maximumSize else {
                throw DocumentError(.malformed, file: path, "has more than the \(maximumSize) bytes allowed")
            }
        }
        return bytes
    }
}
