// What several matchers ask about the text.
extension RefangedText {
    /// Whether a word stands at a position, in capitals or not.
    /// - Parameter literal: ASCII, in lower case.
    func matches(_ literal: StaticString, at index: Int) -> Bool {
        guard index >= 0, index + literal.utf8CodeUnitCount <= bytes.count else { return false }
        return literal.withUTF8Buffer { word in
            for offset in 0..<word.count where bytes[index + offset].lowercased != word[offset] { return false }
            return true
        }
    }

    /// Where a run of bytes ends that begins at a position; at most `limit` bytes are read.
    func end(from start: Int, limit: Int = .max, while condition: (UInt8) -> Bool) -> Int {
        var index = start
        let last = bytes.count - start > limit ? start + limit : bytes.count
        while index < last, condition(bytes[index]) { index += 1 }
        return index
    }

    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func lowercased(_ range: Range<Int>) -> String { string(range).lowercased() }

    /// With one backslash for every run of them.
    func singleBackslashes(_ range: Range<Int>) -> String {
        var single: [UInt8] = []
        for byte in bytes[range] where byte != "\\" || single.last != byte { single.append(byte) }
        return String(decoding: single, as: UTF8.self)
    }

    /// Where a placeholder ends that begins at a position and stands for a name in a path: "<user>" or "[pid]" before a
    /// separator.
    func placeholderEnd(at start: Int) -> Int? {
        let end = end(from: start + 1, limit: 32) {
            $0.isAlphanumeric || $0 == "_" || $0 == "-" || $0 == " " || $0 == "."
        }
        let isClosed = self[start] == "<" ? self[end] == ">" : self[start] == "[" && self[end] == "]"
        guard isClosed, end > start + 1, self[end + 1] == "\\" || self[end + 1] == "/" else { return nil }
        return end + 1
    }

    /// Whether a position is behind a quotation mark that is closed within 260 bytes and on the same line.
    func isQuoted(at start: Int) -> Bool {
        let mark = self[start - 1]
        let isCurly = self[start - 3] == 0xE2 && self[start - 2] == 0x80 && (mark == 0x9C || mark == 0x98)
        guard mark.isQuote || isCurly else { return false }
        let end = end(from: start, limit: 260) { $0 >= 0x20 && $0 != mark && !(isCurly && $0 == 0xE2) }
        return isCurly ? self[end] == 0xE2 && self[end + 1] == 0x80 : self[end] == mark
    }

    /// The port behind a host: a colon and a number up to 65535.
    func port(at colon: Int) -> (number: Int, end: Int)? {
        guard self[colon] == ":" else { return nil }
        let end = end(from: colon + 1, limit: 6, while: \.isDigit)
        let number = bytes[(colon + 1)..<max(end, colon + 1)].reduce(0) { $0 * 10 + $1.digitValue }
        guard (1...5).contains(end - colon - 1), (1...65535).contains(number), !isWord(at: end) else { return nil }
        return (number, end)
    }

    /// The word of ASCII letters that ends before a position, with at most two blanks or a colon between; nil for words
    /// of more than eight letters.
    func word(before index: Int) -> (word: ShortWord, start: Int)? {
        var end = index
        while end > index - 2, self[end - 1].isBlank || self[end - 1] == ":" { end -= 1 }
        var start = end
        while start > end - 9, self[start - 1].isLetter { start -= 1 }
        guard start < end else { return nil }
        return ShortWord(bytes[start..<end]).map { ($0, start) }
    }

    /// Whether something that begins at a position is not the continuation of a word, hyphens and dots included.
    func isBoundary(before index: Int) -> Bool {
        switch self[index - 1] {
        case "-", ".": !isWord(before: index - 1)
        default: !isWord(before: index)
        }
    }
}
