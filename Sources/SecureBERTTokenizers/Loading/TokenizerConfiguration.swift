import SecureBERTJSON

/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say.
struct TokenizerConfiguration {
    enum Family {
        case bert
        case roberta
    }

    /// Family by `tokenizer_class`; nil when the class is not named, or is one that leaves everything to tokenizer.json.
    private(set) var family: Family?
    private(set) var addsPrefixSpace: Bool?
    private(set) var trimsOffsets: Bool?
    private var lowercases: Bool?
    private var stripsAccents: Bool?
    private var separatesCJK: Bool?
    /// The longest input of the model in tokens, when it is stated.
    private(set) var modelMaximumLength: Int?
    /// Tokens by role; a key without a token means that the files say there is none.
    private var roles: [String: AddedToken?] = [:]
    private var extraTokens: [AddedToken] = []
    /// Tokens to add, in order.
    private var addedTokens: [(id: Int32, token: AddedToken)] = []

    /// Says nothing.
    init() {}

    init(folder: String) throws(TokenizerError) {
        let configuration = try Self.read(folder, "tokenizer_config.json")
        var listsAddedTokens = false
        if let configuration {
            try read(configuration)
            try readRoles(configuration)
            if let list = try configuration.optional("added_tokens_decoder") {
                listsAddedTokens = true
                try readAddedTokens(list)
            }
        }
        if !listsAddedTokens {
            if let map = try Self.read(folder, "special_tokens_map.json") { try readRoles(map) }
            if let added = try Self.read(folder, "added_tokens.json") { try readOldAddedTokens(added) }
        }
        addedTokens.sort { $0.id < $1.id }
    }

    private static func read(_ folder: String, _ name: String) throws(TokenizerError) -> Section? {
        let path = folder + "/" + name
        guard let bytes = try FileBytes.read(path) else { return nil }
        return try JSON.parse(bytes, file: path)
    }

    private mutating func read(_ section: Section) throws(TokenizerError) {
        if let name = try section.optional("tokenizer_class")?.string() {
            switch name.hasSuffix("Fast") ? String(name.dropLast(4)) : name {
            case "BertTokenizer": family = .bert
            case "RobertaTokenizer": family = .roberta
            default: break
            }
        }
        addsPrefixSpace = try section.optional("add_prefix_space")?.bool()
        trimsOffsets = try section.optional("trim_offsets")?.bool()
        lowercases = try section.optional("do_lower_case")?.bool()
        stripsAccents = try section.optional("strip_accents")?.bool()
        separatesCJK = try section.optional("tokenize_chinese_chars")?.bool()
        if try section.bool("split_special_tokens", default: false) {
            throw section.error(.unsupported, "\"split_special_tokens\" is not supported")
        }
        // A model without limit is written as 1e30.
        if let length = try section.optional("model_max_length")?.value.integerValue, length > 0, length < 1 << 30 {
            modelMaximumLength = length
        }
    }

    private mutating func readRoles(_ section: Section) throws(TokenizerError) {
        for (key, member) in try section.members() {
            if SpecialTokens.roles.contains(where: { $0.key == key }) {
                roles[key] = .some(member.value.isNull ? nil : try Self.specialToken(member))
            } else if key == "additional_special_tokens" || key == "extra_special_tokens",
                case .array = member.value
            {
                for element in try member.elements() {
                    let token = try Self.specialToken(element)
                    if !extraTokens.contains(token) { extraTokens.append(token) }
                }
            }
        }
    }

    /// A token given by its text, or with flags.
    private static func specialToken(_ section: Section) throws(TokenizerError) -> AddedToken {
        if let text = section.value.stringValue { return AddedToken(content: text, isSpecial: true) }
        var token = try AddedToken(section)
        token.isNormalized = try section.bool("normalized", default: false)
        token.isSpecial = true
        return token
    }

    private mutating func readAddedTokens(_ section: Section) throws(TokenizerError) {
        for (key, member) in try section.members() {
            guard let id = Int32(key), id >= 0, id < Vocabulary.idLimit else {
                throw member.error("\"\(key)\" is not a token id")
            }
            var token = try AddedToken(member)
            if try member.optional("normalized") == nil { token.isNormalized = !token.isSpecial }
            addedTokens.append((id, token))
        }
    }

    /// added_tokens.json: an object of tokens and ids.
    private mutating func readOldAddedTokens(_ section: Section) throws(TokenizerError) {
        for (key, member) in try section.members() {
            let isSpecial =
                roles.values.contains { $0?.content.utf8.elementsEqual(key.utf8) ?? false }
                || extraTokens.contains { $0.content.utf8.elementsEqual(key.utf8) }
            let token = AddedToken(content: key, isNormalized: !isSpecial, isSpecial: isSpecial)
            addedTokens.append((try member.id(), token))
        }
    }

    /// The normalizer of BERT with the settings of the configuration.
    var bertNormalizer: BertNormalizer {
        let lowercases = lowercases ?? true
        return BertNormalizer(
            cleansText: true, separatesCJK: separatesCJK ?? true, stripsAccents: stripsAccents ?? lowercases,
            lowercases: lowercases)
    }

    /// Settings of the configuration that go before those of tokenizer.json when the tokenizer class is named.
    func override(_ draft: inout Tokenizer.Draft) throws(TokenizerError) {
        switch family {
        case .bert:
            guard case .bert(let stated) = draft.normalizer, stated != bertNormalizer else { return }
            draft.normalizer = .bert(bertNormalizer)
            // Added tokens are looked for in their normalized form.
            try draft.add(draft.added.tokens.sorted { $0.key < $1.key }.map(\.value))
        case .roberta:
            let addsPrefixSpace = addsPrefixSpace ?? false
            for (index, step) in draft.preTokenizers.enumerated() {
                if case .byteLevel(_, let splits) = step {
                    draft.preTokenizers[index] = .byteLevel(addsPrefixSpace: addsPrefixSpace, splits: splits)
                }
            }
            for index in draft.postProcessor.trimmings.indices {
                draft.postProcessor.trimmings[index].hasPrefixSpace = addsPrefixSpace
            }
        case nil: break
        }
    }

    /// The token with a role; what the files do not say follows from the family.
    func token(forRole key: String, family: Family?) -> AddedToken? {
        if let stated = roles[key] { return stated }
        let text: String? =
            switch (family, key) {
            case (.roberta, "bos_token"), (.roberta, "cls_token"): "<s>"
            case (.roberta, "eos_token"), (.roberta, "sep_token"): "</s>"
            case (.roberta, "unk_token"): "<unk>"
            case (.roberta, "pad_token"): "<pad>"
            case (.roberta, "mask_token"): "<mask>"
            case (.bert, "cls_token"): "[CLS]"
            case (.bert, "sep_token"): "[SEP]"
            case (.bert, "unk_token"): "[UNK]"
            case (.bert, "pad_token"): "[PAD]"
            case (.bert, "mask_token"): "[MASK]"
            default: nil
            }
        return text.map { AddedToken(content: $0, isSpecial: true) }
    }

    /// Adds the tokens the configuration lists, then the special ones that are not among the added tokens yet.
    func addTokens(to draft: inout Tokenizer.Draft) throws(TokenizerError) {
        var tokens: [AddedToken] = []
        var ids: [Int32?] = []
        let family = draft.legacyFamily ?? family
        let special = SpecialTokens.roles.compactMap { token(forRole: $0.key, family: family) }
        func isSame(_ first: AddedToken, _ second: AddedToken) -> Bool {
            first.content.utf8.elementsEqual(second.content.utf8)
        }
        for (id, token) in addedTokens {
            var token = token
            if special.contains(where: { isSame($0, token) }) { token.isSpecial = true }
            if let known = draft.added.id(of: token.content), draft.added.tokens[known] == token { continue }
            tokens.append(token)
            ids.append(id)
        }
        for token in special + extraTokens
        where draft.added.id(of: token.content) == nil && !tokens.contains(where: { isSame($0, token) }) {
            tokens.append(token)
            ids.append(nil)
        }
        let given = try draft.add(tokens)
        for (index, id) in ids.enumerated() {
            guard let id, let found = given[index], found != id else { continue }
            throw TokenizerError(
                .inconsistent, file: draft.file,
                "added token \"\(tokens[index].content)\" is given id \(id) beside this file, but the vocabulary makes it"
                    + " \(found)")
        }
    }

    /// The tokens with a role that the vocabulary has.
    func specialTokens(of draft: Tokenizer.Draft) -> SpecialTokens {
        var result = SpecialTokens()
        let family = draft.legacyFamily ?? family
        let recognised = draft.recognisedSpecialTokens()
        for role in SpecialTokens.roles {
            if roles[role.key] == nil, family == nil {
                result[keyPath: role.path] = recognised[keyPath: role.path]
            } else if let text = token(forRole: role.key, family: family)?.content, let id = draft.id(of: text) {
                result[keyPath: role.path] = SpecialTokens.Token(text: text, id: id)
            }
        }
        return result
    }
}
