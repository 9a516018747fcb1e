import SecureBERTJSON

extension Tokenizer {
    /// Reads a tokenizer from the bytes of a tokenizer.json. The roles of special tokens are recognised by their usual
    /// spellings; ``init(folder:)`` reads them from the files beside it.
    /// - Parameters:
    ///   - json: the contents of the file.
    ///   - file: the name to use in messages.
    /// - Throws: ``TokenizerError`` naming the section that is malformed, contradictory or not supported.
    public init(json: [UInt8], file: String = "tokenizer.json") throws(TokenizerError) {
        self = try Draft(json: json, file: file).tokenizer()
    }
}

extension JSON {
    /// Parses a file, turning the complaint into one that names it.
    static func parse(_ bytes: [UInt8], file: String) throws(TokenizerError) -> Section {
        do { return Section(value: try parse(bytes), file: file, path: "") } catch {
            throw TokenizerError(.malformed, file: file, error.description)
        }
    }
}

extension Tokenizer {
    /// A tokenizer while it is put together: what the files say, still changeable.
    struct Draft {
        var file: String
        var model: TokenizerCore.Model
        var normalizer: Normalizer?
        var preTokenizers: [PreTokenizer] = []
        var added = AddedVocabulary()
        var postProcessor = PostProcessor()
        var decoder: Decoder?
        var truncation: Truncation?
        var padding: Padding?
        var specialTokens: SpecialTokens?
        /// Set when there was no tokenizer.json and the family decides the rest.
        var legacyFamily: TokenizerConfiguration.Family?

        init(file: String, model: TokenizerCore.Model) {
            self.file = file
            self.model = model
        }

        init(json: [UInt8], file: String) throws(TokenizerError) {
            let root = try JSON.parse(json, file: file)
            if let version = try root.optional("version"), try version.string() != "1.0" {
                throw version.error(.unsupported, "version \"\(try version.string())\" is not supported; expected 1.0")
            }
            self.init(file: file, model: try TokenizerCore.Model(try root.required("model")))
            if let section = try root.optional("normalizer") { normalizer = try Normalizer(section) }
            if let section = try root.optional("pre_tokenizer") { preTokenizers = try PreTokenizer.steps(section) }
            if let section = try root.optional("decoder") { decoder = try Decoder(section) }
            if let section = try root.optional("added_tokens") { try readAddedTokens(section) }
            if let section = try root.optional("post_processor") {
                postProcessor = try PostProcessor(section) { [self] in id(of: $0) }
            }
            if let section = try root.optional("truncation") { truncation = try Truncation(section) }
            if let section = try root.optional("padding") { padding = try Padding(section) }
        }

        func id(of token: String) -> Int32? { added.id(of: token) ?? model.vocabulary.id(of: token) }

        /// Adds tokens; returns their ids.
        @discardableResult
        mutating func add(_ tokens: [AddedToken]) throws(TokenizerError) -> [Int32?] {
            do {
                return try added.add(tokens, model: model.vocabulary, normalizer: normalizer)
            } catch {
                throw TokenizerError(.inconsistent, file: file, location: "added_tokens", error.text)
            }
        }

        private mutating func readAddedTokens(_ section: Section) throws(TokenizerError) {
            let elements = try section.elements()
            var tokens: [AddedToken] = []
            for element in elements { tokens.append(try AddedToken(element)) }
            let ids = try add(tokens)
            for (element, id) in zip(elements, ids) {
                guard let id else { continue }
                let given = try element.required("id")
                guard try given.id() == id else {
                    throw given.error(
                        .inconsistent,
                        "added token \"\(try element.string("content"))\" is given id \(try given.id()), but the"
                            + " vocabulary and the tokens before it make it \(id)")
                }
            }
        }

        func tokenizer() -> Tokenizer {
            let core = TokenizerCore(
                model: model, normalizer: normalizer, preTokenizers: preTokenizers, added: added,
                postProcessor: postProcessor, decoder: decoder)
            return Tokenizer(
                core: core, specialTokens: specialTokens ?? recognisedSpecialTokens(), truncation: truncation,
                padding: padding)
        }

        /// Tokens with a role, by their usual spellings.
        func recognisedSpecialTokens() -> SpecialTokens {
            var result = SpecialTokens()
            for role in SpecialTokens.roles {
                for spelling in role.spellings {
                    guard result[keyPath: role.path] == nil, let id = id(of: spelling) else { continue }
                    result[keyPath: role.path] = SpecialTokens.Token(text: spelling, id: id)
                }
            }
            return result
        }
    }
}

extension AddedToken {
    /// Reads an element of `added_tokens`, or a token of the configuration files.
    init(_ section: Section) throws(TokenizerError) {
        self.init(
            content: try section.string("content"), singleWord: try section.bool("single_word", default: false),
            stripsLeft: try section.bool("lstrip", default: false),
            stripsRight: try section.bool("rstrip", default: false),
            isNormalized: try section.bool("normalized", default: true),
            isSpecial: try section.bool("special", default: false))
    }
}

/// The largest length or stride a file may ask for.
private let lengthLimit = 1 << 24

extension Truncation {
    init(_ section: Section) throws(TokenizerError) {
        let strategy = try section.required("strategy")
        guard let known = Strategy(rawValue: try strategy.string()) else {
            throw strategy.error("unknown strategy \"\(try strategy.string())\"")
        }
        var direction = Direction.right
        if let section = try section.optional("direction") {
            guard let known = Direction(rawValue: try section.string()) else {
                throw section.error("unknown direction \"\(try section.string())\"")
            }
            direction = known
        }
        self.init(
            maximumLength: try section.required("max_length").integer(in: 0...lengthLimit), strategy: known,
            direction: direction, stride: try section.required("stride").integer(in: 0...lengthLimit))
    }
}

extension Padding {
    init(_ section: Section) throws(TokenizerError) {
        let strategy = try section.required("strategy")
        let length: Length
        if strategy.value.stringValue == "BatchLongest" {
            length = .longest
        } else {
            length = .fixed(try strategy.required("Fixed").integer(in: 0...lengthLimit))
        }
        let direction = try section.required("direction")
        guard let known = Truncation.Direction(rawValue: try direction.string()) else {
            throw direction.error("unknown direction \"\(try direction.string())\"")
        }
        self.init(
            length: length, direction: known,
            multiple: try section.optional("pad_to_multiple_of")?.integer(in: 0...lengthLimit),
            id: try section.required("pad_id").id(),
            typeID: Int32(truncatingIfNeeded: try section.required("pad_type_id").integer(in: 0...Int(Int32.max))),
            token: try section.string("pad_token"))
    }
}
