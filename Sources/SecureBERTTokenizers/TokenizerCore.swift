/// The immutable parts of a tokenizer and the way a text takes through them: added tokens are cut out, the rest is
/// normalized, cut again, split into pre-tokens, and each pre-token goes to the model.
final class TokenizerCore: Sendable {
    enum Model: Sendable {
        case bytePair(BytePairModel)
        case wordPiece(WordPieceModel)

        var vocabulary: Vocabulary {
            switch self {
            case .bytePair(let model): model.vocabulary
            case .wordPiece(let model): model.vocabulary
            }
        }
    }

    let model: Model
    let normalizer: Normalizer?
    let preTokenizers: [PreTokenizer]
    let added: AddedVocabulary
    let postProcessor: PostProcessor
    let decoder: Decoder?
    private let route: Route
    private let pool = ScratchPool()
    /// Whether a long text may be normalized and split in pieces (see ``pieceEnd(_:from:)``).
    private let cutsIntoPieces: Bool
    private static let pieceSize = 1 << 16
    /// White-space characters at the start (upper half) and end (lower half) of every token; empty when offsets are
    /// not trimmed.
    let edgeSpaces: [UInt32]

    /// How pre-tokens are found and handed to the model: the common combinations without intermediate arrays.
    private enum Route: Sendable {
        case gpt2(BytePairModel, addsPrefixSpace: Bool)
        case gpt4(BytePairModel, GPT4Splitter)
        case digits(BytePairModel, DigitSplitter)
        case bert(WordPieceModel)
        case general

        /// Whether a pre-token always ends between a printable ASCII character and a space, whatever stands around them.
        var cutsBeforeSpaces: Bool { if case .general = self { false } else { true } }
    }

    init(
        model: Model, normalizer: Normalizer?, preTokenizers: [PreTokenizer], added: AddedVocabulary,
        postProcessor: PostProcessor, decoder: Decoder?
    ) {
        self.model = model
        self.normalizer = normalizer
        self.preTokenizers = preTokenizers
        self.added = added
        self.postProcessor = postProcessor
        self.decoder = decoder
        route = Self.route(model: model, preTokenizers: preTokenizers)
        cutsIntoPieces = route.cutsBeforeSpaces && added.allowsPieces && normalizer?.isLocal ?? true
        edgeSpaces = postProcessor.trimmings.isEmpty ? [] : Self.edgeSpaces(model.vocabulary, added)
    }

    private static func route(model: Model, preTokenizers: [PreTokenizer]) -> Route {
        switch (model, preTokenizers.count) {
        case (.bytePair(let model), 1) where model.acceptsRawBytes:
            if case .byteLevel(let addsPrefixSpace, splits: true) = preTokenizers[0] {
                return .gpt2(model, addsPrefixSpace: addsPrefixSpace)
            }
        case (.bytePair(let model), 2)
        where model.acceptsRawBytes && preTokenizers[0] == .digits(individual: true)
            && preTokenizers[1] == .byteLevel(addsPrefixSpace: false, splits: true):
            return .digits(model, DigitSplitter())
        case (.bytePair(let model), 2) where model.acceptsRawBytes:
            // The patterns match everything, so keeping the matches or dropping what lies between is the same.
            if case .split(let pattern, let behavior, let inverts) = preTokenizers[0],
                behavior == .isolated || (behavior == .removed && inverts),
                preTokenizers[1] == .byteLevel(addsPrefixSpace: false, splits: false)
            {
                if pattern == .gpt2 { return .gpt2(model, addsPrefixSpace: false) }
                if case .gpt4(let digits) = pattern { return .gpt4(model, GPT4Splitter(maximumDigits: digits)) }
            }
        case (.wordPiece(let model), 1) where preTokenizers[0] == .bert: return .bert(model)
        default: break
        }
        return .general
    }

    /// The text of a token, or nil when no token has the id.
    func token(_ id: Int) -> String? {
        added.spelling(of: Int32(truncatingIfNeeded: id)) ?? model.vocabulary.token(id)
    }

    /// The text that encodings show for a token when they hold no spelling of its own: the model's. It differs from
    /// ``token(_:)`` for an added token that is looked for in another form and is also in the model's vocabulary.
    func shownToken(_ id: Int) -> String {
        model.vocabulary.token(id) ?? added.spelling(of: Int32(truncatingIfNeeded: id)) ?? ""
    }

    // MARK: - Tokenizing

    /// Tokenizes one text.
    func tokenize(_ text: UnsafeBufferPointer<UInt8>) -> RawTokens {
        var output = RawTokens()
        output.tokens.reserveCapacity(text.count / 4 + 8)
        pool.withScratch { scratch in
            appendTokens(of: text, fixedWord: nil, to: &output, scratch: scratch)
        }
        return output
    }

    /// Tokenizes words one by one; `starts` holds where each begins in `text`, and its end.
    func tokenize(_ text: UnsafeBufferPointer<UInt8>, wordStarts starts: [Int]) -> RawTokens {
        var output = RawTokens()
        pool.withScratch { scratch in
            for word in 0..<(starts.count - 1) {
                let bytes = UnsafeBufferPointer(rebasing: text[starts[word]..<starts[word + 1]])
                appendTokens(
                    of: bytes, fixedWord: UInt32(truncatingIfNeeded: word), to: &output, scratch: scratch)
            }
        }
        return output
    }

    private func appendTokens(
        of text: UnsafeBufferPointer<UInt8>, fixedWord: UInt32?, to output: inout RawTokens, scratch: Scratch
    ) {
        guard let bytes = text.baseAddress, !text.isEmpty else { return }
        let view = TextView(bytes: bytes, count: text.count, starts: nil, ends: nil, base: 0)
        for segment in added.rawSegments(in: view) {
            let part = view.slice(segment.range)
            if let id = segment.id {
                append(added: id, part, fixedWord: fixedWord, to: &output)
            } else if let normalizer {
                var start = 0
                while start < part.count {
                    let end = pieceEnd(part, from: start)
                    let piece = part.slice(start..<end)
                    start = end
                    if normalizer.leavesUnchanged(piece.bytes, count: piece.count) {
                        appendNormalized(piece, fixedWord: fixedWord, to: &output, scratch: scratch)
                    } else {
                        var text = piece.copy()
                        normalizer.apply(to: &text)
                        _ = text.withView { appendNormalized($0, fixedWord: fixedWord, to: &output, scratch: scratch) }
                    }
                }
            } else {
                appendNormalized(part, fixedWord: fixedWord, to: &output, scratch: scratch)
            }
        }
    }

    /// Where a piece of the text ends that can be normalized and split alone with the same result, so that the memory this
    /// takes does not grow with the text: in front of the first space after `pieceSize` bytes that follows a printable ASCII
    /// character. Nothing composes over that place, and every splitter of the fast routes cuts there.
    private func pieceEnd(_ view: TextView, from start: Int) -> Int {
        guard cutsIntoPieces, view.count - start > Self.pieceSize else { return view.count }
        var end = start + Self.pieceSize
        while end < view.count {
            let previous = view.bytes[end - 1]
            if view.bytes[end] == 0x20, previous > 0x20, previous < 0x7F { return end }
            end += 1
        }
        return end
    }

    private func appendNormalized(
        _ view: TextView, fixedWord: UInt32?, to output: inout RawTokens, scratch: Scratch
    ) {
        for segment in added.normalizedSegments(in: view) {
            let part = view.slice(segment.range)
            if let id = segment.id {
                append(added: id, part, fixedWord: fixedWord, to: &output)
            } else {
                split(part, fixedWord: fixedWord, to: &output, scratch: scratch)
            }
        }
    }

    private func append(added id: Int32, _ view: TextView, fixedWord: UInt32?, to output: inout RawTokens) {
        let text = view.string
        if !text.utf8.elementsEqual(shownToken(Int(id)).utf8) {
            output.spellings.append((output.tokens.count, text))
        }
        output.tokens.append(
            RawToken(
                id: id, start: view.originalStart(0), end: view.originalEnd(view.count),
                word: fixedWord ?? output.wordCount))
        output.wordCount &+= 1
    }

    private func split(_ view: TextView, fixedWord: UInt32?, to output: inout RawTokens, scratch: Scratch) {
        switch route {
        case .gpt2(let model, let addsPrefixSpace):
            if addsPrefixSpace, view.bytes[0] != 0x20 {
                var text = view.copy()
                Normalizer.prepend(" ").apply(to: &text)
                _ = text.withView {
                    split($0, by: GPT2Splitter(), model: model, fixedWord: fixedWord, to: &output, scratch: scratch)
                }
            } else {
                split(view, by: GPT2Splitter(), model: model, fixedWord: fixedWord, to: &output, scratch: scratch)
            }
        case .gpt4(let model, let splitter):
            split(view, by: splitter, model: model, fixedWord: fixedWord, to: &output, scratch: scratch)
        case .digits(let model, let splitter):
            split(view, by: splitter, model: model, fixedWord: fixedWord, to: &output, scratch: scratch)
        case .bert(let model):
            BertSplitter().forEachRange(in: view) { range in
                model.append(range, of: view, word: fixedWord ?? output.wordCount, to: &output, scratch: scratch)
                output.wordCount &+= 1
            }
        case .general:
            var text = view.copy()
            var ranges = [0..<text.bytes.count]
            for preTokenizer in preTokenizers { preTokenizer.apply(to: &text, ranges: &ranges) }
            _ = text.withView { view in
                for range in ranges {
                    let word = fixedWord ?? output.wordCount
                    switch model {
                    case .bytePair(let model): model.append(range, of: view, word: word, to: &output, scratch: scratch)
                    case .wordPiece(let model): model.append(range, of: view, word: word, to: &output, scratch: scratch)
                    }
                    output.wordCount &+= 1
                }
            }
        }
    }

    @inline(__always)
    private func split(
        _ view: TextView, by splitter: some PatternSplitter, model: BytePairModel, fixedWord: UInt32?,
        to output: inout RawTokens, scratch: Scratch
    ) {
        var position = 0
        while position < view.count {
            let end = splitter.matchEnd(view.bytes, from: position, count: view.count)
            model.appendRaw(
                position..<end, of: view, word: fixedWord ?? output.wordCount, to: &output, scratch: scratch)
            output.wordCount &+= 1
            position = end
        }
    }

    // MARK: - White space at the edges of tokens

    /// White-space characters at the start and end of a token's text, the byte-level space included.
    static func edgeSpaces(_ token: String) -> UInt32 {
        var token = token
        return token.withUTF8 { edgeSpaces($0) }
    }

    private static func edgeSpaces(_ token: UnsafeBufferPointer<UInt8>) -> UInt32 {
        guard let bytes = token.baseAddress else { return 0 }
        func isSpace(at position: Int) -> Bool {
            let scalar = UTF8Reading.scalar(bytes, at: position).value
            return scalar == 0x120 || UnicodeTables.properties[scalar] & ScalarProperty.whitespace != 0
        }
        var (leading, start) = (0, 0)
        while start < token.count, isSpace(at: start) {
            leading += 1
            start += UTF8Reading.length(lead: bytes[start])
        }
        var (trailing, end) = (0, token.count)
        while end > 0 {
            end = UTF8Reading.scalarStart(bytes, before: end)
            if !isSpace(at: end) { break }
            trailing += 1
        }
        return UInt32(min(leading, 0xFFFF)) << 16 | UInt32(min(trailing, 0xFFFF))
    }

    private static func edgeSpaces(_ vocabulary: Vocabulary, _ added: AddedVocabulary) -> [UInt32] {
        var result = (0..<vocabulary.idBound).map { id -> UInt32 in
            guard let bytes = vocabulary.tokenBytes(id), let first = bytes.first, let last = bytes.last else {
                return 0
            }
            // Only a space, a control character or a multi-byte scalar can be white space.
            if first > 0x20, first < 0x80, last > 0x20, last < 0x80 { return 0 }
            return bytes.withUnsafeBufferPointer { edgeSpaces($0) }
        }
        let bound = Int(added.largestID ?? -1) + 1
        if bound > result.count { result.append(contentsOf: repeatElement(0, count: bound - result.count)) }
        for id in added.tokens.keys where vocabulary.tokenBytes(Int(id)) == nil {
            result[Int(id)] = edgeSpaces(added.spelling(of: id) ?? "")
        }
        return result
    }
}
