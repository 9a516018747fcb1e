import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Finds the passage of a context that answers a question (extractive question answering, SQuAD v2).
public struct QuestionAnswerer: Sendable {
    public struct Answer: Sendable {
        public let text: String
        /// Where it is in the context.
        public let range: TextRange
        /// Probability of the start times probability of the end, each a softmax over one window.
        public let score: Float
    }

    public struct Result: Sendable {
        /// Best first; at most as many as were asked for, none twice.
        public let answers: [Answer]
        /// Score of "the context does not say": the least over all windows.
        public let nullScore: Float
        public let usage: InputUsage

        /// Whether the model finds that the context does not answer the question.
        public var isImpossible: Bool { answers.first.map { nullScore > $0.score } ?? true }
    }

    /// Settings of the reference's pipeline.
    public struct Options: Sendable {
        /// How many answers.
        public var topK = 1
        /// The most tokens of an answer.
        public var maximumAnswerTokens = 15
        /// Tokens that neighbouring windows of a long context share.
        public var stride = 128
        /// The most tokens of a window, question and special tokens included; never more than the model has.
        public var windowTokens = 384

        public init() {}
    }

    private let model: PretrainedModel
    private let head: TokenHead

    /// - Throws: ``TaskError`` when the model has no question answering head.
    public init(_ model: PretrainedModel) throws(TaskError) {
        guard case .questionAnswering(let head) = model.transformer.head else {
            throw model.lacks("question answering")
        }
        self.model = model
        self.head = head
    }

    /// Answers a question from a context of any length.
    /// - Throws: ``TaskError`` when the options are not positive or the question leaves no room for the context.
    public func callAsFunction(_ question: String, context: String, options: Options = Options()) throws -> Result {
        guard options.topK > 0, options.maximumAnswerTokens > 0, options.stride >= 0, options.windowTokens > 0 else {
            throw TaskError(
                .invalidInput, "top-k, answer length and window length must be positive and the stride not negative")
        }
        let windows = try model.windows(
            of: TextInput(question, pair: context), maximumTokens: options.windowTokens, overlap: options.stride)
        var nullScore: Float = 1
        var candidates: [Candidate] = []
        try model.forEachBatch(windows.encodings) { batch in
            for (row, index) in batch.indices.enumerated() {
                let logits = try head(batch.hidden.rows(batch.batch.sequences[row]), model.compute).floats()
                let window = Window(windows.encodings[index], logits)
                nullScore = min(nullScore, window.nullScore)
                candidates += window.spans(options)
            }
        }
        let offsets = TextOffsets(context)
        let answers = Self.distinct(candidates).prefix(options.topK).map { candidate in
            Answer(
                text: offsets.text(in: candidate.range), range: offsets.range(candidate.range), score: candidate.score)
        }
        return Result(answers: Array(answers), nullScore: nullScore, usage: windows.usage)
    }

    private struct Candidate {
        let range: Range<Int>
        let score: Float
    }

    /// Best first; of candidates with the same range, which overlapping windows produce, the best one.
    private static func distinct(_ candidates: [Candidate]) -> [Candidate] {
        var seen: Set<Range<Int>> = []
        return candidates.indicesOfLargest(candidates.count) { $0.score }.map { candidates[$0] }.filter {
            seen.insert($0.range).inserted
        }
    }

    /// The probabilities of one window's tokens to start or end the answer.
    private struct Window {
        let start: [Float]
        let end: [Float]
        let isContext: [Bool]
        let offsets: [Range<Int>]

        /// The first token, which stands for "no answer", takes part in the softmax and is never part of an answer; question
        /// and other special tokens take no part.
        init(_ encoding: Encoding, _ logits: [Float]) {
            let isContext = encoding.sequenceIDs.map { $0 == 1 }
            func probabilities(_ column: Int) -> [Float] {
                softmax(
                    isContext.indices.map { token in
                        isContext[token] || token == 0 ? logits[2 * token + column] : -.infinity
                    }
                ).map(\.value)
            }
            self.isContext = isContext
            start = probabilities(0)
            end = probabilities(1)
            offsets = encoding.offsets
        }

        var nullScore: Float { start[0] * end[0] }

        func spans(_ options: Options) -> [Candidate] {
            var found: [Candidate] = []
            for first in isContext.indices where isContext[first] {
                for last in first..<min(first + options.maximumAnswerTokens, isContext.count) where isContext[last] {
                    let range = offsets[first].lowerBound..<max(offsets[first].lowerBound, offsets[last].upperBound)
                    found.append(Candidate(range: range, score: start[first] * end[last]))
                }
            }
            return found.indicesOfLargest(options.topK) { $0.score }.map { found[$0] }.filter { $0.score > 0 }
        }
    }
}
