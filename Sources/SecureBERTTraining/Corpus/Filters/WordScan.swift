/// The words of a text as hashes, and what its characters are: one pass that every filter and duplicate detector shares.
///
/// A word is a run of letters and digits, lowercased; characters beyond ASCII count as letters here.
package struct WordScan {
    /// Hash of each word.
    package private(set) var words: [UInt64] = []
    /// Where each word ends in the text.
    private(set) var ends: [UInt32] = []
    /// Hash of all letters and digits, whatever is between them: equal for texts that differ in layout, case or punctuation.
    package private(set) var contentHash: UInt64 = 0
    package private(set) var asciiLetters = 0
    package private(set) var digits = 0
    /// ASCII punctuation.
    private(set) var symbols = 0
    private(set) var spaces = 0
    /// Characters beyond ASCII by script.
    package private(set) var scripts = ScriptCounts()
    /// Bytes of all words together.
    private(set) var wordBytes = 0

    private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3

    package init() {}

    /// Scans a text, replacing what was scanned before; memory is reused.
    package mutating func scan(_ text: ByteView) {
        words.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        (asciiLetters, digits, symbols, spaces, wordBytes) = (0, 0, 0, 0, 0)
        scripts = ScriptCounts()
        var content = Self.offset
        var word = Self.offset
        var start = -1
        var position = 0
        let count = text.count
        while position < count {
            var byte = text[position]
            let isUpper = (byte &- 0x41) < 26
            byte |= isUpper ? 0x20 : 0
            let isLetter = (byte &- 0x61) < 26
            let isDigit = (byte &- 0x30) < 10
            if isLetter || isDigit || byte >= 0x80 {
                if start < 0 {
                    start = position
                    word = Self.offset
                }
                word = (word ^ UInt64(byte)) &* Self.prime
                content = (content ^ UInt64(byte)) &* Self.prime
                if isLetter {
                    asciiLetters += 1
                } else if isDigit {
                    digits += 1
                } else if byte >= 0xC0 {
                    scripts.add(text.scalar(at: position).value)
                }
            } else {
                if start >= 0 {
                    words.append(word.mixed)
                    ends.append(UInt32(truncatingIfNeeded: position))
                    wordBytes += position - start
                    start = -1
                }
                if byte <= 0x20 { spaces += 1 } else { symbols += 1 }
            }
            position += 1
        }
        if start >= 0 {
            words.append(word.mixed)
            ends.append(UInt32(truncatingIfNeeded: count))
            wordBytes += count - start
        }
        contentHash = content.mixed
    }

    /// The hash that a lowercase word has in a scan.
    package static func hash(_ word: some Sequence<UInt8>) -> UInt64 {
        word.reduce(offset) { ($0 ^ UInt64($1)) &* prime }.mixed
    }
}

extension UInt64 {
    /// Every bit depends on every bit (the finalizer of SplitMix64: Steele, Lea, Flood 2014).
    var mixed: UInt64 {
        var value = self
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Letters beyond ASCII, by script.
package struct ScriptCounts: Equatable {
    /// Latin letters with marks, as most European languages have.
    package var latin = 0
    /// Letters of other scripts, by the language that is the most likely to be written with them.
    private(set) var others: [String: Int] = [:]
    /// Symbols: arrows, boxes, pictographs.
    var symbols = 0

    var otherLetters: Int { others.values.reduce(0, +) }

    mutating func add(_ scalar: UInt32) {
        switch scalar {
        case 0xAA, 0xB5, 0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF: latin += 1
        case 0x370...0x3FF, 0x1F00...0x1FFF: others["el", default: 0] += 1
        case 0x400...0x52F: others["ru", default: 0] += 1
        case 0x590...0x5FF: others["he", default: 0] += 1
        case 0x600...0x6FF, 0x750...0x77F: others["ar", default: 0] += 1
        case 0x900...0x97F: others["hi", default: 0] += 1
        case 0xE00...0xE7F: others["th", default: 0] += 1
        case 0x1100...0x11FF, 0xAC00...0xD7A3: others["ko", default: 0] += 1
        case 0x3040...0x30FF: others["ja", default: 0] += 1
        case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2FFFF: others["zh", default: 0] += 1
        case 0x250...0x2AF, 0x530...0x58F, 0x980...0xDFF, 0xE80...0x10FF, 0x1200...0x1DFF, 0x2C00...0x2DFF:
            others["other", default: 0] += 1
        default: symbols += 1
        }
    }
}
