/// The sentences of English text, one paragraph after the other.
///
/// A sentence ends after `.`, `!` or `?`, closing quotes and brackets included, where white space and then a capital letter, a
/// digit, an opening quote or a bracket follow, except after abbreviations and single capital letters. Line ends within a
/// paragraph are white space; a paragraph always ends a sentence.
public enum TextSentences {
    /// The sentences as bytes of UTF-8, without white space around them.
    public static func ranges(in text: String) -> [Range<Int>] {
        let bytes = Array(text.utf8)
        var ranges: [Range<Int>] = []
        for paragraph in TextParagraphs(text) {
            var start = paragraph.range.lowerBound
            var place = start
            while place < paragraph.range.upperBound {
                guard isMark(bytes[place]) else {
                    place += 1
                    continue
                }
                let end = endOfMarks(bytes, place, paragraph.range)
                if isSentenceEnd(bytes, place..<end, paragraph.range) {
                    append(start..<end, bytes, to: &ranges)
                    start = end
                }
                place = end
            }
            append(start..<paragraph.range.upperBound, bytes, to: &ranges)
        }
        return ranges
    }

    private static func isMark(_ byte: UInt8) -> Bool { ".!?".utf8.contains(byte) }

    /// Where the marks, quotes and brackets end that begin with a mark; a run is read once, however long it is.
    private static func endOfMarks(_ bytes: [UInt8], _ mark: Int, _ paragraph: Range<Int>) -> Int {
        var end = mark + 1
        while end < paragraph.upperBound, isMark(bytes[end]) || ")]\"'".utf8.contains(bytes[end]) { end += 1 }
        for quote in ["\u{201D}", "\u{2019}"] where bytes[end..<paragraph.upperBound].starts(with: quote.utf8) {
            end += quote.utf8.count
        }
        return end
    }

    /// Whether a sentence ends with these marks, by what follows and what is before.
    private static func isSentenceEnd(_ bytes: [UInt8], _ marks: Range<Int>, _ paragraph: Range<Int>) -> Bool {
        var next = marks.upperBound
        while next < paragraph.upperBound, isSpace(bytes[next]) { next += 1 }
        guard next > marks.upperBound, next < paragraph.upperBound, begins(bytes[next]) else { return false }
        return bytes[marks.lowerBound] != UInt8(ascii: ".")
            || !isAbbreviation(bytes, marks.lowerBound, paragraph.lowerBound)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Whether a sentence can begin with the byte; those of other scripts and of quotes can.
    private static func begins(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x30...0x39, 0x80...: true
        default: "\"'([".utf8.contains(byte)
        }
    }

    /// Words before a period that does not end a sentence, as English reports write them.
    private static let abbreviations: Set<String> = [
        "al", "approx", "corp", "cf", "dept", "dr", "e.g", "eg", "etc", "fig", "gen", "gov", "i.e", "ie", "inc", "jr",
        "ltd",
        "mr", "mrs", "ms", "no", "p", "pp", "prof", "sec", "sr", "st", "v", "ver", "vol", "vs",
    ]

    private static func isAbbreviation(_ bytes: [UInt8], _ mark: Int, _ start: Int) -> Bool {
        var first = mark
        // The longest abbreviation and one byte more: enough to tell.
        while first > start, mark - first < 7, !isSpace(bytes[first - 1]), !"([\"'".utf8.contains(bytes[first - 1]) {
            first -= 1
        }
        let word = bytes[first..<mark]
        if word.count == 1, let letter = word.first { return (0x41...0x5A).contains(letter) }
        // "U.S" of "U.S."
        if word.count == 3, word[first + 1] == UInt8(ascii: ".") { return true }
        return abbreviations.contains(String(decoding: word, as: UTF8.self).lowercased())
    }

    private static func append(_ range: Range<Int>, _ bytes: [UInt8], to ranges: inout [Range<Int>]) {
        guard let first = bytes[range].firstIndex(where: { !isSpace($0) }),
            let last = bytes[range].lastIndex(where: { !isSpace($0) })
        else { return }
        ranges.append(first..<(last + 1))
    }
}
