/// Digests in hexadecimal, told apart by their length. A number or one digit repeated is none.
enum HashMatcher {
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let type: IndicatorType
        switch word.count {
        case 32: type = .md5
        case 40: type = .sha1
        case 64: type = .sha256
        case 128: type = .sha512
        default: return nil
        }
        let bytes = text.bytes[word]
        guard bytes.allSatisfy(\.isHexDigit), bytes.contains(where: \.isLetter),
            bytes.contains(where: { $0.lowercased != bytes[word.lowerBound].lowercased })
        else { return nil }
        return IndicatorMatch(type: type, range: word, value: text.lowercased(word))
    }
}
