import SecureBERTJSON

/// Turns text into the token ids of a model and back, exactly as the reference library (Hugging Face `tokenizers`) does.
///
/// A tokenizer is immutable and can be used from many threads at once.
///
/// ```swift
/// let tokenizer = try Tokenizer(folder: "models/SecureBERT2.0-base")
/// let encoding = try tokenizer.encode("CVE-2021-44228 is exploited in the wild.")
/// encoding.ids       // [50281, ...]
/// encoding.offsets   // byte ranges of each token in the text
/// ```
public struct Tokenizer: Sendable {
    let core: TokenizerCore
    /// The tokens with a role.
    public internal(set) var specialTokens: SpecialTokens
    /// The truncation that tokenizer.json asks for. It is not applied unless passed to `encode`.
    public let truncation: Truncation?
    /// The padding that tokenizer.json asks for. It is not applied unless passed to `encode`.
    public let padding: Padding?

    /// The longest input of the model in tokens, when tokenizer_config.json states it.
    public internal(set) var modelMaximumLength: Int?

    /// The longest text in bytes that can be tokenized at once.
    public static let maximumTextLength = Int(Int32.max) - 1

    init(core: TokenizerCore, specialTokens: SpecialTokens, truncation: Truncation?, padding: Padding?) {
        self.core = core
        self.specialTokens = specialTokens
        self.truncation = truncation
        self.padding = padding
    }

    // MARK: - Vocabulary

    /// Number of tokens, added ones included.
    public var vocabularySize: Int {
        let vocabulary = core.model.vocabulary
        return vocabulary.count + core.added.tokens.values.count { vocabulary.id(of: $0.content) == nil }
    }

    /// One more than the largest id: the least number of rows an embedding table must have.
    public var idBound: Int {
        max(core.model.vocabulary.idBound, Int(core.added.largestID ?? -1) + 1)
    }

    /// The id of a token, given exactly as the vocabulary spells it ("Ġthe", "##ing", "[MASK]").
    public func id(of token: String) -> Int32? {
        core.added.id(of: token) ?? core.model.vocabulary.id(of: token)
    }

    /// The token with this id, as the vocabulary spells it; nil when no token has the id.
    public func token(_ id: Int32) -> String? {
        core.token(Int(id))
    }

    /// Whether tokens that continue a word are spelled differently from those that begin one (`##ing`), as WordPiece does;
    /// a byte-level vocabulary marks the space before a word instead.
    public var marksContinuations: Bool {
        if case .wordPiece = core.model { true } else { false }
    }

    /// Number of special tokens put around one text, or around a pair.
    public func specialTokenCount(isPair: Bool = false) -> Int {
        core.postProcessor.specialTokenCount(isPair: isPair)
    }

    // MARK: - Encoding

    /// Tokenizes a text or a pair of texts. Nothing is cut off unless `truncation` is given.
    /// - Parameters:
    ///   - text: the text.
    ///   - pair: a second text, such as the passage a question is asked about.
    ///   - addSpecialTokens: whether to put `[CLS]`, `[SEP]` and so on around.
    ///   - truncation: how to respect a maximum length; see ``encodeWindows(_:pair:addSpecialTokens:truncation:padding:)``
    ///     to keep everything.
    ///   - padding: filling up, for programs that want it.
    /// - Throws: ``TokenizerError`` for a text above ``maximumTextLength`` and for a truncation that is not possible.
    public func encode(
        _ text: String, pair: String? = nil, addSpecialTokens: Bool = true, truncation: Truncation? = nil,
        padding: Padding? = nil
    ) throws(TokenizerError) -> Encoding {
        let windows = try encodeWindows(
            text, pair: pair, addSpecialTokens: addSpecialTokens, truncation: truncation, padding: padding)
        return windows[0]
    }

    /// Tokenizes a text or a pair of texts into as many windows as it takes. Consecutive windows share
    /// `truncation.stride` tokens, every window has its special tokens, and offsets refer to the whole text.
    /// - Returns: at least one encoding. The first is what ``encode(_:pair:addSpecialTokens:truncation:padding:)`` gives;
    ///   with `direction: .left` it holds the end of the text.
    /// - Throws: ``TokenizerError`` for a text above ``maximumTextLength`` and for a truncation that is not possible.
    public func encodeWindows(
        _ text: String, pair: String? = nil, addSpecialTokens: Bool = true, truncation: Truncation? = nil,
        padding: Padding? = nil
    ) throws(TokenizerError) -> [Encoding] {
        try encode(
            [.text(text)] + (pair.map { [.text($0)] } ?? []), addSpecialTokens: addSpecialTokens,
            truncation: truncation, padding: padding)
    }

    /// Tokenizes a text, or a pair, that is already split into words. ``Encoding/wordIDs`` are indices into `words`, and
    /// offsets count from the start of the word.
    /// - Throws: ``TokenizerError`` as for a plain text.
    public func encode(
        words: [String], pair: [String]? = nil, addSpecialTokens: Bool = true, truncation: Truncation? = nil,
        padding: Padding? = nil
    ) throws(TokenizerError) -> Encoding {
        let windows = try encodeWindows(
            words: words, pair: pair, addSpecialTokens: addSpecialTokens, truncation: truncation, padding: padding)
        return windows[0]
    }

    /// Tokenizes words into as many windows as it takes; see ``encode(words:pair:addSpecialTokens:truncation:padding:)``.
    /// - Throws: ``TokenizerError`` as for a plain text.
    public func encodeWindows(
        words: [String], pair: [String]? = nil, addSpecialTokens: Bool = true, truncation: Truncation? = nil,
        padding: Padding? = nil
    ) throws(TokenizerError) -> [Encoding] {
        try encode(
            [.words(words)] + (pair.map { [.words($0)] } ?? []), addSpecialTokens: addSpecialTokens,
            truncation: truncation, padding: padding)
    }

    /// Ids that somebody else has made of a text, special tokens included, as an encoding without offsets.
    /// - Throws: ``TokenizerError`` when the vocabulary does not have one of them.
    package func encoding(ofIDs ids: [Int32]) throws(TokenizerError) -> Encoding {
        let vocabulary = 0..<Int32(clamping: idBound)
        if let other = ids.first(where: { !vocabulary.contains($0) }) {
            throw TokenizerError(
                .invalidRequest, "there is no token \(other), the vocabulary has 0 to \(vocabulary.upperBound - 1)")
        }
        return Encoding(
            ids: ids, isTruncated: false,
            spans: ids.map { _ in Encoding.Span(start: 0, end: 0, word: Encoding.noWord) },
            parts: [Encoding.Part(kind: .sequence(0), range: ids.indices, typeID: 0)], sources: [.text("")], core: core,
            spellings: [])
    }

    private func encode(
        _ sources: [TextSource], addSpecialTokens: Bool, truncation: Truncation?, padding: Padding?
    ) throws(TokenizerError) -> [Encoding] {
        let encodings = try withInputs(sources[...], []) { inputs throws(TokenizerError) in
            let builder = EncodingBuilder(
                core: core, inputs: inputs, sources: sources, addsSpecialTokens: addSpecialTokens)
            return try builder.encodings(truncation: truncation)
        }
        guard let padding else { return encodings }
        let target = padding.target(longest: encodings[0].count)
        return encodings.map { $0.padded(to: target, padding) }
    }

    /// Tokenizes the sources and lends them to `body` together with their bytes.
    private func withInputs(
        _ sources: ArraySlice<TextSource>, _ inputs: [EncodingBuilder.Input],
        _ body: ([EncodingBuilder.Input]) throws(TokenizerError) -> [Encoding]
    ) throws(TokenizerError) -> [Encoding] {
        guard let source = sources.first else { return try body(inputs) }
        let result: Result<[Encoding], TokenizerError>
        switch source {
        case .text(let text):
            try Self.checkLength(text.utf8.count)
            var text = text
            result = text.withUTF8 { bytes in
                let input = EncodingBuilder.Input(raw: core.tokenize(bytes), bytes: bytes, wordStarts: nil)
                return Result { () throws(TokenizerError) in
                    try withInputs(sources.dropFirst(), inputs + [input], body)
                }
            }
        case .words(let words):
            try Self.checkLength(words.reduce(0) { $0 + $1.utf8.count })
            var joined: [UInt8] = []
            var starts = [0]
            for word in words {
                joined.append(contentsOf: word.utf8)
                starts.append(joined.count)
            }
            result = joined.withUnsafeBufferPointer { bytes in
                let input = EncodingBuilder.Input(
                    raw: core.tokenize(bytes, wordStarts: starts), bytes: bytes, wordStarts: starts)
                return Result { () throws(TokenizerError) in
                    try withInputs(sources.dropFirst(), inputs + [input], body)
                }
            }
        }
        return try result.get()
    }

    private static func checkLength(_ count: Int) throws(TokenizerError) {
        guard count <= maximumTextLength else {
            throw TokenizerError(
                .invalidRequest,
                "a text of \(count) bytes is longer than the \(maximumTextLength) that can be tokenized at once; split it"
            )
        }
    }

    // MARK: - Decoding

    /// The text that ids stand for. Ids without a token are left out.
    /// - Parameters:
    ///   - ids: token ids.
    ///   - skipSpecialTokens: whether to leave out `[CLS]`, `[SEP]` and the like.
    public func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool = true) -> String {
        var tokens: [String] = []
        for id in ids {
            guard let token = core.token(Int(id)), !skipSpecialTokens || !core.added.isSpecial(token) else { continue }
            tokens.append(token)
        }
        guard let decoder = core.decoder else { return tokens.joined(separator: " ") }
        return decoder.decode(tokens).joined()
    }
}

extension Encoding {
    /// The encoding filled up with padding tokens.
    func padded(to target: Int, _ padding: Padding) -> Encoding {
        let missing = target - count
        guard missing > 0 else { return self }
        let isLeft = padding.direction == .left
        let ids = Array(repeating: padding.id, count: missing)
        let spans = Array(repeating: Span(start: 0, end: 0, word: Self.noWord), count: missing)
        let shift = isLeft ? missing : 0
        var parts = parts.map { part in
            Part(
                kind: part.kind, range: (part.range.lowerBound + shift)..<(part.range.upperBound + shift),
                typeID: part.typeID)
        }
        var spellings = spellings.map { ($0.index + shift, $0.text) }
        let range = isLeft ? 0..<missing : count..<target
        let part = Part(kind: .padding, range: range, typeID: padding.typeID)
        parts.insert(part, at: isLeft ? 0 : parts.count)
        if !core.shownToken(Int(padding.id)).utf8.elementsEqual(padding.token.utf8) {
            spellings.insert(contentsOf: range.map { ($0, padding.token) }, at: isLeft ? 0 : spellings.count)
        }
        return Encoding(
            ids: isLeft ? ids + self.ids : self.ids + ids, isTruncated: isTruncated,
            spans: isLeft ? spans + self.spans : self.spans + spans, parts: parts, sources: sources, core: core,
            spellings: spellings)
    }
}
