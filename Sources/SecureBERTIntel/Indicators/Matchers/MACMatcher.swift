/// Hardware addresses of 48 bits: six pairs of hexadecimal digits with colons or hyphens (IEEE 802), or three groups of
/// four with dots, as Cisco writes them. Longer rows of pairs are fingerprints and other identifiers.
enum MACMatcher {
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        match(at: start, groups: 6, digits: 2, in: text) ?? match(at: start, groups: 3, digits: 4, in: text)
    }

    private static func match(at start: Int, groups: Int, digits: Int, in text: RefangedText) -> IndicatorMatch? {
        let separator = text[start + digits]
        guard digits == 4 ? separator == "." : separator == ":" || separator == "-" else { return nil }
        let end = start + groups * (digits + 1) - 1
        for offset in 0..<(end - start) {
            let byte = text[start + offset]
            guard offset % (digits + 1) == digits ? byte == separator : byte.isHexDigit else { return nil }
        }
        let isLonger =
            (text[end] == separator && text[end + 1].isHexDigit)
            || (text[start - 1] == separator && text[start - 2].isHexDigit)
        guard !isLonger, !text.isWord(before: start), !text.isWord(at: end) else { return nil }
        return IndicatorMatch(type: .mac, range: start..<end, value: text.lowercased(start..<end))
    }
}
