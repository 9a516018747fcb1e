/// IPv4 addresses in dotted decimal, with a port, a prefix length (RFC 4632) or a path.
///
/// Numbers of versions and of sections look the same. An address that is not defanged is none when it follows a word
/// that announces such a number ("version", "build", "section"), the slash of a product ("Chrome/9.0.1.2") or a hyphen
/// or an underscore behind a letter ("openssl-1.0.2.1"), when a fifth number follows, or when it begins with 0, except
/// 0.0.0.0.
enum IPv4Matcher {
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard let end = addressEnd(at: start, in: text), !text.isWord(before: start),
            !(text[end] == "." && text[end + 1].isDigit), !(text[start - 1] == "." && text.isWord(before: start - 1))
        else { return nil }
        // A table that lost its columns: "1.2.3[.]4HOSTER".
        let isAddress =
            text.isDefanged(start..<end)
            ? !text[end].isDigit : !text.isWord(at: end) && !isNumbering(start..<end, in: text)
        guard isAddress else { return nil }
        let address = text.string(start..<end)
        if text[end] == "/", let length = prefixLength(at: end + 1, maximum: 32, in: text) {
            return IndicatorMatch(type: .cidr, range: start..<length.end, value: "\(address)/\(length.bits)")
        }
        let port = text.port(at: end)
        let hostEnd = port?.end ?? end
        if !isNumber(behind: hostEnd, in: text), let url = URLMatcher.withoutScheme(host: start..<hostEnd, in: text) {
            return url
        }
        return IndicatorMatch(type: .ipv4, range: start..<hostEnd, value: address, port: port?.number)
    }

    /// Where four numbers from 0 to 255 without leading zeros end, separated by dots.
    static func addressEnd(at start: Int, in text: RefangedText) -> Int? {
        var index = start
        for part in 0..<4 {
            if part > 0 {
                guard text[index] == "." else { return nil }
                index += 1
            }
            let end = text.end(from: index, limit: 4, while: \.isDigit)
            guard (1...3).contains(end - index), end - index == 1 || text[index] != "0" else { return nil }
            guard text.bytes[index..<end].reduce(0, { $0 * 10 + $1.digitValue }) <= 255 else { return nil }
            index = end
        }
        return index
    }

    /// The number of bits behind the slash of a prefix, and where it ends.
    static func prefixLength(at start: Int, maximum: Int, in text: RefangedText) -> (bits: Int, end: Int)? {
        let end = text.end(from: start, limit: 4, while: \.isDigit)
        let bits = text.bytes[start..<max(start, end)].reduce(0) { $0 * 10 + $1.digitValue }
        guard (1...3).contains(end - start), bits <= maximum, !text.isWord(at: end), text[end] != "/" else {
            return nil
        }
        return (bits, end)
    }

    /// Whether a slash and only digits follow: "1.2.3.4/443" has no path.
    private static func isNumber(behind end: Int, in text: RefangedText) -> Bool {
        let last = text.end(from: end + 1, limit: 6, while: \.isDigit)
        return text[end] == "/" && last > end + 1 && text[last] != "/" && !text.isWord(at: last)
    }

    private static func isNumbering(_ range: Range<Int>, in text: RefangedText) -> Bool {
        let start = range.lowerBound
        if text[start] == "0", text.string(range) != "0.0.0.0" { return true }
        switch text[start - 1] {
        case "/" where text[start - 2].isLetter: return true
        case "-" where text[start - 2].isLetter, "_" where text[start - 2].isLetter: return true
        default: break
        }
        guard let word = text.word(before: start) else { return false }
        if numberings.contains(word.word) { return true }
        // "prior to 7.1.2.3", "up to 7.1.2.3"
        guard word.word == "to", let before = text.word(before: word.start)?.word else { return false }
        return before == "prior" || before == "up"
    }

    private static let numberings = ShortWord.set(
        """
        v ver version versions build builds release releases rev revision firmware section sections chapter clause \
        before until
        """)
}
