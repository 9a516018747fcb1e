import SecureBERT
import SecureBERTTensor
import SecureBERTTokenizers

/// How a model ranks the missing words of a ``ClozeSet``.
///
/// The answer is cut into the tokens it has in this place: as a word behind a space when a space stands before the mask,
/// which the answer then takes along, and as a continuation otherwise. Each token gets a mask of its own, and its rank is
/// the number of vocabulary entries, special tokens included, with a larger logit in that position (of equal logits, the
/// one with the smaller id is counted as larger).
///
/// An answer of one token is right among the top n when its rank is below n: how the papers count, which leave all other
/// answers out. An answer of several tokens is right among the top n when every one of them is, each in its position, with
/// all other tokens of the answer masked; that is stricter than choosing among n whole words.
public struct ClozeTest: Sendable {
    private let set: ClozeSet

    /// A test with these sentences.
    public init(_ set: ClozeSet) { self.set = set }

    /// A sentence as tokens.
    package struct Question: Sendable {
        package var sequence: MaskedModel.Sequence
        /// The tokens behind the masks.
        package var answer: [Int32]
        /// Whether text was left out to fit the model.
        package var isShortened: Bool
    }

    /// Ranks the answers with a model.
    /// - Parameters:
    ///   - model: the model.
    ///   - progress: called now and then with the number of sentences done.
    /// - Returns: The result for each sentence.
    /// - Throws: `TaskError` when the model's logits are not finite; ``CorpusError`` for an answer without tokens.
    public func run(_ model: MaskedModel, progress: (Int) -> Void = { _ in }) throws -> ClozeResult {
        let questions = try questions(model.tokenizer, maskID: model.maskID, capacity: model.capacity)
        var ranks: [[Int]] = []
        try model.forEachBatch(questions.map(\.sequence)) { range, logits in
            let size = logits.shape[1]
            try logits.withFloats { logits in
                var row = 0
                for question in questions[range] {
                    var found: [Int] = []
                    for id in question.answer {
                        let scores = UnsafeBufferPointer(rebasing: logits[row * size..<(row + 1) * size])
                        guard scores[Int(id)].isFinite else { throw model.notFinite() }
                        found.append(Self.rank(of: Int(id), in: scores))
                        row += 1
                    }
                    ranks.append(found)
                }
            }
            progress(ranks.count)
        }
        return result(questions, ranks, unknown: model.tokenizer.specialTokens.unknown?.id)
    }

    /// Ranks the answers by how frequent their tokens are in a corpus, wherever they stand.
    /// - Throws: ``CorpusError`` for an answer without tokens.
    public func run(_ baseline: UnigramBaseline) throws -> ClozeResult {
        let tokenizer = baseline.tokenizer
        let questions = try questions(tokenizer, maskID: 0, capacity: .max)
        let ranks = questions.map { $0.answer.map { baseline.ranks[Int($0)] } }
        return result(questions, ranks, unknown: tokenizer.specialTokens.unknown?.id)
    }

    private func result(_ questions: [Question], _ ranks: [[Int]], unknown: Int32?) -> ClozeResult {
        // What the vocabulary cannot express cannot be found either.
        let ranks = zip(questions, ranks).map { $0.answer.contains { $0 == unknown } ? [.max, .max] : $1 }
        return ClozeResult(
            name: set.name, file: set.file, ranks: ranks, shortened: questions.count(where: \.isShortened))
    }

    /// The number of elements that go before the one at `index`: larger ones, and equal ones with a smaller index.
    package static func rank(of index: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
        let score = scores[index]
        var rank = 0
        for position in 0..<index where !(scores[position] < score) { rank &+= 1 }
        for position in (index + 1)..<max(index + 1, scores.count) where scores[position] > score { rank &+= 1 }
        return rank
    }

    /// The sentences as tokens, those that do not fit around their masks only as far as they do.
    package func questions(_ tokenizer: Tokenizer, maskID: Int32, capacity: Int) throws -> [Question] {
        try set.items.map { item in
            let isSpaced = item.before.utf8.last == UInt8(ascii: " ")
            let answer = try tokenizer.encode((isSpaced ? " " : "") + item.answer, addSpecialTokens: false).ids
            var before = try tokenizer.encode(
                isSpaced ? String(item.before.dropLast()) : item.before, addSpecialTokens: false
            ).ids
            var after = try tokenizer.encode(item.after, addSpecialTokens: false).ids
            guard !answer.isEmpty, answer.count <= capacity else {
                throw CorpusError(
                    .malformed, file: set.file, line: item.line,
                    "the answer has \(answer.count) tokens, expected 1 to \(capacity)")
            }
            let room = capacity - answer.count
            let isShortened = before.count + after.count > room
            if isShortened {
                // Half on each side, and what one side does not need goes to the other.
                let left = min(before.count, max(room / 2, room - after.count))
                before = Array(before.suffix(left))
                after = Array(after.prefix(room - left))
            }
            let masks = Array(repeating: maskID, count: answer.count)
            return Question(
                sequence: .init(ids: before + masks + after, masks: Array(before.count..<before.count + answer.count)),
                answer: answer, isShortened: isShortened)
        }
    }
}
