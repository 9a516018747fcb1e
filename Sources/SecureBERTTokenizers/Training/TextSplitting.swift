/// How text is cut into the pre-tokens that merges never cross.
public struct TextSplitting: Sendable, Equatable {
    /// Whether text is brought into Unicode's composed form first, as ModernBERT's tokenizer does.
    public var composes: Bool
    /// Whether every digit stands alone; otherwise runs of digits are words, as in GPT-2's pattern.
    public var splitsDigits: Bool

    /// GPT-2's pattern with the given options.
    public init(composes: Bool = true, splitsDigits: Bool = false) {
        self.composes = composes
        self.splitsDigits = splitsDigits
    }

    /// Counts the pre-tokens of a text.
    /// - Parameters:
    ///   - text: valid UTF-8.
    ///   - counts: receives them.
    /// - Throws: ``TokenizerError`` when there are too many different pre-tokens, or the text is too long.
    public func count(_ text: UnsafeBufferPointer<UInt8>, into counts: inout PretokenCounts) throws(TokenizerError) {
        guard text.count <= Tokenizer.maximumTextLength else {
            throw TokenizerError(
                .invalidRequest,
                "a text of \(text.count) bytes is longer than the \(Tokenizer.maximumTextLength) allowed; split it")
        }
        guard let base = text.baseAddress, !text.isEmpty else { return }
        counts.textBytes += text.count
        let form = Normalizer.unicode(.nfc)
        if composes, !form.leavesUnchanged(base, count: text.count) {
            var composed = AlignedText(original: text, range: 0..<text.count)
            form.apply(to: &composed)
            let result = composed.bytes.withUnsafeBufferPointer { buffer in
                Result { () throws(TokenizerError) in try split(buffer, into: &counts) }
            }
            try result.get()
        } else {
            try split(text, into: &counts)
        }
    }

    private func split(_ text: UnsafeBufferPointer<UInt8>, into counts: inout PretokenCounts) throws(TokenizerError) {
        if splitsDigits {
            try split(text, by: DigitSplitter(), into: &counts)
        } else {
            try split(text, by: GPT2Splitter(), into: &counts)
        }
    }

    @inline(__always)
    private func split(
        _ text: UnsafeBufferPointer<UInt8>, by splitter: some PatternSplitter, into counts: inout PretokenCounts
    ) throws(TokenizerError) {
        guard let base = text.baseAddress else { return }
        var position = 0
        while position < text.count {
            let end = splitter.matchEnd(base, from: position, count: text.count)
            try counts.add(UnsafeBufferPointer(start: base + position, count: end &- position))
            position = end
        }
    }
}
