import SecureBERTJSON

extension LearnedVocabulary {
    /// A file of a tokenizer folder.
    public struct File: Sendable {
        /// The name in the folder.
        public let name: String
        /// The content.
        public let bytes: [UInt8]
    }

    /// The tokenizer as the files that the reference library and `transformers` read: `tokenizer.json`,
    /// `tokenizer_config.json` and `special_tokens_map.json`.
    ///
    /// Roles follow from the usual spellings of special tokens. With `[CLS]` and `[SEP]` (or `<s>` and `</s>`), texts are
    /// surrounded as ModernBERT (or RoBERTa) wants them. The mask takes the space before it along.
    /// - Parameters:
    ///   - splitting: how the text was cut when the vocabulary was learned.
    ///   - maximumLength: the longest input of the model in tokens, for `tokenizer_config.json`; nil to leave it open.
    public func files(splitting: TextSplitting, maximumLength: Int? = nil) -> [File] {
        [
            File(name: "tokenizer.json", bytes: Self.pretty(tokenizerJSON(splitting))),
            File(name: "tokenizer_config.json", bytes: Self.pretty(configurationJSON(maximumLength))),
            File(name: "special_tokens_map.json", bytes: Self.pretty(.object(.init(roleMembers)))),
        ]
    }

    private static func pretty(_ json: JSON) -> [UInt8] { Array((json.prettyText + "\n").utf8) }

    /// The content of `tokenizer.json`.
    func tokenizerJSON(_ splitting: TextSplitting) -> JSON {
        [
            "version": "1.0", "truncation": .null, "padding": .null,
            "added_tokens": .array(
                specialTokens.indices.map { id in
                    .object(.init([("id", .integer(id))] + flags(of: specialTokens[id])))
                }),
            "normalizer": splitting.composes ? ["type": "NFC"] : .null,
            "pre_tokenizer": Self.preTokenizer(splitting), "post_processor": postProcessor,
            "decoder": Self.byteLevel, "model": modelJSON,
        ]
    }

    private static let byteLevel: JSON = [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    ]

    private static func preTokenizer(_ splitting: TextSplitting) -> JSON {
        guard splitting.splitsDigits else { return byteLevel }
        return [
            "type": "Sequence", "pretokenizers": [["type": "Digits", "individual_digits": true], byteLevel],
        ]
    }

    /// The `model` section of `tokenizer.json`.
    var modelJSON: JSON {
        [
            "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
            "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": .object(.init(tokens.enumerated().map { ($0.element, .integer($0.offset)) })),
            "merges": .array(merges.map { .array([.string($0.left), .string($0.right)]) }),
        ]
    }

    private func id(of special: String) -> Int? {
        specialTokens.firstIndex { $0.utf8.elementsEqual(special.utf8) }
    }

    /// How added tokens are looked for in text.
    private func flags(of token: String) -> [JSON.Object.Member] {
        let isMask = SpecialTokens.spellings(ofRole: "mask_token").contains { $0.utf8.elementsEqual(token.utf8) }
        return [
            ("content", .string(token)), ("single_word", false), ("lstrip", .bool(isMask)), ("rstrip", false),
            ("normalized", false), ("special", true),
        ]
    }

    /// Roles and their tokens.
    private var roles: [(key: String, token: String)] {
        SpecialTokens.roles.compactMap { role in
            role.spellings.first { id(of: $0) != nil }.map { (role.key, $0) }
        }
    }

    private var roleMembers: [JSON.Object.Member] {
        roles.map { ($0.key, .object(.init(flags(of: $0.token).filter { $0.key != "special" }))) }
    }

    private func configurationJSON(_ maximumLength: Int?) -> JSON {
        var members: [JSON.Object.Member] = [
            (
                "added_tokens_decoder",
                .object(
                    .init(
                        specialTokens.enumerated().map { id, token in ("\(id)", .object(.init(flags(of: token)))) }))
            ),
            ("clean_up_tokenization_spaces", false),
        ]
        members += roles.map { ($0.key, .string($0.token)) }
        members.append(("model_input_names", ["input_ids", "attention_mask"]))
        if let maximumLength { members.append(("model_max_length", .integer(maximumLength))) }
        members.append(("tokenizer_class", "PreTrainedTokenizerFast"))
        return .object(.init(members))
    }

    /// The template that surrounds a text and a pair of texts, where there are tokens to do it with.
    private var postProcessor: JSON {
        func special(_ token: String, _ type: Int) -> JSON {
            ["SpecialToken": ["id": .string(token), "type_id": .integer(type)]]
        }
        func sequence(_ name: String, _ type: Int) -> JSON {
            ["Sequence": ["id": .string(name), "type_id": .integer(type)]]
        }
        let styles = [(first: "[CLS]", last: "[SEP]", isRoberta: false), ("<s>", "</s>", true)]
        for (first, last, isRoberta) in styles {
            guard let firstID = id(of: first), let lastID = id(of: last) else { continue }
            let single = [special(first, 0), sequence("A", 0), special(last, 0)]
            let pair =
                isRoberta
                ? single + [special(last, 0), sequence("B", 0), special(last, 0)]
                : single + [sequence("B", 1), special(last, 1)]
            let tokens = [(first, firstID), (last, lastID)].map { token, id -> JSON.Object.Member in
                (token, ["id": .string(token), "ids": [.integer(id)], "tokens": [.string(token)]])
            }
            return [
                "type": "TemplateProcessing", "single": .array(single), "pair": .array(pair),
                "special_tokens": .object(.init(tokens)),
            ]
        }
        return .null
    }
}
