import Crypto
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Fine-tuning of a sentence encoder: texts that belong together get vectors that point the same way.
///
/// The loss of a batch depends on all its vectors at once, which need not fit memory together with what their gradients need:
/// vectors are computed first and forgotten how, the loss gives each its gradient, and then parts of the batch are computed
/// again, each with the gradient of its vectors (GradCache: Gao et al. 2021, arXiv 2101.06983).
public final class EmbeddingTask: FinetuningTask {
    /// Texts computed together, with the gradient that the loss of the batch has for their vectors.
    public struct Part {
        let batch: TokenBatch
        let gradient: [Float]
        /// This part's share of the loss, so that those of all parts add up to it.
        let loss: Double
    }

    public let parameterSet: ParameterSet
    public var adapter: LowRankAdapter? { model.adapter }
    public let dataDigest: String
    public let samplingWeights: [Double]? = nil
    public let measure = Measure("ndcg@10", .more)
    private let recipe: EmbeddingRecipe
    private let settings: TrainerSettings
    private let model: FinetuningModel
    private let train: [EmbeddingExample]
    private let valid: [RetrievalTest]

    /// - Parameters:
    ///   - recipe: How to train.
    ///   - train: What to learn.
    ///   - valid: The sets that the best checkpoint is chosen on.
    ///   - seed: Decides dropout.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when a loss has not the examples it needs, or dimensions the model does not have; what loading
    ///   throws.
    public init(
        _ recipe: EmbeddingRecipe, train: [EmbeddingExample], valid: [RetrievalTest], seed: UInt64, compute: Compute
    ) throws {
        self.recipe = recipe
        self.train = train
        // The same queries for every seed: what the best of them is chosen by.
        self.valid = valid.map { $0.limited(toQueries: recipe.validationQueries) }
        var settings = recipe.common.settings
        settings.seed = seed
        self.settings = settings
        if recipe.loss == .triplet, let index = train.firstIndex(where: \.negatives.isEmpty) {
            throw TrainingError(
                .mismatch,
                "\(recipe.common.file): the triplet loss needs a negative for every example, number \(index + 1) has none"
            )
        }
        model = try FinetuningModel(recipe.common, head: .none, labels: [], seed: seed, compute: compute)
        let size = model.transformer.encoder.hiddenSize
        if let wrong = recipe.dimensions.first(where: { $0 > size }) {
            throw TrainingError(
                .mismatch, "\(recipe.common.file): embed.dimensions has \(wrong), the model makes vectors of \(size)")
        }
        parameterSet = model.parameterSet
        var hash = SHA256()
        for example in train {
            hash.update(
                data: Array(
                    ([example.query, example.passage, "\(example.score)"] + example.negatives)
                        .joined(separator: "\u{1F}").utf8))
        }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        let examples = examples.map { train[$0] }
        let passages = examples.map(\.passage) + examples.flatMap { $0.negatives.prefix(recipe.negatives) }
        let texts = UniqueTexts(
            examples.map { recipe.queryPrompt + $0.query } + passages.map { recipe.passagePrompt + $0 })
        let split = try TokenParts.split(texts.unique.map(ids), tokens: recipe.common.tokensPerPart)
        var vectors: [Float] = []
        for (number, part) in split.enumerated() {
            let forgotten = settings.recording(compute, on: GradientTape(), step: step, part: number)
            vectors += try self.vectors(part.batch, forgotten).floats()
        }
        let size = model.transformer.encoder.hiddenSize
        vectors = texts.places.flatMap { vectors[$0 * size..<($0 + 1) * size] }
        let cut = examples.count * size
        let loss = try lossOfBatch(
            examples, passages, queries: Tensor(Array(vectors[..<cut]), shape: [examples.count, size]),
            documents: Tensor(Array(vectors[cut...]), shape: [passages.count, size]), compute)
        let gradient = texts.sums(ofRows: loss.gradients[0] + loss.gradients[1], size: size)
        return split.map { range, batch in
            Part(
                batch: batch, gradient: Array(gradient[range.lowerBound * size..<range.upperBound * size]),
                loss: loss.value * Double(range.count) / Double(texts.unique.count))
        }
    }

    /// The texts of a batch, each computed once: many queries have the same passage.
    private struct UniqueTexts {
        private(set) var unique: [String] = []
        /// For each text its number among the unique ones.
        private(set) var places: [Int] = []

        init(_ texts: [String]) {
            var numbers: [String: Int] = [:]
            for text in texts {
                let number = numbers[text] ?? unique.count
                if number == unique.count {
                    unique.append(text)
                    numbers[text] = number
                }
                places.append(number)
            }
        }

        /// Adds up what belongs to the same text: the gradients of its vector.
        func sums(ofRows rows: [Float], size: Int) -> [Float] {
            var sums = [Float](repeating: 0, count: unique.count * size)
            for (row, place) in places.enumerated() {
                for column in 0..<size { sums[place * size + column] += rows[row * size + column] }
            }
            return sums
        }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        try compute.loss(of: [vectors(part.batch, compute)]) { _ in LossValue(part.loss, gradients: [part.gradient]) }
    }

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        let values = try valid.map { test in
            let run = try test.run(depth: 10) { texts, areQueries in
                let prompt = areQueries ? recipe.queryPrompt : recipe.passagePrompt
                return try self.unitVectors(texts.map { prompt + $0 }, compute)
            }
            return Metric("ndcg@10 of \(test.name)", test.metrics(run).mean(.ndcg(10)))
        }
        let mean = values.reduce(0) { $0 + $1.value } / Double(max(values.count, 1))
        return [Metric(measure.name, mean)] + values
    }

    public var modelConfiguration: JSON { model.configuration }

    public func saveModel(to folder: String) throws {
        try model.save(to: folder)
        try saveSettings(to: folder)
    }

    public func saveSettings(to folder: String) throws {
        try SentenceEncoderFiles(
            hiddenSize: model.transformer.encoder.hiddenSize, maximumTokens: model.maximumTokens,
            usesFirstToken: recipe.pooling == .cls,
            prompts: [("query", recipe.queryPrompt), ("document", recipe.passagePrompt)].filter { !$0.1.isEmpty }
        ).write(to: folder)
    }

    private func lossOfBatch(
        _ examples: [EmbeddingExample], _ passages: [String], queries: Tensor, documents: Tensor, _ compute: Compute
    ) throws -> LossValue {
        let whole = queries.shape[1]
        let sizes = [whole] + recipe.dimensions.filter { $0 < whole }
        let dimensions = sizes.map { (size: $0, weight: 1.0 / Double(sizes.count)) }
        switch recipe.loss {
        case .ranking, .symmetric:
            let loss = RankingLoss(
                scale: Float(recipe.scale), isSymmetric: recipe.loss == .symmetric, dimensions: dimensions)
            return try loss(
                queries: queries, documents: documents,
                ignored: EmbeddingExample.ignoredPairs(examples, passages: passages), compute)
        case .coSENT:
            return try CosineLoss(dimensions: dimensions)(
                queries: queries, documents: documents, pairs: examples.indices.map { ($0, $0) }, compute
            ) { PairSimilarityLoss.coSENT($0, labels: examples.map(\.score), scale: self.recipe.scale) }
        case .triplet:
            // The query of each negative; the negatives stand behind the passages, in the same order.
            let anchors = examples.enumerated().flatMap { index, example in
                Array(repeating: index, count: min(example.negatives.count, recipe.negatives))
            }
            let count = examples.count
            return try CosineLoss(dimensions: dimensions)(
                queries: queries, documents: documents,
                pairs: examples.indices.map { ($0, $0) }
                    + anchors.enumerated().map { ($0.element, count + $0.offset) },
                compute
            ) { cosines in
                let loss = PairSimilarityLoss.triplet(
                    anchors.map { cosines[$0] }, Array(cosines[count...]), margin: self.recipe.margin)
                var ofPassages = [Float](repeating: 0, count: count)
                for (anchor, gradient) in zip(anchors, loss.gradients[0]) { ofPassages[anchor] += gradient }
                return LossValue(loss.value, gradients: [ofPassages + loss.gradients[1]])
            }
        }
    }

    /// The vectors of the sequences of a batch, `[sequences, hiddenSize]`, of any length.
    private func vectors(_ batch: TokenBatch, _ compute: Compute) throws -> Tensor {
        try compute.pool(
            model.transformer.encoder(batch, compute), batch.sequences, recipe.pooling == .cls ? .cls : .mean)
    }

    private func unitVectors(_ texts: [String], _ compute: Compute) throws -> [[Float]] {
        let size = model.transformer.encoder.hiddenSize
        var rows: [[Float]] = []
        for part in try TokenParts.split(texts.map(ids), tokens: recipe.common.tokensPerPart) {
            let vectors = try compute.normalize(vectors(part.batch, compute)).floats()
            rows += part.range.indices.map {
                Array(vectors[($0 - part.range.lowerBound) * size..<($0 - part.range.lowerBound + 1) * size])
            }
        }
        return rows
    }

    /// The beginning of a text that fits.
    private func ids(_ text: String) throws -> [Int32] {
        try model.tokenizer.encode(text, truncation: Truncation(maximumLength: model.maximumTokens)).ids
    }
}
