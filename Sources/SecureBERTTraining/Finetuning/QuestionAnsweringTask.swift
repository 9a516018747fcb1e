import Crypto
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Fine-tuning of extractive question answering (Rajpurkar et al. 2018, arXiv 1806.03822): the first and the last token of the
/// answer; both are the first token of a window that does not answer.
public final class QuestionAnsweringTask: FinetuningTask {
    /// Windows computed together.
    public struct Part {
        let batch: TokenBatch
        /// The first and the last token of each window's answer, among its own tokens.
        let answers: [(start: Int, end: Int)]
        /// Windows of the step.
        let windowsInStep: Int
    }

    public let parameterSet: ParameterSet
    public var adapter: LowRankAdapter? { model.adapter }
    public let dataDigest: String
    public let samplingWeights: [Double]? = nil
    public let measure = Measure("f1", .more)
    private let recipe: QuestionAnsweringRecipe
    private let model: FinetuningModel
    private let head: TokenHead
    private let train: [AnswerExample]
    private let valid: [AnswerExample]

    /// - Parameters:
    ///   - recipe: How to train.
    ///   - train: What to learn.
    ///   - valid: What the best checkpoint is chosen on.
    ///   - seed: Decides new weights.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: What loading throws.
    public init(
        _ recipe: QuestionAnsweringRecipe, train: [AnswerExample], valid: [AnswerExample], seed: UInt64,
        compute: Compute
    ) throws {
        self.recipe = recipe
        self.train = train
        self.valid = valid
        model = try FinetuningModel(recipe.common, head: .questionAnswering, labels: [], seed: seed, compute: compute)
        guard case .questionAnswering(let head) = model.transformer.head else {
            throw TrainingError(.mismatch, "\(recipe.common.file): the model has no question answering head")
        }
        self.head = head
        parameterSet = model.parameterSet
        var hash = SHA256()
        for example in train {
            let answers = example.answers.map { "\($0.start) \($0.text)" }
            hash.update(
                data: Array(([example.question, example.context] + answers).joined(separator: "\u{1F}").utf8))
        }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        var sequences: [[Int32]] = []
        var answers: [(start: Int, end: Int)] = []
        for example in examples.map({ train[$0] }) {
            let range = example.answers.first.map { Self.bytes(of: $0, in: example.context) }
            for window in try windows(of: example) {
                sequences.append(window.ids)
                answers.append(range.flatMap { Self.tokens(of: $0, in: window) } ?? (0, 0))
            }
        }
        return try TokenParts.split(sequences, tokens: recipe.common.tokensPerPart).map { range, batch in
            Part(batch: batch, answers: Array(answers[range]), windowsInStep: sequences.count)
        }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        let logits = try head(model.transformer.encoder(part.batch, compute), compute)  // [tokens, 2]
        let sequences = part.batch.sequences
        return try compute.loss(of: [logits]) { operands in
            var total = LossValue(0, gradients: [[Float](repeating: 0, count: operands[0].count)])
            for (index, answer) in part.answers.enumerated() {
                let tokens = sequences[index]
                for (column, target) in [answer.start, answer.end].enumerated() {
                    let row = tokens.map { operands[0][2 * $0 + column] }
                    let loss = FocalLoss(focus: 0)(row, [Int32(target)], denominator: Double(2 * part.windowsInStep))
                    total.value += loss.value
                    for (token, slope) in zip(tokens, loss.gradients[0]) {
                        total.gradients[0][2 * token + column] = slope
                    }
                }
            }
            return total
        }
    }

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        var (exact, f1) = (0.0, 0.0)
        for example in valid {
            let answer = try bestAnswer(to: example, compute)
            let score = AnswerScore(answer, references: example.answers.map(\.text))
            exact += score.exactMatch
            f1 += score.f1
        }
        let count = Double(max(valid.count, 1))
        return [Metric("f1", f1 / count), Metric("exactMatch", exact / count)]
    }

    public var modelConfiguration: JSON { model.configuration }

    public func saveModel(to folder: String) throws { try model.save(to: folder) }

    /// The most probable passage over all windows; an empty text when "no answer" is more probable in each.
    private func bestAnswer(to example: AnswerExample, _ compute: Compute) throws -> String {
        let windows = try windows(of: example)
        var best: (score: Float, range: Range<Int>) = (-.infinity, 0..<0)
        var noAnswer = Float.infinity
        for part in try TokenParts.split(windows.map(\.ids), tokens: recipe.common.tokensPerPart) {
            let logits = try head(model.transformer.encoder(part.batch, compute), compute).floats()
            for (index, window) in part.range.enumerated() {
                let first = 2 * part.batch.sequences[index].lowerBound
                let encoding = windows[window]
                noAnswer = min(noAnswer, logits[first] + logits[first + 1])
                let context = encoding.sequenceIDs.indices.filter { encoding.sequenceIDs[$0] == 1 }
                let offsets = encoding.offsets
                for start in context {
                    for end in start..<min(start + recipe.maximumAnswerTokens, encoding.count)
                    where end <= context.last ?? 0 {
                        let score = logits[first + 2 * start] + logits[first + 2 * end + 1]
                        if score > best.score {
                            best = (
                                score,
                                offsets[start].lowerBound..<max(offsets[start].lowerBound, offsets[end].upperBound)
                            )
                        }
                    }
                }
            }
        }
        return best.score > noAnswer ? String(decoding: Array(example.context.utf8)[best.range], as: UTF8.self) : ""
    }

    private func windows(of example: AnswerExample) throws -> [Encoding] {
        try model.tokenizer.encodeWindows(
            example.question, pair: example.context,
            truncation: Truncation(
                maximumLength: model.maximumTokens, strategy: .onlySecond, stride: recipe.stride))
    }

    /// An answer's place in the UTF-8 of its context.
    private static func bytes(of answer: AnswerExample.Answer, in context: String) -> Range<Int> {
        let start = context.unicodeScalars.prefix(answer.start).reduce(0) { $0 + UTF8.width($1) }
        return start..<start + answer.text.utf8.count
    }

    /// The first and the last token of an answer; nil when the window does not hold all of it.
    private static func tokens(of range: Range<Int>, in window: Encoding) -> (start: Int, end: Int)? {
        let sequences = window.sequenceIDs
        let places = window.offsets.enumerated().filter { sequences[$0.offset] == 1 && !$0.element.isEmpty }
        guard let first = places.first, let last = places.last, first.element.lowerBound <= range.lowerBound,
            last.element.upperBound >= range.upperBound,
            let start = places.first(where: { $0.element.upperBound > range.lowerBound }),
            let end = places.last(where: { $0.element.lowerBound < range.upperBound }), start.offset <= end.offset
        else { return nil }
        return (start.offset, end.offset)
    }
}
