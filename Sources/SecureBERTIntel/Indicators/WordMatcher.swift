/// Asks the matchers of what begins with a run of letters and digits.
enum WordMatcher {
    /// - Parameter word: Letters and digits, with neither before it.
    static func match(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        structured(word, in: text) ?? announced(word, in: text) ?? symbol(word, in: text)
    }

    /// Paths, keys and addresses, by what stands behind their first word.
    private static func structured(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let start = word.lowerBound
        switch text[word.upperBound] {
        case ":":
            if word.count == 1, let path = WindowsPathMatcher.drive(at: start, in: text) { return path }
            if let match = colons(word, in: text) { return match }
            return word.count <= 4 ? RegistryKeyMatcher.match(at: start, in: text) : nil
        case "\\":
            let namespaces =
                word.count == 6 && text.matches("global", at: start)
                || word.count == 5 && text.matches("local", at: start)
            if namespaces { return MutexMatcher.namespaced(at: start, in: text) }
            return word.count <= 8 ? RegistryKeyMatcher.match(at: start, in: text) : nil
        case "_":
            guard word.count <= 5 else { return nil }
            return RegistryKeyMatcher.match(at: start, in: text) ?? WindowsPathMatcher.knownFolder(at: start, in: text)
        case ".", "-":
            return word.count <= 4
                ? MACMatcher.match(at: start, in: text) ?? IPv4Matcher.match(at: start, in: text) : nil
        default: return nil
        }
    }

    private static func colons(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        guard word.count <= 4, text.bytes[word].allSatisfy(\.isHexDigit) else { return nil }
        return MACMatcher.match(at: word.lowerBound, in: text) ?? IPv6Matcher.match(at: word.lowerBound, in: text)
    }

    /// What a word of the language announces.
    private static func announced(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let start = word.lowerBound
        switch (text[start].lowercased, word.count) {
        case ("c", 3): return CatalogueMatcher.match(word: word, in: text)
        case ("m", 5), ("m", 6):
            let isMutex = text.matches("mutex", at: start) || text.matches("mutant", at: start)
            return isMutex ? MutexMatcher.named(behind: word.upperBound, in: text) : nil
        case ("m", 9): return UserAgentMatcher.product(at: start, in: text)
        case ("r", 4), ("r", 5):
            return text.matches("rule", at: start) ? RuleNameMatcher.match(at: start, in: text) : nil
        case ("u", 4), ("u", 9):
            return text.matches("user", at: start) ? UserAgentMatcher.header(at: start, in: text) : nil
        default: return nil
        }
    }

    /// Identifiers, hashes and addresses of one word, and products of user agents.
    private static func symbol(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let start = word.lowerBound
        switch word.count {
        case 5, 6:
            if let match = AttackMatcher.match(word: word, in: text) { return match }
        case 14...24 where text.matches("bc1", at: start), 25...: return digest(word, in: text)
        default: break
        }
        if text.matches("as", at: start) { return ASNMatcher.match(word: word, in: text) }
        let behind = text[word.upperBound]
        return behind == "/" || behind == "-" ? UserAgentMatcher.product(at: start, in: text) : nil
    }

    private static func digest(_ word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        HashMatcher.match(word: word, in: text) ?? BitcoinMatcher.match(word: word, in: text)
            ?? MoneroMatcher.match(word: word, in: text)
    }
}
