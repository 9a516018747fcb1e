/// URLs (RFC 3986), and hosts with a path but without a scheme.
///
/// The host of a URL is an address or a name; one of a single label is taken when a port or a path follows it. A URL
/// ends before white space, quotes, angle brackets, `|`, `\`, `^` and a closing bracket that was not opened in it, and
/// then without the punctuation of the sentence and of emphasis: what Markdown, tables and code put around a URL.
enum URLMatcher {
    /// A URL with a scheme.
    /// - Parameters:
    ///   - colon: Behind the scheme.
    ///   - first: Where the URL may begin at the earliest.
    static func match(colon: Int, notBefore first: Int, in text: RefangedText) -> IndicatorMatch? {
        guard let scheme = URLScheme(endingAt: colon, in: text), scheme.start >= first else { return nil }
        let isBackslashed = text[colon + 1] == "\\" && text[colon + 2] == "\\" && scheme.name.hasPrefix("http")
        guard isBackslashed || (text[colon + 1] == "/" && text[colon + 2] == "/") else { return nil }
        let authority = colon + 3
        let host = afterUserInformation(authority, in: text)
        guard let hostEnd = hostEnd(at: host, isFile: scheme.name == "file", in: text) else { return nil }
        let end = tailEnd(from: hostEnd, start: scheme.start, in: text)
        let value =
            scheme.name + "://" + text.string(authority..<host) + text.lowercased(host..<hostEnd)
            + text.string(hostEnd..<end)
        return IndicatorMatch(
            type: .url, range: scheme.start..<end, value: value, isDefanged: scheme.isDefanged || isBackslashed)
    }

    /// A host, perhaps with a port, that a path follows.
    static func withoutScheme(host: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        guard text[host.upperBound] == "/", text[host.upperBound + 1] != "/" else { return nil }
        let end = tailEnd(from: host.upperBound, start: host.lowerBound, in: text)
        let value = text.lowercased(host) + text.string(host.upperBound..<end)
        return IndicatorMatch(type: .url, range: host.lowerBound..<end, value: value)
    }

    /// Where the host begins: behind the last "@" of the authority.
    private static func afterUserInformation(_ start: Int, in text: RefangedText) -> Int {
        var host = start
        var index = start
        while index < text.count {
            let byte = text.bytes[index]
            if byte == "@" { host = index + 1 }
            guard isUserInformation(byte) else { break }
            index += 1
        }
        return host
    }

    /// Of what RFC 3986 allows, what does not separate indicators in prose.
    private static func isUserInformation(_ byte: UInt8) -> Bool {
        switch byte {
        case "@", ":", ".", "_", "-", "~", "%", "!", "$", "&", "+", "=", "*": true
        default: byte.isAlphanumeric
        }
    }

    /// Where a host and its port end.
    private static func hostEnd(at start: Int, isFile: Bool, in text: RefangedText) -> Int? {
        if isFile, text[start] == "/", text.startsName(at: start + 1) { return start }
        if text[start] == "[" {
            guard let end = IPv6Matcher.addressEnd(at: start + 1, in: text), text[end] == "]" else { return nil }
            return text.port(at: end + 1)?.end ?? end + 1
        }
        guard text.startsName(at: start) else { return nil }
        let token = TextToken(at: start, in: text)
        let end = text.port(at: token.end)?.end ?? token.range.upperBound
        let isComplete = token.dots > 0 || text[end] == "/" || end > token.end || text.matches("localhost", at: start)
        return isComplete && HostName(token.range, in: text) != nil ? end : nil
    }

    // MARK: - Ends

    /// Where path, query and fragment end.
    /// - Parameter start: Of the URL.
    private static func tailEnd(from hostEnd: Int, start: Int, in text: RefangedText) -> Int {
        guard text[hostEnd] == "/" || text[hostEnd] == "?" || text[hostEnd] == "#" else { return hostEnd }
        let isQuoted = text[start - 1] == "'"
        var brackets = Brackets()
        var index = hostEnd
        reading: while index < text.count {
            let byte = text.bytes[index]
            switch byte {
            case "'" where isQuoted: break reading
            case ",", ";":
                if URLScheme.begins(at: index + 1, in: text) { break reading }
            case 0x80...:
                let letter = text.letter(at: index)
                if letter.length == 0 || letter.isDense { break reading }
                index += letter.length - 1
            default: if byte.isSpaceOrControl || isEnd(byte) || !brackets.take(byte) { break reading }
            }
            index += 1
        }
        while index > hostEnd,
            isPunctuation(text.bytes[index - 1]) || (text[index - 1] == "_" && text[start - 1] == "_")
        {
            index -= 1
        }
        return index
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case "\"", "<", ">", "`", "|", "\\", "^": true
        default: false
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", ",", ";", ":", "!", "?", "'", "*", "~", "(", "[", "{": true
        default: false
        }
    }
}
