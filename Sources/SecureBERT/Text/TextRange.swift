/// A part of a text in the three units that other programs count in; half-open.
public struct TextRange: Sendable, Hashable {
    /// Bytes of UTF-8.
    public let utf8: Range<Int>
    /// Unicode scalars, as Python slices count.
    public let scalars: Range<Int>
    /// UTF-16 code units, as JavaScript and Java count.
    public let utf16: Range<Int>
}

/// Converts byte ranges of one text. Making it takes one pass; each conversion is constant time.
package struct TextOffsets {
    private let bytes: [UInt8]
    /// Scalars that start before each byte; nil for ASCII, where all units agree.
    private let scalars: [Int]?
    /// Scalars of four UTF-8 bytes, which are two UTF-16 units, before each byte.
    private let wide: [Int]?

    package init(_ text: String) {
        bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 >= 0x80 }) else {
            (scalars, wide) = (nil, nil)
            return
        }
        var scalarCounts = [0]
        var wideCounts = [0]
        scalarCounts.reserveCapacity(bytes.count + 1)
        wideCounts.reserveCapacity(bytes.count + 1)
        var scalarCount = 0
        var wideCount = 0
        for byte in bytes {
            if byte & 0xC0 != 0x80 { scalarCount += 1 }
            if byte >= 0xF0 { wideCount += 1 }
            scalarCounts.append(scalarCount)
            wideCounts.append(wideCount)
        }
        (scalars, wide) = (scalarCounts, wideCounts)
    }

    /// - Parameter range: Bytes, at scalar boundaries and inside the text.
    package func range(_ range: Range<Int>) -> TextRange {
        guard let scalars, let wide else { return TextRange(utf8: range, scalars: range, utf16: range) }
        let scalarRange = scalars[range.lowerBound]..<scalars[range.upperBound]
        let utf16Range =
            scalarRange.lowerBound + wide[range.lowerBound]..<scalarRange.upperBound + wide[range.upperBound]
        return TextRange(utf8: range, scalars: scalarRange, utf16: utf16Range)
    }

    /// The text of a byte range.
    package func text(in range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
