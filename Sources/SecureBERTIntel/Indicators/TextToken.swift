/// A run of letters, digits, hyphens, underscores and single dots inside: what domains, addresses, names of files,
/// hashes and identifiers are made of.
///
/// Letters of scripts that are written without spaces (Chinese, Japanese, Korean, Thai) do not run together with ASCII
/// letters and digits, because reports in these languages put indicators right between words.
struct TextToken {
    /// Without hyphens and underscores at the end, and without underscores at the start when there are some at the end,
    /// as in emphasis of Markdown.
    let range: Range<Int>
    /// Where the run ends.
    let end: Int
    let dots: Int
    /// Where the last dot is; meaningless without dots.
    let lastDot: Int

    /// The run that begins at a position. Of hyphens and underscores alone the range is empty.
    init(at start: Int, in text: borrowing RefangedText) {
        var (index, dots, lastDot) = (start, 0, start)
        var (lastIsASCII, lastIsDense) = (false, false)
        while index < text.count {
            let byte = text.bytes[index]
            if byte.isAlphanumeric {
                if lastIsDense { break }
                lastIsASCII = true
                index += 1
            } else if byte == "-" || byte == "_" {
                (lastIsASCII, lastIsDense) = (false, false)
                index += 1
            } else if byte == "." {
                guard index > start, text.startsName(at: index + 1) || text[index + 1] == "_" else { break }
                (lastIsASCII, lastIsDense) = (false, false)
                (dots, lastDot) = (dots + 1, index)
                index += 1
            } else {
                let letter = text.letter(at: index)
                if letter.length == 0 || (letter.isDense ? lastIsASCII : lastIsDense) { break }
                lastIsDense = letter.isDense
                index += letter.length
            }
        }
        var (first, last) = (start, index)
        while last > first, text[last - 1] == "-" || text[last - 1] == "_" { last -= 1 }
        if last < index { while first < last, text[first] == "_" { first += 1 } }
        (range, end, self.dots, self.lastDot) = (first..<last, index, dots, lastDot)
    }

    private init(range: Range<Int>, dots: Int, lastDot: Int) {
        (self.range, end, self.dots, self.lastDot) = (range, range.upperBound, dots, lastDot)
    }

    /// Without the last label when it is a word that sentences begin with: "evil.com" of "evil.com.The".
    func withoutSentence(in text: RefangedText) -> TextToken? {
        let label = text.bytes[min(lastDot + 1, range.upperBound)..<range.upperBound]
        guard range.count <= 255, label.first?.isUppercase == true, label.dropFirst().allSatisfy(\.isLowercase),
            let word = ShortWord(label), Self.openings.contains(word),
            let dot = text.bytes[range.lowerBound..<lastDot].lastIndex(of: UInt8(ascii: "."))
        else { return nil }
        return TextToken(range: range.lowerBound..<lastDot, dots: dots - 1, lastDot: dot)
    }

    private static let openings = ShortWord.set(
        """
        the this that these those it its in an as at by for from if on once to upon we when while with after and all
        """)
}

extension RefangedText {
    /// Whether a letter or a digit of any script begins at a position.
    func startsName(at index: Int) -> Bool {
        let byte = self[index]
        return byte < 0x80 ? byte.isAlphanumeric : letter(at: index).length > 0
    }

    /// Whether a letter or a digit begins at a position that goes on with an ASCII word before it.
    func isWord(at index: Int) -> Bool {
        let byte = self[index]
        guard byte >= 0x80 else { return byte.isAlphanumeric }
        let letter = letter(at: index)
        return letter.length > 0 && !letter.isDense
    }

    /// Whether a letter or a digit ends before a position that an ASCII word behind it goes on with.
    func isWord(before index: Int) -> Bool {
        let byte = self[index - 1]
        guard byte >= 0x80 else { return byte.isAlphanumeric }
        var start = index - 1
        while start > index - 4, self[start] & 0xC0 == 0x80 { start -= 1 }
        return isWord(at: start)
    }

    /// The letter beyond ASCII at a position: its bytes, 0 when there is none, and whether its script is written
    /// without spaces. By blocks of Unicode, not by single characters: punctuation of ASCII's neighbours (U+0080 to
    /// U+00BF), general punctuation and symbols (U+2000 to U+2FFF), ideographic punctuation (U+3000 to U+303F) and
    /// everything from U+E000 on, emoji among them, are no letters.
    func letter(at index: Int) -> (length: Int, isDense: Bool) {
        switch self[index] {
        case 0xC3...0xDF: (2, false)
        case 0xE0: (3, (0xB8...0xBB).contains(self[index + 1]))
        case 0xE1: (3, false)
        case 0xE3: self[index + 1] >= 0x81 ? (3, true) : (0, false)
        case 0xE4...0xED: (3, true)
        default: (0, false)
        }
    }
}
