import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Pretraining by predicting hidden tokens (Devlin et al. 2018, arXiv 1810.04805).
public final class MaskedLanguageModeling: TrainingObjective {
    /// Sequences computed together.
    public struct Part {
        let batch: TokenBatch
        /// Rows of the hidden tokens, and what was there.
        let rows: [Int32]
        let targets: [Int32]
        /// Hidden tokens of all parts of the step.
        let hiddenInStep: Int
    }

    public let recipe: PretrainingRecipe
    /// The number of parameters.
    public let parameterCount: Int
    private let corpus: TokenCorpus
    private let model: TransformerModel
    private let head: MaskedLanguageModelHead
    private let parameterSet: ParameterSet
    private let masking: TokenMasking
    private let writer: ModelFolderWriter
    private let compute: Compute
    private var sampler: SequenceSampler
    private let validation: [Part]
    private var tokensSeen = 0

    /// - Parameters:
    ///   - recipe: What to do.
    ///   - corpus: Tokens with a split "train", and "valid" to measure on.
    ///   - tokenizerFolder: The tokenizer the corpus was made with; nil to use that of the recipe's checkpoint.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when recipe, corpus and tokenizer do not fit each other; what loading throws.
    public init(_ recipe: PretrainingRecipe, corpus: TokenCorpus, tokenizerFolder: String?, compute: Compute) throws {
        self.recipe = recipe
        self.corpus = corpus
        self.compute = compute
        let start = try PretrainingStart(recipe, tokenizerFolder: tokenizerFolder)
        let tokenizer = start.tokenizer
        // Equal sizes are not enough: the ids of another vocabulary would train without complaint, and mean nothing.
        guard start.tokenizerDigest == corpus.tokenizerDigest else {
            throw TrainingError(
                .mismatch,
                """
                \(corpus.folder): was made with another tokenizer (\(corpus.vocabularySize) ids) than that of \
                \(start.tokenizerFolder) (\(tokenizer.idBound) ids); run securebert corpus tokenize with the latter
                """)
        }
        let special = tokenizer.specialTokens
        guard let mask = special.mask, let first = special.classification ?? special.beginning,
            let separator = special.separator ?? special.end
        else {
            throw TrainingError(
                .mismatch,
                "\(start.tokenizerFolder): the tokenizer has no mask, first or separator token, which masked-LM needs")
        }
        let longest = recipe.stages.map(\.length).max() ?? 0
        guard longest <= start.configuration.maximumTokens else {
            throw TrainingError(
                .mismatch,
                """
                \(recipe.file): a stage has sequences of \(longest) tokens, the model at most \
                \(start.configuration.maximumTokens)
                """)
        }
        parameterSet = ParameterSet()
        model = try TransformerModel(
            start.configuration, weights: start.weights, head: .maskedLanguageModel, parameters: parameterSet,
            compute: compute)
        guard case .maskedLanguageModel(let head) = model.head else {
            throw TrainingError(.mismatch, "\(recipe.file): the model has no masked-LM head")
        }
        if let damaged = try parameterSet.tensors.first(where: { try !$0.tensor.isFinite }) {
            throw TrainingError(
                .mismatch,
                """
                \(start.weights.path): \(damaged.name) holds numbers that are not finite; the weights are damaged or their \
                training has diverged, begin with another checkpoint
                """)
        }
        self.head = head
        parameterCount = parameterSet.parameters.reduce(0) { $0 + $1.value.shape.count }
        masking = TokenMasking(tokenizer, maskID: mask.id)
        writer = ModelFolderWriter(configuration: start.configurationJSON, tokenizerFolder: start.tokenizerFolder)
        guard corpus.splits.contains("train") else {
            throw TrainingError(
                .mismatch,
                """
                \(corpus.folder): has no split \"train\", only \(corpus.splits.map(\.quoted).joined(separator: ", ")); run \
                securebert corpus tokenize on a corpus with train.jsonl
                """)
        }
        sampler = try SequenceSampler(
            corpus, split: "train", broadSources: recipe.broadSources(of: corpus), firstToken: first.id,
            separator: separator.id, seed: recipe.settings.seed)
        try recipe.checkMixtures(of: corpus, groups: sampler.groups)
        sampler.use(recipe.stages[0].mixture)
        validation = try Self.validationParts(
            recipe, corpus, masking, firstToken: first.id, separator: separator.id)
    }

    public var parameters: [Parameter] { parameterSet.parameters }

    public var progress: Double { min(1, Double(tokensSeen) / Double(recipe.tokens)) }

    public var state: JSON { ["tokensSeen": .integer(tokensSeen), "documents": sampler.state] }

    public var identity: [(name: String, value: String)] {
        [
            ("recipe", recipe.canonicalText), ("tokenizer", corpus.tokenizerDigest),
            ("corpus", corpus.shardDigests.joined(separator: " ")),
        ]
    }

    /// The stage the run is in.
    public var stage: PretrainingRecipe.Stage { recipe.stages[stageNumber] }

    private var stageNumber: Int {
        var end = 0
        for (number, stage) in recipe.stages.enumerated() {
            end += stage.tokens
            if tokensSeen < end { return number }
        }
        return recipe.stages.count - 1
    }

    public func nextStep(_ step: Int) throws -> [Part] {
        let number = stageNumber
        let stage = recipe.stages[number]
        var sequences: [MaskedSequence] = []
        var tokens = 0
        while tokens < recipe.tokensPerStep {
            let sequence = sampler.next(length: stage.length, joining: stage.joinsDocuments)
            var random = SeededRandom(seed: recipe.settings.seed, step, sequences.count)
            sequences.append(
                MaskedSequence(
                    sequence.ids, masking, rate: stage.maskRate,
                    unit: sequence.kind == .code ? recipe.codeUnit : recipe.textUnit, &random))
            tokens += sequence.ids.count
        }
        tokensSeen += tokens
        if stageNumber != number { sampler.use(self.stage.mixture) }
        return try Self.parts(of: sequences, tokensPerPart: recipe.tokensPerPart)
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        let hidden = try model.encoder(part.batch, compute)
        let logits = try head(compute.gather(hidden, part.rows), compute)
        return try compute.crossEntropy(logits, part.targets, denominator: Double(part.hiddenInStep))
    }

    public let measure = Measure("loss", .less)

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        var loss = 0.0
        for part in validation { loss += Double(try self.loss(of: part, compute).floats()[0]) }
        return validation.isEmpty ? [] : [Metric(measure.name, loss)]
    }

    public func saveModel(to folder: String) throws { try writer.write(parameterSet.tensors, to: folder) }

    public func restore(modelFolder: String, state: JSON, file: String) throws {
        try parameterSet.restore(from: modelFolder, compute)
        guard let seen = state["tokensSeen"]?.integerValue, seen >= 0, let documents = state["documents"] else {
            throw TrainingError(
                .badCheckpoint,
                "\(file): does not say where the run stood in its data; remove the checkpoint it belongs to")
        }
        tokensSeen = seen
        sampler.use(stage.mixture)
        try sampler.restore(documents, file: file)
    }

    /// Sequences in their order, in parts of at most so many tokens.
    private static func parts(of sequences: [MaskedSequence], tokensPerPart: Int) throws -> [Part] {
        let hidden = sequences.reduce(0) { $0 + $1.hidden.count }
        var parts: [Part] = []
        var current: [MaskedSequence] = []
        var tokens = 0
        func close() throws {
            guard !current.isEmpty else { return }
            let batch = try TokenBatch(current.map(\.ids))
            var rows: [Int32] = []
            for (index, sequence) in current.enumerated() {
                let first = batch.sequences[index].lowerBound
                rows += sequence.hidden.map { Int32(first + $0.position) }
            }
            parts.append(
                Part(
                    batch: batch, rows: rows, targets: current.flatMap { $0.hidden.map(\.id) }, hiddenInStep: hidden))
            current = []
            tokens = 0
        }
        for sequence in sequences {
            if tokens + sequence.ids.count > tokensPerPart { try close() }
            current.append(sequence)
            tokens += sequence.ids.count
        }
        try close()
        return parts
    }

    /// The beginning of the validation split, hidden in the same way every time: only masks, so that what is measured does
    /// not depend on what replaces a token.
    private static func validationParts(
        _ recipe: PretrainingRecipe, _ corpus: TokenCorpus, _ masking: TokenMasking, firstToken: Int32,
        separator: Int32
    ) throws -> [Part] {
        guard corpus.splits.contains("valid"), let stage = recipe.stages.last else { return [] }
        var sampler = try SequenceSampler(
            corpus, split: "valid", firstToken: firstToken, separator: separator, seed: 0)
        var sequences: [MaskedSequence] = []
        var tokens = 0
        while tokens < min(recipe.evaluationTokens, corpus.tokenCount(in: "valid")) {
            let sequence = sampler.next(length: stage.length, joining: false)
            var random = SeededRandom(seed: 0, sequences.count)
            sequences.append(
                MaskedSequence(sequence.ids, masking, rate: stage.maskRate, unit: .token, replacing: false, &random))
            tokens += sequence.ids.count
        }
        return try parts(of: sequences, tokensPerPart: recipe.tokensPerPart)
    }
}

/// A sequence some of whose tokens are hidden.
private struct MaskedSequence {
    var ids: [Int32]
    let hidden: [(position: Int, id: Int32)]

    init(
        _ ids: [Int32], _ masking: TokenMasking, rate: Double, unit: TokenMasking.Unit, replacing: Bool = true,
        _ random: inout SeededRandom
    ) {
        self.ids = ids
        hidden = masking.hide(&self.ids, rate: rate, unit: unit, replacing: replacing, using: &random)
    }
}
