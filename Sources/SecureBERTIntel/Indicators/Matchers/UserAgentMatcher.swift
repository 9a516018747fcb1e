/// User agents of HTTP: products and comments (RFC 9110, section 10.1.5).
///
/// A well-known product ("Mozilla/5.0", "python-requests/2.25.1") begins one anywhere. Behind "User-Agent", in any
/// spelling, one is what stands in quotes, or products and comments; behind the colon of a header that begins its line,
/// the whole line.
enum UserAgentMatcher {
    private static let limit = 512

    /// - Parameter start: Of a word that may be a well-known product.
    static func product(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        for name in products where text.matches(name, at: start) && text[start + name.utf8CodeUnitCount].isDigit {
            return productsEnd(from: start, in: text).map { match(start..<$0, in: text) }
        }
        return nil
    }

    /// - Parameter start: Of "user".
    static func header(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        let second = text[start + 4] == "-" || text[start + 4] == " " || text[start + 4] == "_" ? start + 5 : start + 4
        guard text.matches("agent", at: second) else { return nil }
        var index = second + 5
        if text[index] == "s" { index += 1 }
        for _ in 0..<2 {
            let word = text.end(from: index, limit: 1, while: \.isBlank)
            let wordEnd = text.end(from: word, limit: 8, while: \.isLetter)
            guard word > index, let short = ShortWord(text.bytes[word..<wordEnd]), fillers.contains(short) else {
                break
            }
            index = wordEnd
        }
        // A quote around the name of a field, as in JSON; one that goes on behind the field is around all of the
        // header.
        var outer: UInt8 = text[start - 1].isQuote ? text[start - 1] : 0
        let isClosed = outer != 0 && text[index] == outer
        if isClosed { (index, outer) = (index + 1, 0) }
        var isField = false
        if let colon = separatorEnd(at: index, in: text) { (index, isField) = (colon, true) }
        index = text.end(from: index, limit: 2, while: \.isBlank)
        if isClosed ? !isField : outer != 0 && text[index] == outer { return nil }
        if let quoted = QuotedText(at: index, limit: limit, in: text) {
            return text[quoted.content.lowerBound].isAlphanumeric ? match(quoted.content, in: text) : nil
        }
        if let end = productsEnd(from: index, in: text) { return match(index..<end, in: text) }
        guard isField, beginsLine(start, in: text), text[index].isAlphanumeric else { return nil }
        let end = text.end(from: index, limit: limit + 1) {
            $0 >= 0x20 && !$0.isQuote && $0 != "\\" && $0 != "|" && $0 != "<"
        }
        guard (3...limit).contains(end - index) else { return nil }
        return match(index..<end, in: text)
    }

    private static func match(_ range: Range<Int>, in text: RefangedText) -> IndicatorMatch {
        var end = range.upperBound
        while end > range.lowerBound, text[end - 1].isSpaceOrControl { end -= 1 }
        let range = range.lowerBound..<end
        return IndicatorMatch(type: .userAgent, range: range, value: text.string(range))
    }

    /// A colon or an equals sign, or a colon as Snort writes it in content: "|3a 20|".
    private static func separatorEnd(at start: Int, in text: RefangedText) -> Int? {
        if text.matches("|3a 20|", at: start) { return start + 7 }
        return text[start] == ":" || text[start] == "=" ? start + 1 : nil
    }

    private static func beginsLine(_ start: Int, in text: RefangedText) -> Bool {
        let before = text[start - 1]
        return before < 0x20 || before.isQuote
    }

    /// Where products and comments end: "Mozilla/5.0 (X11) Gecko/20100101 (KHTML, like Gecko) Safari/537". Nil when not
    /// even one product with a version stands there.
    private static func productsEnd(from start: Int, in text: RefangedText) -> Int? {
        guard var end = productEnd(at: start, in: text) else { return nil }
        while end - start < limit, text[end] == " " {
            if text[end + 1] == "(" {
                guard let close = commentEnd(at: end + 1, in: text) else { return end }
                end = close
            } else if let word = loose.first(where: { text.matches($0, at: end + 1) }) {
                end += 1 + word.utf8CodeUnitCount
            } else if let next = productEnd(at: end + 1, in: text) {
                end = next
            } else {
                break
            }
        }
        return end
    }

    /// A name, a slash and a version.
    private static func productEnd(at start: Int, in text: RefangedText) -> Int? {
        let isName: (UInt8) -> Bool = { $0.isAlphanumeric || $0 == "-" || $0 == "_" || $0 == "." || $0 == "+" }
        let slash = text.end(from: start, limit: 40, while: isName)
        guard text[slash] == "/", text[start].isLetter, text[slash + 1].isDigit else { return nil }
        var end = text.end(from: slash + 1, limit: 40, while: isName)
        while text[end - 1] == "." || text[end - 1] == "+" { end -= 1 }
        return end
    }

    private static func commentEnd(at start: Int, in text: RefangedText) -> Int? {
        var depth = 0
        let end = text.end(from: start, limit: limit) { byte in
            if byte == "(" { depth += 1 }
            if byte == ")" { depth -= 1 }
            return depth > 0 && byte >= 0x20
        }
        return text[end] == ")" ? end + 1 : nil
    }

    /// In lower case, with the slash.
    private static let products: [StaticString] = [
        "mozilla/", "opera/", "dalvik/", "curl/", "wget/", "python-requests/", "python-urllib/", "go-http-client/",
        "okhttp/", "winhttp/", "java/", "libwww-perl/", "microsoft bits/", "postmanruntime/",
    ]
    /// What browsers write between products.
    private static let loose: [StaticString] = ["like gecko", "mobile"]
    private static let fillers = ShortWord.set("string header field of is was")
}
