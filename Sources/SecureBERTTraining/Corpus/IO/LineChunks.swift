#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whole lines of a file, about a megabyte at a time, so that threads can share the work on them.
struct LineChunk: Sendable {
    /// Complete lines with their line feeds; the last line of a file may lack its own.
    let bytes: [UInt8]
    /// Number of the first line, from 1.
    let firstLine: Int

    /// Calls `body` with each line that is not blank, without its line feed, and its number.
    func forEachLine<Failure: Error>(_ body: (ArraySlice<UInt8>, Int) throws(Failure) -> Void) throws(Failure) {
        var start = 0
        var number = firstLine
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[start..<end]
            if line.contains(where: { $0 > 0x20 }) { try body(line, number) }
            start = end + 1
            number += 1
        }
    }
}

/// Cuts a stream of bytes into chunks of whole lines.
struct LineChunkReader {
    private let source: any ByteSource
    private let file: String
    private var pending: [UInt8] = []
    private var lineNumber = 1
    private var isAtEnd = false

    /// A line longer than this is refused: it is no document but a file without line feeds.
    static let longestLine = 256 << 20
    private static let chunk = 1 << 20

    init(_ source: any ByteSource, file: String) {
        self.source = source
        self.file = file
    }

    /// The next chunk; nil after the last.
    /// - Throws: ``CorpusError`` when the source fails or a line is too long.
    mutating func next() throws -> LineChunk? {
        while !isAtEnd {
            try fill()
            guard pending.count >= Self.chunk || isAtEnd else { continue }
            if let last = pending.lastIndex(of: 0x0A) {
                let bytes = Array(pending[...last])
                pending.removeSubrange(...last)
                return chunk(bytes)
            }
            guard pending.count <= Self.longestLine else {
                throw CorpusError(
                    .malformed, file: file,
                    "line \(lineNumber) is longer than \(Self.longestLine >> 20) MiB; expected one document a line")
            }
        }
        guard !pending.isEmpty else { return nil }
        defer { pending = [] }
        return chunk(pending)
    }

    private mutating func chunk(_ bytes: [UInt8]) -> LineChunk {
        defer { lineNumber += bytes.count(where: { $0 == 0x0A }) }
        return LineChunk(bytes: bytes, firstLine: lineNumber)
    }

    private mutating func fill() throws {
        let source = source
        let start = pending.count
        pending.append(contentsOf: repeatElement(0, count: 1 << 18))
        let count = try pending.withUnsafeMutableBytes { buffer in
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
        }
        pending.removeLast(pending.count - start - count)
        if count == 0 { isAtEnd = true }
    }
}
