import SecureBERT

extension KeywordQuery {
    /// The most words, and the most phrases, that are looked for; the first ones of a longer text.
    static let longestQuery = 128
    /// The most words of a phrase.
    static let longestPhrase = 12

    /// What to look for when somebody types a text: its words without English stop words, and as phrases what is written without a
    /// space between its words, as identifiers are: `CVE-2024-1234`, `T1059.001`, `10.0.0.1`. Since only letters, digits and
    /// underscores count, `evil[.]example` finds `evil.example`.
    public init(_ text: String) {
        let all = {
            var words = SearchWords(stopWords: [])
            words.minimumLength = 1
            return words
        }()
        let telling = SearchWords()
        self.init(words: [])
        for part in text.split(whereSeparator: \.isWhitespace) {
            guard words.count < Self.longestQuery else { break }
            words += telling(String(part)).prefix(Self.longestQuery - words.count)
            let pieces = all(String(part))
            if pieces.count > 1, phrases.count < Self.longestQuery {
                phrases.append(Array(pieces.prefix(Self.longestPhrase)))
            }
        }
        // "IT", "C", "who is it": better common words than none.
        if isEmpty { words = Array(all(text).prefix(Self.longestQuery)) }
    }
}
