/// Rules that drop or change whole lines of a text.
package enum LineRules {
    /// Rule `rulers`: lines of at least three punctuation characters of at most two kinds are layout and go:
    /// `-----`, `=*=*=`, `+---+---+`, `│   │`.
    static func isRuler(_ text: ByteView, _ line: Range<Int>) -> Bool {
        var kinds: (UInt8, UInt8) = (0, 0)
        var count = 0
        for position in line {
            let byte = text[position]
            if byte.isSpace { continue }
            // Box-drawing characters, U+2500 to U+257F, are E2 94 xx and E2 95 xx.
            if byte == 0xE2, position + 1 < line.upperBound, text[position + 1] == 0x94 || text[position + 1] == 0x95 {
                count += 1
                continue
            }
            if byte >= 0x80 {
                guard byte & 0xC0 == 0x80, count > 0 else { return false }
                continue
            }
            guard byte.isPunctuation else { return false }
            count += 1
            if kinds.0 == 0 || kinds.0 == byte {
                kinds.0 = byte
            } else if kinds.1 == 0 || kinds.1 == byte {
                kinds.1 = byte
            } else {
                return false
            }
        }
        return count >= 3
    }

    /// Rule `leaders`: lines of a table of contents go: `2.1 Scope ........ 14`, `Scope . . . . 14`.
    static func isContentsLine(_ text: ByteView, _ line: Range<Int>) -> Bool {
        var end = line.upperBound
        while end > line.lowerBound, text[end - 1].isSpace { end -= 1 }
        let number = end
        while end > line.lowerBound,
            text[end - 1].isDigit || text[end - 1] | 0x20 == 0x69 || text[end - 1] | 0x20 == 0x76
                || text[end - 1] | 0x20 == 0x78
        { end -= 1 }
        guard end < number, number - end <= 5 else { return false }
        var dots = 0
        while end > line.lowerBound, text[end - 1] == 0x2E || text[end - 1].isSpace {
            if text[end - 1] == 0x2E { dots += 1 }
            end -= 1
        }
        return dots >= 4
    }

    /// Rule `furniture`: lines that only number a page go: `Page 3 of 12`, `- 7 -`, `[Page 4]`.
    static func isPageNumber(_ text: ByteView, _ line: Range<Int>) -> Bool {
        var words = 0
        var digits = 0
        var word: [UInt8] = []
        var isPage = false
        for position in line {
            let byte = text[position]
            if byte.isDigit {
                digits += 1
            } else if byte.isLetter {
                word.append(byte.lowercased)
            } else if byte >= 0x80 {
                return false
            }
            if !byte.isLetter || position == line.upperBound - 1, !word.isEmpty {
                words += 1
                if word.elementsEqual("page".utf8) {
                    isPage = true
                } else if !word.elementsEqual("of".utf8) {
                    return false
                }
                word = []
            }
        }
        guard (1...8).contains(digits) else { return false }
        return isPage ? words <= 2 : words == 0 && isDashed(text, text.trimmed(line))
    }

    private static func isDashed(_ text: ByteView, _ line: Range<Int>) -> Bool {
        line.count >= 3 && text[line.lowerBound] == 0x2D && text[line.upperBound - 1] == 0x2D
    }

    /// Removes lines that are rulers, contents lines or page numbers.
    package static func removeLayout(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            text.forEachLine { line in
                if !isLayout(text, line) {
                    out.append(text, line)
                    out.append(0x0A)
                }
            }
            return out
        }
    }

    private static func isLayout(_ text: ByteView, _ line: Range<Int>) -> Bool {
        // Most lines end the test here: layout has no run of letters at its start, or ends in a number.
        guard let first = text[line].first(where: { !$0.isSpace }) else { return false }
        if !first.isLetter, isRuler(text, line) || isPageNumber(text, line) { return true }
        guard let last = text[line].last(where: { !$0.isSpace }) else { return false }
        if last.isDigit || last == 0x5D, first | 0x20 == 0x70, isPageNumber(text, line) { return true }
        return (last.isDigit || last.isLetter) && line.count < 200 && isContentsLine(text, line)
    }
}
