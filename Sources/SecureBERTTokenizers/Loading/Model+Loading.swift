import SecureBERTJSON

extension TokenizerCore.Model {
    /// Reads the `model` section of tokenizer.json.
    init(_ section: Section) throws(TokenizerError) {
        switch try Self.type(of: section) {
        case "BPE":
            let vocabulary = try Vocabulary(try section.required("vocab"))
            let options = BytePairModel.Options(
                unknownToken: try section.optional("unk_token").map { section throws(TokenizerError) in
                    try section.string()
                },
                continuingPrefix: try section.optional("continuing_subword_prefix")?.string() ?? "",
                endOfWordSuffix: try section.optional("end_of_word_suffix")?.string() ?? "",
                fusesUnknown: try section.bool("fuse_unk", default: false),
                byteFallback: try section.bool("byte_fallback", default: false),
                ignoresMerges: try section.bool("ignore_merges", default: false))
            let merges = try MergeTable(
                try section.required("merges"), vocabulary: vocabulary, prefix: options.continuingPrefix)
            self = .bytePair(
                try BytePairModel(vocabulary: vocabulary, merges: merges, options: options, section: section))
        case "WordPiece":
            let vocabulary = try Vocabulary(try section.required("vocab"))
            let unknown = try section.required("unk_token")
            self = .wordPiece(
                try WordPieceModel(
                    vocabulary: vocabulary, unknownToken: try unknown.string(),
                    continuingPrefix: try section.string("continuing_subword_prefix"),
                    maximumWordLength: try section.required("max_input_chars_per_word").integer(in: 0...Int(Int32.max)),
                    unknown))
        case let type:
            throw section.error(
                .unsupported, "model \"\(type)\" is not supported; supported are BPE and WordPiece")
        }
    }

    /// Files written before 2021 leave the type out; the keys tell.
    private static func type(of section: Section) throws(TokenizerError) -> String {
        if let type = try section.optional("type") { return try type.string() }
        if try section.optional("merges") != nil { return "BPE" }
        if try section.optional("max_input_chars_per_word") != nil { return "WordPiece" }
        throw section.error("the key \"type\" is missing and the other keys do not tell the kind of model")
    }
}

extension Vocabulary {
    /// Reads an object of tokens and ids.
    init(_ section: Section) throws(TokenizerError) {
        let members = try section.object().members
        guard !members.isEmpty else { throw section.error("the vocabulary is empty") }
        self.init(capacity: members.count)
        for (token, value) in members {
            guard let id = value.integerValue else {
                throw section.error("the id of token \"\(token)\" is \(value.kind), expected a whole number")
            }
            do { try insert(token, id: id) } catch { throw section.error(.inconsistent, error.text) }
        }
    }
}

extension MergeTable {
    /// Reads merges in order of rank, as `["a", "b"]` or, in older files, `"a b"`.
    convenience init(_ section: Section, vocabulary: Vocabulary, prefix: String) throws(TokenizerError) {
        guard case .array(let elements) = section.value else {
            throw section.error("expected an array, found \(section.value.kind)")
        }
        var merges: [Merge] = []
        merges.reserveCapacity(elements.count)
        var lookup = MergeLookup(vocabulary: vocabulary, prefixCount: prefix.utf8.count)
        for (index, element) in elements.enumerated() {
            func problem(_ kind: TokenizerError.Kind, _ problem: String) -> TokenizerError {
                Section(value: element, file: section.file, path: section.path + "[\(index)]").error(kind, problem)
            }
            let found: MergeLookup.Result?
            if case .string(var line) = element {
                found = line.withUTF8 { lookup.merge(line: $0) }
            } else if case .array(let parts) = element, parts.count == 2, case .string(var left) = parts[0],
                case .string(var right) = parts[1]
            {
                found = left.withUTF8 { left in right.withUTF8 { right in lookup.merge(left, right) } }
            } else {
                throw problem(.malformed, "expected two tokens, found \(element.kind)")
            }
            if let merge = try found?.merge(problem) { merges.append(merge) }
        }
        self.init(merges)
    }
}

/// Finds the ids of merges in order of rank.
struct MergeLookup {
    /// What looking up a merge gave.
    enum Result {
        case merge(MergeTable.Merge)
        case missing(String)
        case malformed

        /// The merge, or the complaint that `problem` makes of what is wrong with it.
        func merge(
            _ problem: (TokenizerError.Kind, String) -> TokenizerError
        ) throws(TokenizerError) -> MergeTable.Merge {
            switch self {
            case .merge(let merge): return merge
            case .missing(let token):
                throw problem(.inconsistent, "token \"\(token)\" of this merge is not in the vocabulary")
            case .malformed: throw problem(.malformed, "expected two tokens with one space between")
            }
        }
    }

    private let vocabulary: Vocabulary
    private let prefixCount: Int
    private var merged: [UInt8] = []
    /// Training gives the tokens it makes consecutive ids, so the next result is nearly always the one behind the last.
    private var nextResult = -1

    /// - Parameter prefixCount: length in bytes of the prefix that right tokens lose.
    init(vocabulary: Vocabulary, prefixCount: Int) {
        self.vocabulary = vocabulary
        self.prefixCount = prefixCount
    }

    /// Looks up a merge written as two tokens with one space between; nil for a "#version" line, which is no merge.
    mutating func merge(line: UnsafeBufferPointer<UInt8>) -> Result? {
        if line.first == UInt8(ascii: "#"), line.starts(with: "#version".utf8) { return nil }
        guard let space = line.firstIndex(of: 0x20), !line[(space + 1)...].contains(0x20) else { return .malformed }
        return merge(
            UnsafeBufferPointer(rebasing: line[..<space]), UnsafeBufferPointer(rebasing: line[(space + 1)...]))
    }

    /// Looks up the two tokens of a merge and what they give together, the right one without its prefix.
    mutating func merge(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Result {
        guard let leftID = vocabulary.id(of: left) else { return .missing(String(decoding: left, as: UTF8.self)) }
        guard let rightID = vocabulary.id(of: right) else { return .missing(String(decoding: right, as: UTF8.self)) }
        merged.removeAll(keepingCapacity: true)
        merged.append(contentsOf: left)
        merged.append(contentsOf: right.dropFirst(prefixCount))
        guard let result = merged.withUnsafeBufferPointer({ vocabulary.id(of: $0, guess: nextResult) }) else {
            return .missing(String(decoding: merged, as: UTF8.self))
        }
        nextResult = Int(result) + 1
        return .merge(MergeTable.Merge(left: leftID, right: rightID, result: result))
    }
}

extension BytePairModel {
    /// Checks that the options can be followed exactly.
    convenience init(
        vocabulary: Vocabulary, merges: MergeTable, options: Options, section: Section
    ) throws(TokenizerError) {
        self.init(vocabulary: vocabulary, merges: merges, options: options)
        if options.byteFallback, !options.continuingPrefix.isEmpty || !options.endOfWordSuffix.isEmpty {
            throw section.error(
                .unsupported, "byte_fallback together with a subword prefix or suffix is not supported")
        }
        if let token = options.unknownToken, unknownID == nil, !acceptsRawBytes {
            throw section.error(.inconsistent, "the unknown token \"\(token)\" is not in the vocabulary")
        }
    }
}

extension WordPieceModel {
    /// Checks that the unknown token is in the vocabulary.
    convenience init(
        vocabulary: Vocabulary, unknownToken: String, continuingPrefix: String, maximumWordLength: Int,
        _ section: Section
    ) throws(TokenizerError) {
        guard let unknownID = vocabulary.id(of: unknownToken) else {
            throw section.error(.inconsistent, "the unknown token \"\(unknownToken)\" is not in the vocabulary")
        }
        self.init(
            vocabulary: vocabulary, unknownID: unknownID, continuingPrefix: continuingPrefix,
            maximumWordLength: min(maximumWordLength, 1 << 20))
    }
}
