/// Identifiers of MITRE ATT&CK in all its matrices: techniques (T1059, T1059.001, T0855), tactics (TA0001), groups
/// (G0007), software (S0154) and mitigations (M1036, M0801). Only numbers as high as the catalogue uses: "S4567" is
/// something else.
enum AttackMatcher {
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let start = word.lowerBound
        let letters = text[start] == "T" && text[start + 1] == "A" ? 2 : 1
        guard word.count == letters + 4, text.bytes[word].dropFirst(letters).allSatisfy(\.isDigit),
            let type = type(at: start, in: text), !(text[start - 1] == "-" && text[start - 2].isLetter),
            !(text[start - 1] == "." && text.isWord(before: start - 1))
        else { return nil }
        var end = word.upperBound
        if type == .attackTechnique, text[end] == ".", text.end(from: end + 1, limit: 4, while: \.isDigit) == end + 4,
            !text.isWord(at: end + 4)
        {
            end += 4
        }
        return IndicatorMatch(type: type, range: start..<end, value: text.string(start..<end))
    }

    private static func type(at start: Int, in text: RefangedText) -> IndicatorType? {
        switch (text[start], text[start + 1], text[start + 2]) {
        case ("T", "1", _), ("T", "0", "8"): .attackTechnique
        case ("T", "A", "0"): .attackTactic
        case ("G", "0", _), ("G", "1", "0"): .attackGroup
        case ("S", "0", _), ("S", "1", _): .attackSoftware
        case ("M", "1", "0"), ("M", "0", "8"), ("M", "0", "9"): .attackMitigation
        default: nil
        }
    }
}
