/// Numbers of autonomous systems, of 32 bits (RFC 5396): "AS13335", "ASN 13335", "ASN: 13335".
///
/// "AS" apart from its number is mostly the word, so then the number has five digits or more. AS1 to AS4 are protocols
/// and AS400 is a computer, and ASN1 a notation.
enum ASNMatcher {
    /// - Parameter word: That begins with "as" in capitals or not.
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let start = word.lowerBound
        var index = start + 2
        let isASN = text[index].lowercased == "n"
        guard isASN || (text[start] == "A" && text[start + 1] == "S") else { return nil }
        if isASN { index += 1 }
        let isApart = index == word.upperBound
        if isApart {
            if isASN, text[index] == ":" || text[index] == "#" { index += 1 }
            if text[index] == " " { index += 1 }
            if isASN, text.matches("as", at: index) { index += 2 }
            guard index > word.upperBound else { return nil }
        }
        let end = text.end(from: index, limit: 11, while: \.isDigit)
        guard end > index, !text.isWord(at: end), text[index] != "0", let number = UInt32(text.string(index..<end)),
            isApart ? isASN || number >= 10_000 : number > 4 && number != 400
        else { return nil }
        return IndicatorMatch(type: .asn, range: start..<end, value: "AS\(number)")
    }
}
