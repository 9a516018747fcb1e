extension PreTokenizer {
    /// Reads the `pre_tokenizer` section of tokenizer.json; a sequence becomes its steps.
    static func steps(_ section: Section) throws(TokenizerError) -> [PreTokenizer] {
        switch try section.type() {
        case "ByteLevel":
            return [
                .byteLevel(
                    addsPrefixSpace: try section.bool("add_prefix_space"),
                    splits: try section.bool("use_regex", default: true))
            ]
        case "Whitespace": return [.whitespace]
        case "WhitespaceSplit": return [.whitespaceSplit]
        case "BertPreTokenizer": return [.bert]
        case "Punctuation":
            return [.punctuation(try section.optional("behavior").map(behavior) ?? .isolated)]
        case "Digits": return [.digits(individual: try section.bool("individual_digits"))]
        case "Split":
            return [
                .split(
                    try pattern(try section.required("pattern")), try behavior(try section.required("behavior")),
                    inverts: try section.bool("invert"))
            ]
        case "Sequence":
            var steps: [PreTokenizer] = []
            for element in try section.required("pretokenizers").elements() {
                steps.append(contentsOf: try Self.steps(element))
            }
            return steps
        case let type:
            throw section.error(
                .unsupported,
                "pre-tokenizer \"\(type)\" is not supported; supported are ByteLevel, Whitespace, WhitespaceSplit,"
                    + " BertPreTokenizer, Split, Punctuation, Digits and Sequence")
        }
    }

    private static func behavior(_ section: Section) throws(TokenizerError) -> SplitBehavior {
        let name = try section.string()
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw section.error(
                "unknown behavior \"\(name)\"; known are Removed, Isolated, MergedWithPrevious, MergedWithNext and"
                    + " Contiguous")
        }
        return behavior
    }

    private static func pattern(_ section: Section) throws(TokenizerError) -> SplitPattern {
        if let literal = try section.optional("String") {
            let text = try literal.string()
            guard !text.isEmpty else { throw literal.error(.unsupported, "an empty pattern is not supported") }
            return .literal(Array(text.utf8))
        }
        let regex = try section.required("Regex")
        let text = try regex.string()
        guard let pattern = SplitPattern(regex: text) else {
            throw regex.error(
                .unsupported,
                "the regular expression \"\(text)\" is not supported; supported are the split patterns of GPT-2, Llama 3"
                    + " and Qwen 2, \\s, \\s+ and literal text")
        }
        return pattern
    }
}
