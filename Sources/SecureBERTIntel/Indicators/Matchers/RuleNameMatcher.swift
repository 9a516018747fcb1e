/// Names of detection rules: of YARA by its grammar ("rule NAME {", "rule NAME : tag {") or behind the word ("YARA rule
/// NAME"), of Sigma behind the word, in quotes or after a colon.
enum RuleNameMatcher {
    /// - Parameter start: Of "rule" or "rules".
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        let end = text[start + 4].lowercased == "s" ? start + 5 : start + 4
        if let before = text.word(before: start)?.word {
            if before == "yara", let match = named(behind: end, in: text) { return match }
            if before == "sigma" { return titled(behind: end, in: text) }
        }
        return end == start + 4 && text[start] == "r" ? declared(behind: end, in: text) : nil
    }

    /// A declaration of YARA.
    private static func declared(behind end: Int, in text: RefangedText) -> IndicatorMatch? {
        let start = text.end(from: end, limit: 4, while: \.isBlank)
        guard start > end, let name = identifier(at: start, in: text) else { return nil }
        var index = text.end(from: name.upperBound, limit: 8, while: \.isSpaceOrControl)
        if text[index] == ":" {
            index = text.end(from: index + 1, limit: 200) { $0.isAlphanumeric || $0 == "_" || $0.isSpaceOrControl }
        }
        return text[index] == "{" ? IndicatorMatch(type: .yaraRule, range: name, value: text.string(name)) : nil
    }

    /// A name that looks like one of a rule, with an underscore or a digit, after "YARA rule".
    private static func named(behind end: Int, in text: RefangedText) -> IndicatorMatch? {
        let start = opening(behind: end, in: text).index
        guard start > end, let name = identifier(at: start, in: text),
            text.bytes[name].contains(where: { $0 == "_" || $0.isDigit })
        else { return nil }
        return IndicatorMatch(type: .yaraRule, range: name, value: text.string(name))
    }

    /// A title after "Sigma rule".
    private static func titled(behind end: Int, in text: RefangedText) -> IndicatorMatch? {
        let opening = opening(behind: end, in: text)
        var range = opening.index..<opening.index
        if let quoted = QuotedText(at: opening.isQuoted ? opening.index - 1 : opening.index, limit: 120, in: text) {
            range = quoted.content
        } else if opening.hasColon {
            var last = text.end(from: opening.index, limit: 121) { $0 >= 0x20 }
            guard last - opening.index <= 120 else { return nil }
            while last > opening.index, text[last - 1] == "." || text[last - 1].isBlank { last -= 1 }
            range = opening.index..<last
        }
        guard range.count >= 3 else { return nil }
        return IndicatorMatch(type: .sigmaRule, range: range, value: text.string(range))
    }

    /// Where a name begins behind "rule": after "named" or "called", a colon, blanks and an ASCII quote.
    private static func opening(behind end: Int, in text: RefangedText) -> (index: Int, hasColon: Bool, isQuoted: Bool)
    {
        var index = end
        for word in ["named", "called", "titled", "name", "title"] as [StaticString]
        where text[index] == " " && text.matches(word, at: index + 1)
            && !text.isWord(at: index + 1 + word.utf8CodeUnitCount)
        {
            index += 1 + word.utf8CodeUnitCount
        }
        let hasColon = text[index] == ":"
        if hasColon { index += 1 }
        index = text.end(from: index, limit: 2, while: \.isBlank)
        let isQuoted = text[index].isQuote
        return (isQuoted ? index + 1 : index, hasColon, isQuoted)
    }

    /// At most 128 characters, the limit of YARA.
    private static func identifier(at start: Int, in text: RefangedText) -> Range<Int>? {
        let end = text.end(from: start, limit: 129) { $0.isAlphanumeric || $0 == "_" }
        guard (1...128).contains(end - start), !text[start].isDigit, !text.isWord(at: end) else { return nil }
        return start..<end
    }
}
