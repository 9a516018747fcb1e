/// A vocabulary learned from other text in the place of a model's own: as many tokens under the same ids, special and
/// other added tokens untouched.
public struct VocabularyReplacement: Sendable {
    /// Where the meaning of a token comes from.
    public enum Origin: Sendable, Equatable {
        /// The old vocabulary has the same token, under this id.
        case shared(Int32)
        /// It does not; these are the old tokens that spell it.
        case pieces([Int32])
    }

    /// The tokens of the model's vocabulary and their ids, by id; added tokens that are not in it are not listed.
    public let vocabulary: [(token: String, id: Int32)]
    /// The merges as pairs of tokens, first those to be applied first.
    public let merges: [(left: String, right: String)]
    /// For each id that has a new token, where that comes from.
    public let origins: [Int32: Origin]

    /// Number of tokens that the old vocabulary has too.
    public var sharedCount: Int {
        origins.values.count { if case .shared = $0 { true } else { false } }
    }

    /// Learns the vocabulary.
    /// - Parameters:
    ///   - tokenizer: the model's; byte-level BPE with GPT-2's pattern.
    ///   - counts: how often each pre-token occurs in the new text, cut as ``Tokenizer/textSplitting`` says.
    ///   - minimumFrequency: pairs that occur less often are not merged.
    ///   - progress: called now and then with the number of tokens so far.
    /// - Throws: ``TokenizerError`` when the tokenizer is of another kind or the text does not give enough tokens.
    public init(
        _ tokenizer: Tokenizer, counts: PretokenCounts, minimumFrequency: Int = 0, progress: (Int) -> Void = { _ in }
    ) throws(TokenizerError) {
        guard case .bytePair(let model) = tokenizer.core.model, model.acceptsRawBytes, !model.options.ignoresMerges
        else {
            throw TokenizerError(
                .unsupported, "only byte-level BPE vocabularies can be adapted, as RoBERTa and ModernBERT have them")
        }
        let old = model.vocabulary
        let kept = old.ids.filter { tokenizer.core.added.tokens[Int32(truncatingIfNeeded: $0)] != nil }
        let free = old.ids.filter { tokenizer.core.added.tokens[Int32(truncatingIfNeeded: $0)] == nil }
        let keptTokens = kept.map { old.token($0) ?? "" }
        let trainer = try BytePairTrainer(
            .init(
                vocabularySize: keptTokens.count + free.count, minimumFrequency: minimumFrequency,
                specialTokens: keptTokens))
        let learned = try trainer.train(counts, progress: progress)
        guard learned.tokens.count == keptTokens.count + free.count else {
            throw TokenizerError(
                .invalidRequest,
                "the input gives only \(learned.tokens.count) of the \(keptTokens.count + free.count) tokens of the"
                    + " vocabulary; give more text or a smaller least frequency")
        }
        let new = zip(learned.tokens.dropFirst(keptTokens.count), free.map { Int32(truncatingIfNeeded: $0) })
        let keptMembers = zip(keptTokens, kept.map { Int32(truncatingIfNeeded: $0) })
        vocabulary = (keptMembers.map { ($0, $1) } + new.map { ($0, $1) }).sorted { $0.1 < $1.1 }
        merges = learned.merges
        var origins: [Int32: Origin] = [:]
        for (token, id) in new {
            let isShared = old.id(of: token).flatMap { tokenizer.core.added.tokens[$0] == nil ? $0 : nil }
            origins[id] = isShared.map { .shared($0) } ?? .pieces(tokenizer.pieces(ofSpelling: token, model))
        }
        self.origins = origins
    }
}

extension Tokenizer {
    /// How the tokenizer cuts text into pre-tokens; nil when it is not GPT-2's pattern, with digits apart or without.
    public var textSplitting: TextSplitting? {
        let composes: Bool
        switch core.normalizer {
        case nil: composes = false
        case .unicode(.nfc): composes = true
        default: return nil
        }
        switch core.preTokenizers.first {
        case .byteLevel(_, splits: true) where core.preTokenizers.count == 1:
            return TextSplitting(composes: composes, splitsDigits: false)
        case .digits(individual: true) where core.preTokenizers.count == 2:
            guard case .byteLevel(_, splits: true) = core.preTokenizers[1] else { return nil }
            return TextSplitting(composes: composes, splitsDigits: true)
        default: return nil
        }
    }

    /// The tokens that a text, spelled in the byte-level alphabet, is merged to.
    fileprivate func pieces(ofSpelling spelling: String, _ model: BytePairModel) -> [Int32] {
        var output = RawTokens()
        let bytes = Array(spelling.utf8)
        let text = bytes.withUnsafeBufferPointer { AlignedText(original: $0, range: 0..<$0.count) }
        _ = text.withView { view in
            ScratchPool().withScratch { scratch in
                model.append(0..<view.count, of: view, word: 0, to: &output, scratch: scratch)
            }
        }
        return output.tokens.map(\.id)
    }
}
