/// Cuts a text into the words that a keyword search compares: lower case, at least two letters, digits or underscores
/// unless told otherwise, without English stop words.
public struct SearchWords: Sendable {
    /// What is done to a word's ending.
    public enum Stemming: Sendable {
        /// Nothing.
        case none
        /// The plural becomes the singular, by the three rules of the S stemmer (Harman 1991, "How effective is suffixing?").
        case plural
    }

    /// Words that are left out; those of Lucene's classic English analyzer unless others are given.
    public var stopWords: Set<String>
    /// What is done to the others.
    public var stemming: Stemming
    /// Words of fewer letters are left out.
    public var minimumLength = 2

    /// Leaves out these words, and changes the others' endings.
    public init(stopWords: Set<String> = Self.english, stemming: Stemming = .none) {
        (self.stopWords, self.stemming) = (stopWords, stemming)
    }

    /// The words of a text, in order.
    public func callAsFunction(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var length = 0
        func finish() {
            if length >= minimumLength, !stopWords.contains(word) {
                words.append(stemming == .plural ? Self.singular(word) : word)
            }
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

    private static func singular(_ word: String) -> String {
        let bytes = word.utf8
        guard bytes.count > 3, bytes.last == UInt8(ascii: "s") else { return word }
        func ends(_ ending: String, unlessAfter letters: String) -> Bool {
            guard word.hasSuffix(ending), let before = bytes.dropLast(ending.utf8.count).last else { return false }
            return !letters.utf8.contains(before)
        }
        if ends("ies", unlessAfter: "ea") { return word.dropLast(3) + "y" }
        if ends("es", unlessAfter: "aeo") || ends("s", unlessAfter: "us") { return String(word.dropLast()) }
        return word
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
