/// IPv6 addresses as RFC 4291, section 2.2 writes them, also in brackets with a port (RFC 3986) and with a prefix
/// length.
///
/// Hexadecimal words with colons are also times, names of C++ and fingerprints. So an address has a digit, and at least
/// two groups unless it is "::1"; without "::" it has all eight groups, and not all of them have two digits.
enum IPv6Matcher {
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard !continuesRun(start, in: text), let end = addressEnd(at: start, in: text) else { return nil }
        // "x:100:100::/home": a line of /etc/passwd.
        if text[end - 1] == ":", text[end] == "/", !text[end + 1].isDigit { return nil }
        let address = text.lowercased(start..<end)
        if text[start - 1] == "[", text[end] == "]", let port = text.port(at: end + 1) {
            return IndicatorMatch(type: .ipv6, range: start - 1..<port.end, value: address, port: port.number)
        }
        if text[end] == "/", let length = IPv4Matcher.prefixLength(at: end + 1, maximum: 128, in: text) {
            return IndicatorMatch(type: .cidr, range: start..<length.end, value: "\(address)/\(length.bits)")
        }
        return IndicatorMatch(type: .ipv6, range: start..<end, value: address)
    }

    /// Where an address ends. No more than 46 bytes are read.
    static func addressEnd(at start: Int, in text: RefangedText) -> Int? {
        let limit = 46
        var end = text.end(from: start, limit: limit) { $0.isHexDigit || $0 == ":" || $0 == "." }
        guard end - start < limit, !text.isWord(at: end) else { return nil }
        // Of the sentence.
        while end > start, text[end - 1] == "." || (text[end - 1] == ":" && text[end - 2] != ":") { end -= 1 }
        return isAddress(text.bytes[start..<end]) ? end : nil
    }

    /// Whether a position is inside of a run that was looked at from its start.
    private static func continuesRun(_ start: Int, in text: RefangedText) -> Bool {
        guard text[start - 1] == ":" else { return text.isWord(before: start) || text[start - 1] == "." }
        var index = start - 1
        while index > start - 6, text[index - 1].isHexDigit { index -= 1 }
        return text[index - 1] == ":" || (index < start - 1 && !text.isWord(before: index))
    }

    private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        var groups = 0
        var (isCompressed, hasDigit, allAreShort) = (false, false, true)
        var index = bytes.startIndex
        func byte(_ index: Int) -> UInt8 { index < bytes.endIndex ? bytes[index] : 0 }
        if byte(index) == ":" {
            guard byte(index + 1) == ":" else { return false }
            isCompressed = true
            index += 2
        }
        while index < bytes.endIndex {
            var end = index
            while byte(end).isHexDigit { end += 1 }
            guard (1...4).contains(end - index) else { return false }
            if byte(end) == "." {
                guard isEmbeddedIPv4(bytes[index...]) else { return false }
                (groups, hasDigit, allAreShort) = (groups + 2, true, false)
                break
            }
            if bytes[index..<end].contains(where: \.isDigit) { hasDigit = true }
            if end - index != 2 { allAreShort = false }
            groups += 1
            guard end < bytes.endIndex else { break }
            index = end + 1
            if byte(index) == ":" {
                guard !isCompressed else { return false }
                isCompressed = true
                index += 1
            } else if index == bytes.endIndex {
                return false
            }
        }
        guard hasDigit else { return false }
        if isCompressed { return (2...7).contains(groups) || bytes.elementsEqual("::1".utf8) }
        return groups == 8 && !allAreShort
    }

    private static func isEmbeddedIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(\.isDigit)
                    && part.reduce(0) { $0 * 10 + $1.digitValue } <= 255
            }
    }
}
