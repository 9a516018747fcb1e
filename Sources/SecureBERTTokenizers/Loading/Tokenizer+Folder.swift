import SecureBERTJSON

extension Tokenizer {
    /// Reads the tokenizer of a model folder the way the `transformers` library does: tokenizer.json, or, without it,
    /// vocab.json with merges.txt (RoBERTa) or vocab.txt (BERT); tokenizer_config.json, special_tokens_map.json and
    /// added_tokens.json are taken into account where they are.
    /// - Throws: ``TokenizerError`` naming the file.
    public init(folder: String) throws(TokenizerError) {
        let configuration = try TokenizerConfiguration(folder: folder)
        let names = (json: "tokenizer.json", vocabulary: "vocab.json", merges: "merges.txt", words: "vocab.txt")
        let path = { (name: String) in folder + "/" + name }
        var draft: Draft
        if let bytes = try FileBytes.read(path(names.json)) {
            draft = try Draft(json: bytes, file: path(names.json))
            try configuration.override(&draft)
        } else if let vocabulary = try FileBytes.read(path(names.vocabulary)) {
            guard let merges = try FileBytes.read(path(names.merges)) else {
                throw TokenizerError(
                    .unreadable, file: path(names.merges), "the file is missing; \(names.vocabulary) needs it")
            }
            draft = try Draft(
                vocabulary: vocabulary, merges: merges, files: (path(names.vocabulary), path(names.merges)),
                configuration)
        } else if let words = try FileBytes.read(path(names.words)) {
            draft = try Draft(words: words, file: path(names.words), configuration)
        } else {
            throw TokenizerError(
                .unreadable, file: folder,
                "there is no tokenizer here; expected tokenizer.json, vocab.json with merges.txt, or vocab.txt")
        }
        try configuration.addTokens(to: &draft)
        try draft.finishLegacy(configuration)
        draft.specialTokens = configuration.specialTokens(of: draft)
        self = draft.tokenizer()
        modelMaximumLength = configuration.modelMaximumLength
    }
}

extension Tokenizer {
    /// A bare byte-level vocabulary without special tokens, as GPT-2's is: from the bytes of its vocab.json and merges.txt.
    /// - Parameters:
    ///   - vocabulary: the bytes of vocab.json.
    ///   - merges: the bytes of merges.txt.
    ///   - files: the names to use in messages.
    /// - Throws: ``TokenizerError`` naming the file.
    public init(
        vocabulary: [UInt8], merges: [UInt8], files: (vocabulary: String, merges: String)
    ) throws(TokenizerError) {
        let draft = try Draft(vocabulary: vocabulary, merges: merges, files: files, TokenizerConfiguration())
        self = draft.tokenizer()
    }
}

extension Tokenizer.Draft {
    /// RoBERTa from vocab.json and merges.txt.
    fileprivate init(
        vocabulary: [UInt8], merges: [UInt8], files: (vocabulary: String, merges: String),
        _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        guard configuration.family != .bert else {
            throw TokenizerError(
                .inconsistent, file: files.vocabulary,
                "tokenizer_config.json names a BERT tokenizer, which has vocab.txt instead")
        }
        let vocabulary = try Vocabulary(try JSON.parse(vocabulary, file: files.vocabulary))
        let table = try MergeTable(text: merges, file: files.merges, vocabulary: vocabulary)
        let model = BytePairModel(vocabulary: vocabulary, merges: table, options: BytePairModel.Options())
        self.init(file: files.vocabulary, model: .bytePair(model))
        preTokenizers = [.byteLevel(addsPrefixSpace: configuration.addsPrefixSpace ?? false, splits: true)]
        decoder = .byteLevel
        legacyFamily = .roberta
    }

    /// BERT from vocab.txt.
    fileprivate init(
        words: [UInt8], file: String, _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        guard configuration.family != .roberta else {
            throw TokenizerError(
                .inconsistent, file: file,
                "tokenizer_config.json names a RoBERTa tokenizer, which has vocab.json and merges.txt instead")
        }
        let vocabulary = try Vocabulary(lines: words, file: file)
        let unknown = configuration.token(forRole: "unk_token", family: .bert)?.content ?? "[UNK]"
        self.init(
            file: file,
            model: .wordPiece(
                try WordPieceModel(
                    vocabulary: vocabulary, unknownToken: unknown, continuingPrefix: "##", maximumWordLength: 100,
                    Section(value: .null, file: file, path: ""))))
        normalizer = .bert(configuration.bertNormalizer)
        preTokenizers = [.bert]
        decoder = .wordPiece(prefix: "##", cleansUp: true)
        legacyFamily = .bert
    }

    /// The post-processor of a folder without tokenizer.json, once the special tokens are known.
    fileprivate mutating func finishLegacy(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
        guard let family = legacyFamily else { return }
        let cls = try special("cls_token", family, configuration)
        let sep = try special("sep_token", family, configuration)
        let single: [PostProcessor.Piece] = [
            .special([cls], typeID: 0), .sequence(0, typeID: 0), .special([sep], typeID: 0),
        ]
        postProcessor.single = single
        switch family {
        case .bert: postProcessor.pair = single + [.sequence(1, typeID: 1), .special([sep], typeID: 1)]
        case .roberta:
            postProcessor.pair =
                single + [.special([sep], typeID: 0), .sequence(1, typeID: 0), .special([sep], typeID: 0)]
            postProcessor.overflowFollowsTemplate = true
            if configuration.trimsOffsets ?? true {
                postProcessor.trimmings = [.init(hasPrefixSpace: configuration.addsPrefixSpace ?? false)]
            }
        }
    }

    private func special(
        _ role: String, _ family: TokenizerConfiguration.Family, _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) -> PostProcessor.SpecialToken {
        guard let text = configuration.token(forRole: role, family: family)?.content, let id = id(of: text) else {
            throw TokenizerError(.inconsistent, file: file, "the tokenizer has no \(role), which surrounds every text")
        }
        return PostProcessor.SpecialToken(text: text, id: id)
    }
}

extension Vocabulary {
    /// Reads vocab.txt: one token a line, whose number from 0 is its id. White space at the end of a line is not part
    /// of the token; of equal lines the last one counts, as in the reference.
    fileprivate init(lines: [UInt8], file: String) throws(TokenizerError) {
        guard let text = String(validating: lines, as: UTF8.self) else {
            throw TokenizerError(.malformed, file: file, "the file is not UTF-8")
        }
        var ids: [[UInt8]: Int] = [:]
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        // A line break at the end does not start another line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (number, line) in lines.enumerated() {
            var scalars = Substring(line).unicodeScalars
            while let last = scalars.last, UnicodeTables.properties[last.value] & ScalarProperty.whitespace != 0 {
                scalars.removeLast()
            }
            ids[Array(Substring(scalars).utf8)] = number
        }
        self.init(capacity: ids.count)
        for (token, id) in ids.sorted(by: { $0.value < $1.value }) {
            do { try insert(String(decoding: token, as: UTF8.self), id: id) } catch {
                throw TokenizerError(.inconsistent, file: file, location: "line \(id + 1)", error.text)
            }
        }
        guard self.count > 0 else { throw TokenizerError(.malformed, file: file, "the vocabulary is empty") }
    }
}

extension MergeTable {
    /// Reads merges.txt: two tokens a line, in order of rank; lines that start with "#version" are not merges.
    fileprivate convenience init(text: [UInt8], file: String, vocabulary: Vocabulary) throws(TokenizerError) {
        guard String(validating: text, as: UTF8.self) != nil else {
            throw TokenizerError(.malformed, file: file, "the file is not UTF-8")
        }
        var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        while let last = lines.last, last.allSatisfy({ $0 == 0x0D }) { lines.removeLast() }
        var merges: [Merge] = []
        merges.reserveCapacity(lines.count)
        var lookup = MergeLookup(vocabulary: vocabulary, prefixCount: 0)
        for (index, line) in lines.enumerated() {
            var line = line
            if line.last == 0x0D { line.removeLast() }
            let found = line.withUnsafeBufferPointer { lookup.merge(line: $0) }
            let merge = try found?.merge { kind, problem in
                TokenizerError(kind, file: file, location: "line \(index + 1)", problem)
            }
            if let merge { merges.append(merge) }
        }
        self.init(merges)
    }
}
