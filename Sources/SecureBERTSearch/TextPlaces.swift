/// Where bytes of a text are, in Unicode scalars and in lines.
struct TextPlaces {
    private let bytes: [UInt8]
    /// Scalars that begin before each block.
    private var scalarCounts: [Int] = []
    /// The first byte of each line.
    private var lineStarts = [0]
    private static let blockSize = 1024

    /// - Parameter bytes: UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var count = 0
        for (offset, byte) in bytes.enumerated() {
            if offset % Self.blockSize == 0 { scalarCounts.append(count) }
            if byte & 0xC0 != 0x80 { count += 1 }
            if byte == 0x0A { lineStarts.append(offset + 1) }
        }
    }

    /// - Parameter range: bytes, at scalar boundaries and inside the text.
    func scalars(_ range: Range<Int>) -> Range<Int> {
        scalars(before: range.lowerBound)..<scalars(before: range.upperBound)
    }

    private func scalars(before byte: Int) -> Int {
        guard byte > 0 else { return 0 }
        let block = (byte - 1) / Self.blockSize
        return bytes[block * Self.blockSize..<byte].reduce(scalarCounts[block]) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
    }

    /// First and last line, counted from 1, of bytes that are not none.
    func lines(_ range: Range<Int>) -> ClosedRange<Int> { line(range.lowerBound)...line(range.upperBound - 1) }

    private func line(_ byte: Int) -> Int {
        var (low, high) = (0, lineStarts.count)
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= byte { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
