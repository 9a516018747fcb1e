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
        /// 1 for passages that answer their query, otherwise 0.
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
    /// - Throws: ``TrainingError`` when an example has no negatives; what loading throws.
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
        }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        let lists = try examples.map { index in
            var random = SeededRandom(seed: seed, step, index)
            let negatives = train[index].negatives.shuffled(using: &random).prefix(recipe.negatives)
            return try ([train[index].passage] + negatives).map { try ids(train[index].query, $0) }
        }
        let pairs = lists.reduce(0) { $0 + $1.count }
        let denominator = Double(recipe.loss == .binary ? pairs : lists.count)
        return try TokenParts.split(groups: lists, tokens: recipe.common.tokensPerPart).map { range, batch in
            var (relevances, places): ([Float], [Range<Int>]) = ([], [])
            for list in lists[range] {
                places.append(relevances.count..<relevances.count + list.count)
                relevances += [1] + Array(repeating: 0, count: list.count - 1)
            }
            return Part(batch: batch, relevances: relevances, lists: places, denominator: denominator)
        }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        try compute.loss(of: [scores(of: part.batch, compute)]) { operands in
            switch recipe.loss {
            case .binary:
                BinaryLoss.crossEntropy()(operands[0], part.relevances, labels: 1, denominator: part.denominator)
            case .listwise:
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
