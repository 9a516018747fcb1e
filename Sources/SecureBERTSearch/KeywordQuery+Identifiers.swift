import SecureBERT

extension KeywordQuery {
    /// The identifiers in what somebody types, as phrases: CVE, CWE, CAPEC and GHSA numbers, ids of ATT&CK, bulletins of Microsoft,
    /// IPv4 addresses and hashes. Who types one wants what mentions it, however near the meaning of other texts is.
    package static func identifiers(in text: String) -> KeywordQuery {
        let words = {
            var words = SearchWords(stopWords: [])
            words.minimumLength = 1
            return words
        }()
        var query = KeywordQuery(words: [])
        for part in text.split(whereSeparator: \.isWhitespace) {
            var rest = words(String(part))[...]
            while !rest.isEmpty, query.phrases.count < longestQuery {
                let length = identifierLength(rest)
                if length > 0 { query.phrases.append(Array(rest.prefix(length))) }
                rest = rest.dropFirst(max(1, length))
            }
        }
        return query
    }

    /// The words of the identifier that some words begin with; 0 when they begin with none.
    private static func identifierLength(_ words: ArraySlice<String>) -> Int {
        let next = words.prefix(4).map { Array($0.utf8) }
        func isNumber(_ index: Int, _ digits: ClosedRange<Int>) -> Bool {
            index < next.count && digits.contains(next[index].count) && next[index].allSatisfy(isDigit)
        }
        guard let first = next.first, let word = words.first else { return 0 }
        switch word {
        case "cve": return isNumber(1, 4...4) && isNumber(2, 4...19) ? 3 : 0
        case "cwe", "capec": return isNumber(1, 1...5) ? 2 : 0
        case "ghsa": return next.count == 4 && next.dropFirst().allSatisfy { $0.count == 4 } ? 4 : 0
        default: break
        }
        let digits = first.drop { !isDigit($0) }
        let prefix = String(decoding: first.prefix(first.count - digits.count), as: UTF8.self)
        if digits.allSatisfy(isDigit) {
            switch (prefix, digits.count) {
            case ("t", 4): return isNumber(1, 3...3) ? 2 : 1
            case ("ta", 4), ("s", 4), ("g", 4), ("m", 4), ("c", 4), ("ds", 4), ("kb", 6...7): return 1
            case ("ms", 2): return isNumber(1, 3...3) ? 2 : 0
            case ("", 1...3): return (1...3).allSatisfy { isNumber($0, 1...3) } ? 4 : 0
            default: break
            }
        }
        let isHash =
            [32, 40, 64].contains(first.count) && first.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
        return isHash ? 1 : 0
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
