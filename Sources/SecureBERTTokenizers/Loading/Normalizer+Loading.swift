extension Normalizer {
    /// Reads the `normalizer` section of tokenizer.json.
    init(_ section: Section) throws(TokenizerError) {
        switch try section.type() {
        case "NFC": self = .unicode(.nfc)
        case "NFD": self = .unicode(.nfd)
        case "NFKC": self = .unicode(.nfkc)
        case "NFKD": self = .unicode(.nfkd)
        case "Lowercase": self = .lowercase
        case "StripAccents": self = .stripAccents
        case "BertNormalizer":
            let lowercases = try section.bool("lowercase")
            self = .bert(
                BertNormalizer(
                    cleansText: try section.bool("clean_text"),
                    separatesCJK: try section.bool("handle_chinese_chars"),
                    stripsAccents: try section.bool("strip_accents", default: lowercases), lowercases: lowercases))
        case "Replace":
            self = .replace(
                pattern: try LiteralPattern.read(try section.required("pattern")),
                content: try section.string("content"))
        case "Prepend":
            let content = try section.string("prepend")
            guard !content.isEmpty else { throw section.error(.unsupported, "an empty \"prepend\" is not supported") }
            self = .prepend(content)
        case "Strip":
            self = .strip(left: try section.bool("strip_left"), right: try section.bool("strip_right"))
        case "Sequence":
            var normalizers: [Normalizer] = []
            for element in try section.required("normalizers").elements() {
                normalizers.append(try Normalizer(element))
            }
            self = .sequence(normalizers)
        case let type:
            throw section.error(
                .unsupported,
                "normalizer \"\(type)\" is not supported; supported are NFC, NFD, NFKC, NFKD, Lowercase, StripAccents,"
                    + " BertNormalizer, Replace, Prepend, Strip and Sequence")
        }
    }
}

/// The pattern of `Replace`: literal text, or a regular expression that means literal text.
enum LiteralPattern {
    static func read(_ section: Section) throws(TokenizerError) -> [UInt8] {
        if let literal = try section.optional("String") {
            let text = try literal.string()
            guard !text.isEmpty else { throw literal.error(.unsupported, "an empty pattern is not supported") }
            return Array(text.utf8)
        }
        let regex = try section.required("Regex")
        let text = try regex.string()
        guard case .literal(let bytes)? = SplitPattern(regex: text) else {
            throw regex.error(
                .unsupported, "the regular expression \"\(text)\" is not supported; only literal text can be replaced")
        }
        return bytes
    }
}
