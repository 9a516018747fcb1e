/// Makes encodings of tokenized texts: cuts windows, trims offsets, puts special tokens around.
struct EncodingBuilder {
    /// A tokenized text with its bytes, which trimming looks at. Valid only while the bytes are borrowed.
    struct Input {
        let raw: RawTokens
        let bytes: UnsafeBufferPointer<UInt8>
        /// Where each word starts in `bytes`, and their end; nil when offsets count from the start of the text.
        let wordStarts: [Int]?
    }

    let core: TokenizerCore
    let inputs: [Input]
    let sources: [TextSource]
    let addsSpecialTokens: Bool

    /// All windows in the order of the reference: what is kept first, then the rest.
    func encodings(truncation: Truncation?) throws(TokenizerError) -> [Encoding] {
        let counts = inputs.map(\.raw.tokens.count)
        var windows = counts.map { [0..<$0] }
        if let truncation {
            let specials =
                addsSpecialTokens ? core.postProcessor.specialTokenCount(isPair: inputs.count == 2) : 0
            guard truncation.maximumLength >= specials, truncation.stride >= 0 else {
                throw TokenizerError(
                    .invalidRequest,
                    "a maximum length of \(truncation.maximumLength) tokens with a stride of \(truncation.stride) is not"
                        + " possible; \(specials) special tokens have to fit and the stride must not be negative")
            }
            let (first, second) = try truncation.windows(
                first: counts[0], second: inputs.count == 2 ? counts[1] : nil,
                available: truncation.maximumLength - specials)
            windows = [first] + (second.map { [$0] } ?? [])
        }
        let pieces = inputs.count == 2 ? core.postProcessor.pair : core.postProcessor.single
        let isTruncated = windows.contains { $0.count > 1 }
        return Self.combinations(windows.map(\.count), pieces: pieces).map { choice in
            encoding(
                windows: zip(windows, choice).map { $0[$1] }, isOverflow: choice.map { $0 > 0 }, pieces: pieces,
                isTruncated: isTruncated)
        }
    }

    /// Which windows of the texts go together, as the reference merges them: the first of each, then, for every further
    /// window of the text that comes first in the template, all windows of the other, then the rest.
    static func combinations(_ counts: [Int], pieces: [PostProcessor.Piece]) -> [[Int]] {
        var main = counts.map { _ in 0 }
        var overflow: [[Int]] = []
        for case .sequence(let text, _) in pieces where text < counts.count {
            var next: [[Int]] = []
            for choice in overflow {
                for window in 0..<counts[text] {
                    var choice = choice
                    choice[text] = window
                    next.append(choice)
                }
            }
            for window in 1..<max(counts[text], 1) {
                var choice = main
                choice[text] = window
                next.append(choice)
            }
            overflow = next
            main[text] = 0
        }
        return [main] + overflow
    }

    private func encoding(
        windows: [Range<Int>], isOverflow: [Bool], pieces: [PostProcessor.Piece], isTruncated: Bool
    ) -> Encoding {
        let overflowFollowsTemplate = core.postProcessor.overflowFollowsTemplate && addsSpecialTokens
        var ids: [Int32] = []
        var spans: [Encoding.Span] = []
        var parts: [Encoding.Part] = []
        var spellings: [(index: Int, text: String)] = []
        let capacity = windows.reduce(8) { $0 + $1.count }
        ids.reserveCapacity(capacity)
        spans.reserveCapacity(capacity)
        for piece in pieces {
            let start = ids.count
            switch piece {
            case .special(let tokens, let typeID):
                guard addsSpecialTokens else { continue }
                for token in tokens {
                    if !core.shownToken(Int(token.id)).utf8.elementsEqual(token.text.utf8) {
                        spellings.append((ids.count, token.text))
                    }
                    ids.append(token.id)
                    spans.append(Encoding.Span(start: 0, end: 0, word: Encoding.noWord))
                }
                parts.append(Encoding.Part(kind: .special, range: start..<ids.count, typeID: typeID))
            case .sequence(let text, let typeID):
                let followsTemplate = !isOverflow[text] || overflowFollowsTemplate
                append(windows[text], of: inputs[text], ids: &ids, spans: &spans, spellings: &spellings)
                parts.append(
                    Encoding.Part(
                        kind: .sequence(text), range: start..<ids.count,
                        typeID: followsTemplate ? typeID : Int32(truncatingIfNeeded: text)))
            }
        }
        return Encoding(
            ids: ids, isTruncated: isTruncated, spans: spans, parts: parts, sources: sources, core: core,
            spellings: spellings)
    }

    private func append(
        _ window: Range<Int>, of input: Input, ids: inout [Int32], spans: inout [Encoding.Span],
        spellings: inout [(index: Int, text: String)]
    ) {
        let start = ids.count
        let own = input.raw.spellings.filter { window.contains($0.index) }
        for spelling in own { spellings.append((start + spelling.index - window.lowerBound, spelling.text)) }
        let trimmings = core.postProcessor.trimmings
        input.raw.tokens.withUnsafeBufferPointer { tokens in
            for token in tokens[window] {
                ids.append(token.id)
                spans.append(Encoding.Span(start: token.start, end: token.end, word: token.word))
            }
        }
        guard !trimmings.isEmpty else { return }
        var nextSpelling = 0
        core.edgeSpaces.withUnsafeBufferPointer { edgeSpaces in
            for index in start..<ids.count {
                let id = Int(ids[index])
                var edges = id < edgeSpaces.count ? edgeSpaces[id] : 0
                if nextSpelling < own.count, own[nextSpelling].index - window.lowerBound == index - start {
                    edges = TokenizerCore.edgeSpaces(own[nextSpelling].text)
                    nextSpelling += 1
                }
                if edges == 0 { continue }
                for trimming in trimmings {
                    trim(&spans[index], edges: edges, isFirst: index == start, trimming, input)
                }
            }
        }
    }

    /// Moves the bounds of a token over the white space it includes, scalar by scalar in the original text.
    private func trim(
        _ span: inout Encoding.Span, edges: UInt32, isFirst: Bool, _ trimming: PostProcessor.Trimming, _ input: Input
    ) {
        let base = input.wordStarts.map { $0[Int(span.word)] } ?? 0
        let bytes = input.bytes
        var leading = Int(edges >> 16)
        let trailing = Int(edges & 0xFFFF)
        if leading == 1, trimming.hasPrefixSpace, isFirst || span.start == 0 { leading = 0 }
        var start = Int(span.start)
        for _ in 0..<leading where start < Int(span.end) { start += UTF8Reading.length(lead: bytes[base + start]) }
        span.start = UInt32(truncatingIfNeeded: min(start, Int(span.end)))
        var end = Int(span.end)
        for _ in 0..<trailing {
            // A text with fewer characters than that before the end is left as it is.
            if end == 0 { return }
            end -= 1
            while end > 0, UTF8Reading.isContinuation(bytes[base + end]) { end -= 1 }
        }
        span.end = UInt32(truncatingIfNeeded: max(end, Int(span.start)))
    }
}
