import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How little a masked language model expects the tokens of a text where they stand: -log p(token | the others), in nats (Salazar et
/// al., "Masked Language Model Scoring", ACL 2020).
///
/// A pass for every token would be exact and slow. Here every n-th token is masked at a time, so a text takes n passes whatever its length;
/// a token then sees the others without those that are masked with it.
public struct TokenSurprise: Sendable {
    private let model: MaskedModel
    /// Passes for each text.
    public let passes: Int
    /// Tokens of a text that are looked at; a longer one is cut.
    public let maximumTokens: Int

    /// - Parameters:
    ///   - model: Has a masked language model head.
    ///   - passes: Passes for each text, at least 1: each masks one token of as many.
    ///   - maximumTokens: Tokens of a text that are looked at, at least 1.
    /// - Throws: ``TaskError`` when the model has no masked language model head, or its tokenizer no mask.
    public init(_ model: PretrainedModel, passes: Int = 4, maximumTokens: Int = 128) throws {
        self.model = try MaskedModel(model)
        self.passes = max(1, passes)
        self.maximumTokens = min(self.model.capacity, max(1, maximumTokens))
    }

    /// The surprise at each token of each text; none for a text without tokens.
    /// - Throws: ``TaskError`` when the model's logits are not finite; `TokenizerError`.
    public func callAsFunction(_ texts: [String]) throws -> [[Float]] {
        var sequences: [MaskedModel.Sequence] = []
        var sources: [(text: Int, targets: [Int32])] = []
        var results: [[Float]] = []
        for (index, text) in texts.enumerated() {
            let ids = Array(try model.tokenizer.encode(text, addSpecialTokens: false).ids.prefix(maximumTokens))
            results.append(Array(repeating: 0, count: ids.count))
            for pass in 0..<min(passes, ids.count) {
                let masks = Array(stride(from: pass, to: ids.count, by: passes))
                var masked = ids
                for mask in masks { masked[mask] = model.maskID }
                sequences.append(.init(ids: masked, masks: masks))
                sources.append((index, masks.map { ids[$0] }))
            }
        }
        try model.forEachBatch(sequences) { range, logits in
            let size = logits.shape[1]
            try logits.withFloats { logits in
                var row = 0
                for index in range {
                    let source = sources[index]
                    for (mask, target) in zip(sequences[index].masks, source.targets) {
                        let scores = UnsafeBufferPointer(rebasing: logits[row * size..<(row + 1) * size])
                        let value = scores.logSumOfExponentials - scores[Int(target)]
                        guard value.isFinite else { throw model.notFinite() }
                        results[source.text][mask] = value
                        row += 1
                    }
                }
            }
        }
        return results
    }
}

/// Which of two groups of words a masked language model expects behind a text: the log of the odds, in nats.
///
/// A text is followed by a sentence with a mask ("This message reports a [MASK]."), and the probabilities of the words of each group
/// are added: a classifier without training (Schick and Schütze, "Exploiting Cloze Questions for Few Shot Text Classification", EACL 2021).
public struct ClozeOdds: Sendable {
    private let model: MaskedModel
    private let before, after: [Int32]
    private let first, second: [Int32]
    /// Tokens of a text that are looked at; a longer one is cut.
    public let maximumTokens: Int

    /// - Parameters:
    ///   - model: Has a masked language model head.
    ///   - before: What stands between a text and the mask.
    ///   - after: What stands behind the mask.
    ///   - first: Words for which the odds are; those that are not one token of the vocabulary are left out.
    ///   - second: Words against which they are.
    ///   - maximumTokens: Tokens of a text that are looked at, at least 1.
    /// - Returns: nil when the vocabulary has no word of one of the groups.
    /// - Throws: ``TaskError`` when the model has no masked language model head, or its tokenizer no mask.
    public init?(
        _ model: PretrainedModel, before: String, after: String, first: [String], second: [String],
        maximumTokens: Int = 128
    ) throws {
        self.model = try MaskedModel(model)
        let tokenizer = model.tokenizer
        func tokens(_ words: [String]) throws -> [Int32] {
            try words.compactMap { word in
                let ids = try tokenizer.encode(" " + word, addSpecialTokens: false).ids
                return ids.count == 1 && ids[0] != tokenizer.specialTokens.unknown?.id ? ids[0] : nil
            }
        }
        (self.before, self.after) = (
            try tokenizer.encode(before, addSpecialTokens: false).ids,
            try tokenizer.encode(after, addSpecialTokens: false).ids
        )
        (self.first, self.second) = (try tokens(first), try tokens(second))
        let room = self.model.capacity - self.before.count - self.after.count - 1
        self.maximumTokens = min(room, max(1, maximumTokens))
        guard !self.first.isEmpty, !self.second.isEmpty, room > 0 else { return nil }
    }

    /// The log of the odds of the first group against the second for each text.
    /// - Throws: ``TaskError`` when the model's logits are not finite; `TokenizerError`.
    public func callAsFunction(_ texts: [String]) throws -> [Float] {
        let sequences = try texts.map { text in
            let ids = Array(try model.tokenizer.encode(text, addSpecialTokens: false).ids.prefix(maximumTokens))
            return MaskedModel.Sequence(ids: ids + before + [model.maskID] + after, masks: [ids.count + before.count])
        }
        var results: [Float] = []
        try model.forEachBatch(sequences) { range, logits in
            let size = logits.shape[1]
            try logits.withFloats { logits in
                for row in 0..<range.count {
                    let scores = UnsafeBufferPointer(rebasing: logits[row * size..<(row + 1) * size])
                    let value = scores.logSum(first) - scores.logSum(second)
                    guard value.isFinite else { throw model.notFinite() }
                    results.append(value)
                }
            }
        }
        return results
    }
}

extension UnsafeBufferPointer<Float> {
    fileprivate var logSumOfExponentials: Float {
        var largest = -Float.infinity
        for value in self { largest = Swift.max(largest, value) }
        var sum: Float = 0
        for value in self { sum += exp(value - largest) }
        return largest + log(sum)
    }

    fileprivate func logSum(_ ids: [Int32]) -> Float {
        let values = ids.map { self[Int($0)] }
        return values.withUnsafeBufferPointer(\.logSumOfExponentials)
    }
}
