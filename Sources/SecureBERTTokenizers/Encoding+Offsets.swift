/// What text offsets count.
public enum OffsetUnit: Sendable {
    /// Bytes of UTF-8, as Swift's `utf8` view and files count.
    case utf8
    /// Unicode scalars, as Python slices count and the reference reports.
    case unicodeScalars
    /// UTF-16 code units, as JavaScript, Java and Windows count.
    case utf16
}

extension Encoding {
    /// Ranges in the original text, like ``offsets``, in the given unit. O(text + tokens).
    public func offsets(in unit: OffsetUnit) -> [Range<Int>] {
        guard unit != .utf8 else { return offsets }
        var result: [Range<Int>] = []
        result.reserveCapacity(count)
        var converters: [Int: [OffsetConverter]] = [:]
        for part in parts {
            guard case .sequence(let index) = part.kind, index < sources.count else {
                result.append(contentsOf: repeatElement(0..<0, count: part.range.count))
                continue
            }
            let available = converters[index] ?? Self.converters(for: sources[index], unit: unit)
            converters[index] = available
            for span in spans[part.range] {
                let word = available.count > 1 ? Int(span.word) : 0
                guard word < available.count else {
                    result.append(0..<0)
                    continue
                }
                let start = available[word].convert(Int(span.start))
                result.append(start..<max(start, available[word].convert(Int(span.end))))
            }
        }
        return result
    }

    private static func converters(for source: TextSource, unit: OffsetUnit) -> [OffsetConverter] {
        switch source {
        case .text(let text): [OffsetConverter(text: text, unit: unit)]
        case .words(let words): words.map { OffsetConverter(text: $0, unit: unit) }
        }
    }
}

/// Converts byte offsets of one text to another unit: counts at every 64th byte, the rest by looking.
struct OffsetConverter {
    /// The text, unless it is ASCII, of which every byte is one unit.
    private let bytes: [UInt8]
    private let byteCount: Int
    private let unit: OffsetUnit
    private var checkpoints: [Int] = []

    private static let spacing = 64

    init(text: String, unit: OffsetUnit) {
        bytes = text.utf8.allSatisfy { $0 < 0x80 } ? [] : Array(text.utf8)
        byteCount = text.utf8.count
        self.unit = unit
        var count = 0
        for (index, byte) in bytes.enumerated() {
            if index % Self.spacing == 0 { checkpoints.append(count) }
            count += units(byte)
        }
    }

    /// Units that start with this byte: continuation bytes start none, four-byte scalars are two UTF-16 units.
    private func units(_ byte: UInt8) -> Int {
        if UTF8Reading.isContinuation(byte) { return 0 }
        return unit == .utf16 && byte >= 0xF0 ? 2 : 1
    }

    /// The number of units before a byte offset.
    func convert(_ offset: Int) -> Int {
        let offset = min(max(offset, 0), byteCount)
        if checkpoints.isEmpty { return offset }
        let checkpoint = min(offset / Self.spacing, checkpoints.count - 1)
        return bytes[(checkpoint * Self.spacing)..<offset].reduce(checkpoints[checkpoint]) { $0 + units($1) }
    }
}
