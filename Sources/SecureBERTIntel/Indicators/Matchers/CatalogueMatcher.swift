/// Identifiers of vulnerabilities and weaknesses: CVE (a year and four or more digits) and CWE (one to four digits).
///
/// Between their parts stands a hyphen, one of the dashes that word processors make of it, an underscore or a space.
enum CatalogueMatcher {
    /// - Parameter word: Of three letters.
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        if text.matches("cve", at: word.lowerBound) { return vulnerability(word, in: text) }
        if text.matches("cwe", at: word.lowerBound) { return weakness(word, in: text) }
        return nil
    }

    private static func vulnerability(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        guard let year = digits(behind: word.upperBound, 4...4, in: text),
            text[year.lowerBound] == "1" || text[year.lowerBound] == "2",
            let number = digits(behind: year.upperBound, 4...19, in: text), !text.isWord(at: number.upperBound)
        else { return nil }
        let value = "CVE-\(text.string(year))-\(text.string(number))"
        return IndicatorMatch(type: .cve, range: word.lowerBound..<number.upperBound, value: value)
    }

    private static func weakness(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        guard let number = digits(behind: word.upperBound, 1...4, in: text), !text.isWord(at: number.upperBound),
            text[number.lowerBound] != "0"
        else { return nil }
        return IndicatorMatch(
            type: .cwe, range: word.lowerBound..<number.upperBound, value: "CWE-\(text.string(number))")
    }

    /// Digits behind a separator; more of them than asked for are none.
    private static func digits(behind index: Int, _ counts: ClosedRange<Int>, in text: RefangedText) -> Range<Int>? {
        guard let start = separatorEnd(at: index, in: text) else { return nil }
        let end = text.end(from: start, limit: counts.upperBound + 1, while: \.isDigit)
        return counts.contains(end - start) ? start..<end : nil
    }

    private static func separatorEnd(at index: Int, in text: RefangedText) -> Int? {
        switch (text[index], text[index + 1], text[index + 2]) {
        case ("-", _, _), ("_", _, _), (" ", _, _): index + 1
        // U+2010 to U+2015, and the minus sign U+2212.
        case (0xE2, 0x80, 0x90...0x95), (0xE2, 0x88, 0x92): index + 3
        default: nil
        }
    }
}
