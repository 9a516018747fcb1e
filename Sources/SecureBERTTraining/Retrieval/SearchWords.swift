/// Cuts a text into the words that a keyword search compares: lower case, at least two letters, digits or underscores,
/// without English stop words.
public struct SearchWords: Sendable {
    /// Words that are left out; those of Lucene's classic English analyzer unless others are given.
    public var stopWords: Set<String>

    /// Leaves out these words.
    public init(stopWords: Set<String> = Self.english) { self.stopWords = stopWords }

    /// The words of a text, in order.
    public func callAsFunction(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var length = 0
        func finish() {
            if length > 1, !stopWords.contains(word) { words.append(word) }
            word = ""
            length = 0
        }
        for scalar in text.lowercased().unicodeScalars {
            if scalar.isWordCharacter {
                word.unicodeScalars.append(scalar)
                length += 1
            } else if length > 0 {
                finish()
            }
        }
        finish()
        return words
    }

    /// The 33 words that Lucene's classic English analyzer leaves out.
    public static let english: Set<String> = [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not",
        "of",
        "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will",
        "with",
    ]
}

extension Unicode.Scalar {
    /// Whether this is a letter, has a numeric value, or is an underscore: what Python's `\w` matches.
    fileprivate var isWordCharacter: Bool {
        if isASCII { return (48...57).contains(value) || (97...122).contains(value) || value == 95 }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: properties.numericType != nil
        }
    }
}
