/// Goes through a text once, from left to right, and asks at every place the matchers that can begin there.
///
/// What is found first is kept, and reading goes on behind it, so results are in order and do not overlap. A matcher
/// that finds what can contain others (a URL, a path) is asked before those that find the parts, so the outermost wins.
///
/// The time is linear in the length of the text: a run of letters and digits is looked at as a whole once, every
/// matcher that looks further looks at a bounded number of bytes, or takes all that it looked at.
struct IndicatorScanner {
    private let text: RefangedText
    private var position = 0
    private var found: [IndicatorMatch] = []

    private init(_ text: RefangedText) { self.text = text }

    /// What is in a text, in its order.
    static func matches(in text: RefangedText) -> [IndicatorMatch] {
        var scanner = IndicatorScanner(text)
        while scanner.position < text.count { scanner.next() }
        return scanner.found
    }

    private mutating func next() {
        let byte = text.bytes[position]
        if byte.isAlphanumeric || byte == "_" || byte >= 0x80 {
            read(TextToken(at: position, in: text))
        } else if byte == "/", text[position - 1] == "(", text[position - 2] == "]" {
            // The target of a link within a site, in Markdown: none of its parts is an indicator.
            position = text.end(from: position) { !$0.isSpaceOrControl && $0 != ")" }
        } else if let match = mark(byte) {
            add(match)
        } else {
            position += 1
        }
    }

    private mutating func add(_ match: IndicatorMatch) {
        found.append(match)
        position = match.range.upperBound
    }

    /// Where the last match ends.
    private var foundEnd: Int { found.last?.range.upperBound ?? 0 }

    /// What begins with a mark.
    private func mark(_ byte: UInt8) -> IndicatorMatch? {
        switch byte {
        case "/": UnixPathMatcher.match(at: position, in: text)
        case "~": text[position + 1] == "/" ? UnixPathMatcher.match(at: position, in: text) : nil
        case "\\": WindowsPathMatcher.share(at: position, in: text)
        case "%", "$": WindowsPathMatcher.variable(at: position, in: text)
        case ":": text[position + 1] == ":" ? IPv6Matcher.match(at: position, in: text) : url(colon: position)
        default: nil
        }
    }

    // MARK: - Tokens

    private mutating func read(_ token: TextToken) {
        if let match = whole(token) { return add(match) }
        // A sentence that begins right behind an indicator: "evil.com.The".
        if token.dots > 1, let shorter = token.withoutSentence(in: text), let match = named(shorter) {
            return add(match)
        }
        let end = max(token.end, position + 1)
        while position < token.range.upperBound {
            guard let word = nextWord(before: token.range.upperBound) else { break }
            position = word.lowerBound
            if let match = WordMatcher.match(word, in: text) {
                add(match)
            } else {
                position = word.upperBound
            }
        }
        position = max(position, end)
    }

    /// The letters and digits that begin next, up to anything else.
    private func nextWord(before end: Int) -> Range<Int>? {
        var start = position
        while start < end, !isWordByte(text.bytes[start]) { start += 1 }
        let last = text.end(from: start, limit: end - start, while: isWordByte)
        return start < last ? start..<last : nil
    }

    private func isWordByte(_ byte: UInt8) -> Bool { byte.isAlphanumeric || byte >= 0x80 }

    /// What a token is the beginning of, or all of.
    private func whole(_ token: TextToken) -> IndicatorMatch? {
        switch text[token.end] {
        case ":": if let match = url(colon: token.end) { return match }
        case "@":
            if let match = EmailMatcher.match(sign: token.end, notBefore: foundEnd, in: text) { return match }
        default: break
        }
        return named(token)
    }

    private func named(_ token: TextToken) -> IndicatorMatch? {
        guard token.dots > 0 else { return nil }
        return DomainMatcher.match(token, in: text) ?? FileNameMatcher.match(token, notBefore: foundEnd, in: text)
    }

    private func url(colon: Int) -> IndicatorMatch? {
        guard text[colon + 1] == "/" || text[colon + 1] == "\\" else { return nil }
        return URLMatcher.match(colon: colon, notBefore: foundEnd, in: text)
    }
}
