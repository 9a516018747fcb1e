/// Cuts text the way a known split pattern would, without a regular-expression engine: every pattern below covers
/// all text with consecutive matches, and each match is found by looking ahead a bounded distance past its end.
protocol PatternSplitter: Sendable {
    /// The end of the match that starts at `position` (below `count`).
    func matchEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, count: Int) -> Int
}

/// What the patterns distinguish: letters `\p{L}`, numbers `\p{N}`, white space `\s` and the rest.
private enum ScalarClass {
    static let letter: UInt8 = 0
    static let number: UInt8 = 1
    static let space: UInt8 = 2
    static let other: UInt8 = 3

    /// Classes of the ASCII bytes, two bits each, packed so that a lookup needs no memory: letters, then numbers and
    /// spaces are few.
    @inline(__always) static func of(ascii byte: UInt8) -> UInt8 {
        if (byte | 0x20) &- 0x61 < 26 { return letter }
        if byte &- 0x30 < 10 { return number }
        if byte == 0x20 || byte &- 0x09 < 5 { return space }
        return other
    }

    @inline(__always) static func of(property: UInt16) -> UInt8 {
        if property & ScalarProperty.letter != 0 { return letter }
        if property & ScalarProperty.number != 0 { return number }
        if property & ScalarProperty.space != 0 { return space }
        return other
    }

    /// Class and length of the scalar at `position`.
    @inline(__always)
    static func at(
        _ bytes: UnsafePointer<UInt8>, _ position: Int, _ table: ScalarPropertyTable
    ) -> (class: UInt8, length: Int) {
        let byte = bytes[position]
        if byte < 0x80 { return (of(ascii: byte), 1) }
        let (scalar, length) = UTF8Reading.scalar(bytes, at: position)
        return (of(property: table[scalar]), length)
    }

    /// The end of the run of scalars of one class.
    @inline(__always)
    static func runEnd(
        _ bytes: UnsafePointer<UInt8>, from start: Int, count: Int, of wanted: UInt8, _ table: ScalarPropertyTable
    ) -> Int {
        var position = start
        while position < count {
            let (found, length) = at(bytes, position, table)
            if found != wanted { break }
            position &+= length
        }
        return position
    }
}

/// `\s+(?!\S)|\s+` at the start of a run of white space that ends at `runEnd`: the run without its last scalar, which
/// stays for the next match, unless the run is that scalar alone or ends the text.
@inline(__always)
private func spaceMatchEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, runEnd: Int, count: Int) -> Int {
    if runEnd == count { return runEnd }
    let last = UTF8Reading.scalarStart(bytes, before: runEnd)
    return last > position ? last : runEnd
}

/// The pattern of GPT-2, RoBERTa and GPT-NeoX:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
struct GPT2Splitter: PatternSplitter {
    static let pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    private let table = UnicodeTables.properties

    @inline(__always)
    func matchEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, count: Int) -> Int {
        let first = bytes[position]
        if first == 0x27, position &+ 1 < count {
            switch bytes[position &+ 1] {
            case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return position &+ 2
            case UInt8(ascii: "r"), UInt8(ascii: "v"):
                if position &+ 2 < count, bytes[position &+ 2] == UInt8(ascii: "e") { return position &+ 3 }
            case UInt8(ascii: "l"):
                if position &+ 2 < count, bytes[position &+ 2] == UInt8(ascii: "l") { return position &+ 3 }
            default: break
            }
        }
        let start = first == 0x20 ? position &+ 1 : position
        if start == count { return count }
        let (wanted, length) = ScalarClass.at(bytes, start, table)
        let end = ScalarClass.runEnd(bytes, from: start &+ length, count: count, of: wanted, table)
        if wanted != ScalarClass.space { return end }
        return spaceMatchEnd(bytes, from: position, runEnd: end, count: count)
    }
}

/// The patterns of newer vocabularies, which differ in how many digits go together:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
struct GPT4Splitter: PatternSplitter {
    /// At most this many numbers in one match: 3 or 1.
    let maximumDigits: Int

    static func pattern(maximumDigits: Int) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + (maximumDigits == 3 ? "{1,3}" : "")
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    private let table = UnicodeTables.properties

    init(maximumDigits: Int) { self.maximumDigits = maximumDigits }

    @inline(__always)
    func matchEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, count: Int) -> Int {
        if let end = contractionEnd(bytes, from: position, count: count) { return end }
        let (first, length) = ScalarClass.at(bytes, position, table)
        let second = position &+ length
        if first == ScalarClass.letter {
            return ScalarClass.runEnd(bytes, from: second, count: count, of: ScalarClass.letter, table)
        }
        if first == ScalarClass.number {
            var end = second
            for _ in 1..<maximumDigits where end < count {
                let (found, length) = ScalarClass.at(bytes, end, table)
                if found != ScalarClass.number { break }
                end &+= length
            }
            return end
        }
        let isNewline = Self.isNewline(bytes[position])
        if !isNewline, second < count {
            let (next, length) = ScalarClass.at(bytes, second, table)
            if next == ScalarClass.letter {
                return ScalarClass.runEnd(bytes, from: second &+ length, count: count, of: ScalarClass.letter, table)
            }
        }
        let start = bytes[position] == 0x20 ? second : position
        if start < count, ScalarClass.at(bytes, start, table).class == ScalarClass.other {
            var end = ScalarClass.runEnd(bytes, from: start, count: count, of: ScalarClass.other, table)
            while end < count, Self.isNewline(bytes[end]) { end &+= 1 }
            return end
        }
        let runEnd = ScalarClass.runEnd(bytes, from: position, count: count, of: ScalarClass.space, table)
        var lastNewline = runEnd
        while lastNewline > position, !Self.isNewline(bytes[lastNewline &- 1]) { lastNewline &-= 1 }
        if lastNewline > position { return lastNewline }
        return spaceMatchEnd(bytes, from: position, runEnd: runEnd, count: count)
    }

    @inline(__always) private static func isNewline(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The contractions in either case. Case folding makes "ſ" (U+017F) an "s".
    @inline(__always)
    private func contractionEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, count: Int) -> Int? {
        guard bytes[position] == 0x27, position &+ 1 < count else { return nil }
        func lower(_ index: Int) -> UInt8 { index < count ? bytes[index] | 0x20 : 0 }
        switch lower(position &+ 1) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return position &+ 2
        case UInt8(ascii: "r") where lower(position &+ 2) == UInt8(ascii: "e"): return position &+ 3
        case UInt8(ascii: "v") where lower(position &+ 2) == UInt8(ascii: "e"): return position &+ 3
        case UInt8(ascii: "l") where lower(position &+ 2) == UInt8(ascii: "l"): return position &+ 3
        default:
            let isLongS = bytes[position &+ 1] == 0xC5 && position &+ 2 < count && bytes[position &+ 2] == 0xBF
            return isLongS ? position &+ 3 : nil
        }
    }
}
