import Crypto
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Fine-tuning of a cross-encoder: it reads a query and a passage together and scores how well the one answers the other.
public final class RerankTask: FinetuningTask {
    /// Queries computed together, each with its passages.
    public struct Part {
        let batch: TokenBatch
        /// How the probability of a query is shared among its passages: all to the one that answers it, or as the teacher says.
        let relevances: [Float]
        /// Where each query's pairs lie.
        let lists: [Range<Int>]
        /// Pairs, or queries, of the step.
        let denominator: Double
    }

    public let parameterSet: ParameterSet
    public var adapter: LowRankAdapter? { model.adapter }
    public let dataDigest: String
    public let samplingWeights: [Double]? = nil
    public let measure = Measure("ndcg@10", .more)
    private let recipe: RerankRecipe
    private let model: FinetuningModel
    private let head: SequenceHead
    private let seed: UInt64
    private let train: [EmbeddingExample]
    private let valid: [EmbeddingExample]

    /// - Parameters:
    ///   - recipe: How to train.
    ///   - train: What to learn; every example has negatives.
    ///   - valid: What the best checkpoint is chosen on.
    ///   - seed: Decides new weights and which negatives are read.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when an example has no negatives, or no scores of the teacher it is to learn from; what
    ///   loading throws.
    public init(
        _ recipe: RerankRecipe, train: [EmbeddingExample], valid: [EmbeddingExample], seed: UInt64, compute: Compute
    ) throws {
        self.recipe = recipe
        self.train = train
        self.valid = valid
        self.seed = seed
        for (name, examples) in [("training", train), ("validation", valid)] {
            if let index = examples.firstIndex(where: \.negatives.isEmpty) {
                throw TrainingError(
                    .mismatch,
                    """
                    \(recipe.common.file): example \(index + 1) of the \(name) data has no negatives to compare with; \
                    securebert mine finds some
                    """)
            }
        }
        if recipe.loss == .distillation, let index = train.firstIndex(where: \.teacherScores.isEmpty) {
            throw TrainingError(
                .mismatch,
                """
                \(recipe.common.file): example \(index + 1) of the training data has no scores of a teacher, which the loss \
                \"distillation\" learns; securebert mine --teacher adds them
                """)
        }
        model = try FinetuningModel(
            recipe.common, head: .sequenceClassification, labels: ["relevance"], seed: seed, compute: compute)
        guard case .sequenceClassification(let head) = model.transformer.head else {
            throw TrainingError(.mismatch, "\(recipe.common.file): the model has no sequence classification head")
        }
        self.head = head
        parameterSet = model.parameterSet
        var hash = SHA256()
        for example in train {
            hash.update(
                data: Array(([example.query, example.passage] + example.negatives).joined(separator: "\u{1F}").utf8))
            example.teacherScores.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        let drawn = examples.map { index in
            var random = SeededRandom(seed: seed, step, index)
            return (
                train[index], Array(train[index].negatives.indices.shuffled(using: &random).prefix(recipe.negatives))
            )
        }
        let lists = try drawn.map { example, negatives in
            try ([example.passage] + negatives.map { example.negatives[$0] }).map { try ids(example.query, $0) }
        }
        let pairs = lists.reduce(0) { $0 + $1.count }
        let denominator = Double(recipe.loss == .binary ? pairs : lists.count)
        return try TokenParts.split(groups: lists, tokens: recipe.common.tokensPerPart).map { range, batch in
            var (relevances, places): ([Float], [Range<Int>]) = ([], [])
            for (example, negatives) in drawn[range] {
                places.append(relevances.count..<relevances.count + negatives.count + 1)
                relevances += self.relevances(of: example, negatives)
            }
            return Part(batch: batch, relevances: relevances, lists: places, denominator: denominator)
        }
    }

    /// How the passage of an example and those of its negatives share its probability.
    private func relevances(of example: EmbeddingExample, _ negatives: [Int]) -> [Float] {
        guard recipe.loss == .distillation else { return [1] + Array(repeating: 0, count: negatives.count) }
        let scores = [example.teacherScores[0]] + negatives.map { example.teacherScores[$0 + 1] }
        return logSoftmax(scores.map { $0 / Float(recipe.teacherTemperature) }[...]).map { Float(exp($0)) }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        try compute.loss(of: [scores(of: part.batch, compute)]) { operands in
            switch recipe.loss {
            case .binary:
                BinaryLoss.crossEntropy()(operands[0], part.relevances, labels: 1, denominator: part.denominator)
            case .listwise, .distillation:
                ListwiseLoss.callAsFunction(
                    operands[0], relevances: part.relevances, lists: part.lists, denominator: part.denominator)
            }
        }
    }

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        var sum = 0.0
        for example in valid {
            let passages = [example.passage] + example.negatives.prefix(recipe.validationNegatives)
            var scores: [Float] = []
            let sequences = try passages.map { try ids(example.query, $0) }
            for part in try TokenParts.split(sequences, tokens: recipe.common.tokensPerPart) {
                scores += try self.scores(of: part.batch, compute).floats()
            }
            // A negative with an equal score stands in front.
            let rank = scores.dropFirst().count { $0 >= scores[0] }
            sum += rank < 10 ? 1 / log2(Double(rank + 2)) : 0
        }
        return [Metric(measure.name, sum / Double(max(valid.count, 1)))]
    }

    public var modelConfiguration: JSON { model.configuration }

    public func saveModel(to folder: String) throws { try model.save(to: folder) }

    /// One logit for each pair.
    private func scores(of batch: TokenBatch, _ compute: Compute) throws -> Tensor {
        try head(model.transformer.encoder(batch, compute), batch.sequences, compute)
    }

    private func ids(_ query: String, _ passage: String) throws -> [Int32] {
        try model.tokenizer.encode(
            query, pair: passage, truncation: Truncation(maximumLength: model.maximumTokens, strategy: .longestFirst)
        ).ids
    }
}
