/// A run of letters or a run of digits in a text: "APT28" is two of them.
struct LinkedWord {
    /// Bytes of UTF-8.
    let range: Range<Int>
    let lowercased: String
    let isCapitalized: Bool
    let isLetters: Bool

    static func words(of text: String) -> [LinkedWord] {
        var words: [LinkedWord] = []
        var (start, place): (Int, Int) = (0, 0)
        var (run, runIsLetters) = (String.UnicodeScalarView(), false)
        func word() -> LinkedWord {
            let word = String(run)
            return LinkedWord(
                range: start..<place, lowercased: word.lowercased(), isCapitalized: word.first?.isUppercase == true,
                isLetters: runIsLetters)
        }
        for scalar in text.unicodeScalars {
            let isDigit = ("0"..."9").contains(scalar)
            let isLetter = scalar.isASCII ? UInt8(scalar.value).isLetter : scalar.properties.isAlphabetic
            if !run.isEmpty, !(isDigit || isLetter) || isLetter != runIsLetters {
                words.append(word())
                run.removeAll()
            }
            if isDigit || isLetter {
                if run.isEmpty { (start, runIsLetters) = (place, isLetter) }
                run.append(scalar)
            }
            place += UTF8.width(scalar)
        }
        return run.isEmpty ? words : words + [word()]
    }

    /// Whether this is the next word of a name: nothing, a space, a hyphen or an apostrophe between.
    func continues(_ previous: LinkedWord, _ bytes: [UInt8]) -> Bool {
        let between = bytes[previous.range.upperBound..<range.lowerBound]
        return between.isEmpty || between.count == 1 && between.allSatisfy { " -'".utf8.contains($0) }
    }

    /// Whether a name can begin here: not within another word, a path or an address.
    func startsName(_ bytes: [UInt8]) -> Bool {
        guard range.lowerBound > 0 else { return true }
        let byte = bytes[range.lowerBound - 1]
        return !byte.isAlphanumeric && !"/\\@_.%$&=".utf8.contains(byte)
    }

    /// Whether a name can end here: not within another word, a file name or an address.
    func endsName(_ bytes: [UInt8]) -> Bool {
        guard range.upperBound < bytes.count else { return true }
        let byte = bytes[range.upperBound]
        guard !byte.isAlphanumeric, !"/\\@_=".utf8.contains(byte) else { return false }
        let next = range.upperBound + 1
        return byte != UInt8(ascii: ".") || next == bytes.count || !bytes[next].isAlphanumeric
    }
}
