/// Turns tokens back into text. The cases and their meaning are those of tokenizer.json.
indirect enum Decoder: Sendable, Equatable {
    case byteLevel
    case wordPiece(prefix: String, cleansUp: Bool)
    /// Replaces the suffix that marks the end of a word by a space.
    case bytePair(suffix: String)
    /// Joins tokens such as "<0xE2>" into text.
    case byteFallback
    case fuse
    case strip(content: Unicode.Scalar, start: Int, stop: Int)
    case replace(pattern: [UInt8], content: String)
    case sequence([Decoder])

    /// The decoded parts; their concatenation is the text.
    func decode(_ tokens: [String]) -> [String] {
        switch self {
        case .byteLevel: [Self.byteLevel(tokens)]
        case .wordPiece(let prefix, let cleansUp): Self.wordPiece(tokens, prefix: prefix, cleansUp: cleansUp)
        case .bytePair(let suffix):
            tokens.enumerated().map { index, token in
                Self.replace(Array(suffix.utf8), by: index == tokens.count - 1 ? "" : " ", in: token)
            }
        case .byteFallback: Self.byteFallback(tokens)
        case .fuse: [tokens.joined()]
        case .strip(let content, let start, let stop):
            tokens.map { Self.strip($0, content: content, start: start, stop: stop) }
        case .replace(let pattern, let content): tokens.map { Self.replace(pattern, by: content, in: $0) }
        case .sequence(let decoders): decoders.reduce(tokens) { $1.decode($0) }
        }
    }

    /// Tokens made of the byte-level alphabet become their bytes; any other token (an added one) stays as it is.
    private static func byteLevel(_ tokens: [String]) -> String {
        var bytes: [UInt8] = []
        for token in tokens {
            let decoded = token.unicodeScalars.map { ByteLevelAlphabet.byte(of: $0.value) }
            if decoded.contains(where: { $0 == nil }) {
                bytes.append(contentsOf: token.utf8)
            } else {
                bytes.append(contentsOf: decoded.compactMap { $0 })
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func wordPiece(_ tokens: [String], prefix: String, cleansUp: Bool) -> [String] {
        let prefix = Array(prefix.utf8)
        return tokens.enumerated().map { index, token in
            var text = token
            if index > 0 {
                let isContinuation = token.utf8.starts(with: prefix)
                text =
                    isContinuation ? String(decoding: token.utf8.dropFirst(prefix.count), as: UTF8.self) : " " + token
            }
            return cleansUp ? cleanUp(text) : text
        }
    }

    /// Undoes the spaces that splitting put around punctuation and contractions in English.
    private static func cleanUp(_ text: String) -> String {
        let replacements = [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ]
        return replacements.reduce(text) { replace(Array($1.0.utf8), by: $1.1, in: $0) }
    }

    private static func byteFallback(_ tokens: [String]) -> [String] {
        var result: [String] = []
        var pending: [UInt8] = []
        func flush() {
            if let text = String(validating: pending, as: UTF8.self) {
                if !pending.isEmpty { result.append(text) }
            } else {
                result.append(contentsOf: repeatElement("\u{FFFD}", count: pending.count))
            }
            pending.removeAll()
        }
        for token in tokens {
            let bytes = Array(token.utf8)
            if bytes.count == 6, bytes.starts(with: Array("<0x".utf8)), bytes[5] == UInt8(ascii: ">"),
                let byte = UInt8(String(decoding: bytes[3..<5], as: UTF8.self), radix: 16)
            {
                pending.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    private static func strip(_ token: String, content: Unicode.Scalar, start: Int, stop: Int) -> String {
        let scalars = Array(token.unicodeScalars)
        let leading = scalars.prefix(start).prefix { $0 == content }.count
        let trailing = scalars.suffix(stop).reversed().prefix { $0 == content }.count
        guard leading + trailing < scalars.count else { return "" }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[leading..<(scalars.count - trailing)])
        return String(result)
    }

    private static func replace(_ pattern: [UInt8], by content: String, in text: String) -> String {
        let bytes = Array(text.utf8)
        let matches = LiteralSearch.matches(of: pattern, in: bytes)
        guard !matches.isEmpty else { return text }
        var result: [UInt8] = []
        var copied = 0
        for start in matches {
            result.append(contentsOf: bytes[copied..<start])
            result.append(contentsOf: content.utf8)
            copied = start + pattern.count
        }
        result.append(contentsOf: bytes[copied...])
        return String(decoding: result, as: UTF8.self)
    }
}
