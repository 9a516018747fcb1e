/// Cuts files into chunks of about a megabyte, one after the other.
///
/// JSON lines are cut between lines. Text is cut behind a line break that stands between two visible ASCII characters:
/// there no tokenizer's pre-token and no Unicode composition reaches across, so the parts give what the whole gives.
package struct DocumentChunks {
    private var files: ArraySlice<String>
    private var file = ""
    private var source: (any ByteSource)?
    private var isJSONLines = false
    private var buffer: [UInt8] = []
    private var line = 1
    private var index = 0
    private let chunkSize: Int
    /// Bytes handed out so far.
    private(set) var bytesRead = 0

    /// The most bytes between two places where a file can be cut.
    static let maximumChunkSize = 1 << 30

    package init(files: [String], chunkSize: Int = 1 << 20) {
        self.files = files[...]
        self.chunkSize = chunkSize
    }

    /// The next chunk; nil at the end of the last file.
    package mutating func next() throws -> DocumentChunk? {
        while true {
            guard let source else {
                guard let path = files.popFirst() else { return nil }
                file = path == "-" ? StandardInput.name : path
                source = path == "-" ? StandardInput() : try OpenedFile(path: path)
                isJSONLines = DocumentFiles.isJSONLines(path)
                line = 1
                continue
            }
            var wanted = chunkSize
            while true {
                guard try read(max(1 << 16, wanted - buffer.count), from: source) else {
                    self.source = nil
                    if buffer.isEmpty { break }
                    return take(buffer.count)
                }
                guard buffer.count >= wanted else { continue }
                if let end = lastCut { return take(end) }
                wanted = buffer.count * 2
                guard wanted <= Self.maximumChunkSize else {
                    throw CorpusError(
                        .malformed, file: file, line: line,
                        "\(buffer.count) bytes have no line break to cut them at; is this a text file?")
                }
            }
        }
    }

    /// Appends at most `count` bytes to the buffer; false at the end of the file.
    private mutating func read(_ count: Int, from source: any ByteSource) throws -> Bool {
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: count))
        let received = try buffer.withUnsafeMutableBytes { buffer in
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
        }
        buffer.removeLast(count - received)
        return received > 0
    }

    /// Hands out the first bytes of the buffer.
    private mutating func take(_ count: Int) -> DocumentChunk {
        let chunk = DocumentChunk(
            index: index, file: file, bytes: Array(buffer[..<count]), firstLine: line, isJSONLines: isJSONLines)
        index += 1
        line += chunk.bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
        bytesRead += count
        buffer.removeFirst(count)
        return chunk
    }

    /// The last place where the buffer may be cut.
    private var lastCut: Int? {
        buffer.withUnsafeBufferPointer { buffer in
            func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }
            var position = buffer.count - 1
            while position > 0 {
                if buffer[position - 1] == 0x0A {
                    if isJSONLines { return position }
                    if position > 1, isVisible(buffer[position]), isVisible(buffer[position - 2]) { return position }
                }
                position -= 1
            }
            return nil
        }
    }
}
