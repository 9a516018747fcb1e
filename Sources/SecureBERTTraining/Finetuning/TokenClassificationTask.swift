import Crypto
import SecureBERT
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Fine-tuning for named entity recognition.
public final class TokenClassificationTask: FinetuningTask {
    /// Sentences computed together.
    public struct Part {
        let batch: TokenBatch
        let sentences: [TaggedTokens]
        /// The weights of all learned tokens of the step.
        let denominator: Double
    }

    public let parameterSet: ParameterSet
    public var adapter: LowRankAdapter? { model.adapter }
    public let dataDigest: String
    public let samplingWeights: [Double]?
    /// The labels by their numbers: "O", then "B-" and "I-" of each type.
    public let labels: [String]
    /// Names of the weights that begin at random.
    public var newTensors: [String] { model.newTensors }
    private let recipe: TokenClassificationRecipe
    private let model: FinetuningModel
    private let head: TokenHead
    private let encoding: SentenceEncoding
    private let train: [TaggedSentence]
    private let valid: [TaggedSentence]
    private let augmentation: SentenceAugmentation
    private let classWeights: [Float]

    /// - Parameters:
    ///   - recipe: How to train.
    ///   - train: What to learn; decides the labels.
    ///   - extra: Further sentences with other types, mapped by the recipe.
    ///   - names: Further names of each type, for replacing entities.
    ///   - valid: What the best checkpoint is chosen on.
    ///   - seed: Decides new weights and augmentation.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when a validation tag is none of the training tags, or nothing is tagged; what loading
    ///   throws.
    public init(
        _ recipe: TokenClassificationRecipe, train: [TaggedSentence], extra: [TaggedSentence] = [],
        names: [String: [String]] = [:], valid: [TaggedSentence], seed: UInt64, compute: Compute
    ) throws {
        self.recipe = recipe
        let types = Set(train.flatMap(\.tags).compactMap { EntityTag($0).entityType }).sorted()
        guard !types.isEmpty else {
            throw TrainingError(.mismatch, "\(recipe.common.file): no word of the training data is tagged")
        }
        for (what, others) in [
            ("ner.types maps to", extra.isEmpty ? [] : Array(recipe.typeMap.values)),
            ("the list of names has", Array(names.keys)), ("ner.weights has", Array(recipe.typeWeights.keys)),
        ] {
            guard let other = others.sorted().first(where: { !types.contains($0) }) else { continue }
            throw TrainingError(
                .mismatch,
                """
                \(recipe.common.file): \(what) the type \(other.quoted), the training data only \
                \(types.joined(separator: ", "))
                """)
        }
        let labels = ["O"] + types.flatMap { ["B-\($0)", "I-\($0)"] }
        if let unknown = valid.flatMap(\.tags).first(where: { !labels.contains($0) }) {
            throw TrainingError(
                .mismatch,
                """
                the validation data has the tag \(unknown.quoted), the training data only \
                \(labels.joined(separator: ", "))
                """)
        }
        self.labels = labels
        self.train = train + extra.map { $0.mapped(recipe.typeMap) }
        self.valid = valid
        model = try FinetuningModel(
            recipe.common, head: .tokenClassification, labels: labels, usesRandomField: recipe.loss == .randomField,
            seed: seed, compute: compute)
        guard case .tokenClassification(let head) = model.transformer.head else {
            throw TrainingError(.mismatch, "\(recipe.common.file): the model has no token classification head")
        }
        self.head = head
        parameterSet = model.parameterSet
        encoding = SentenceEncoding(
            tokenizer: model.tokenizer, maximumTokens: model.maximumTokens,
            labelIDs: Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, Int32($0)) }),
            subtokens: recipe.loss == .randomField ? .first : recipe.subtokens)
        augmentation = SentenceAugmentation(
            train, names: names, seed: seed,
            .init(tightness: recipe.tightness, replacement: recipe.replacement, invention: recipe.invention))
        let balance = EntityBalance(self.train, types: types)
        samplingWeights = recipe.balance == .sampling ? balance.sentenceWeights : nil
        classWeights = labels.map { label in
            guard let type = EntityTag(label).entityType else { return recipe.outsideWeight }
            return recipe.typeWeights[type] ?? (recipe.balance == .weights ? balance.typeWeights[type] ?? 1 : 1)
        }
        var hash = SHA256()
        for (type, names) in names.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array(([type] + names).joined(separator: "\u{1F}").utf8))
        }
        for sentence in self.train + valid {
            hash.update(data: Array((sentence.words + sentence.tags).joined(separator: "\u{1F}").utf8))
        }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        var pieces: [TaggedTokens] = []
        for example in examples {
            pieces += try encoding(augmentation(train[example], step: step, example: example))
        }
        let denominator = pieces.reduce(0.0) { sum, piece in
            recipe.loss == .randomField ? sum + Double(piece.words.count) : sum + weight(of: piece)
        }
        return try TokenParts.split(pieces.map(\.ids), tokens: recipe.common.tokensPerPart).map { range, batch in
            Part(batch: batch, sentences: Array(pieces[range]), denominator: max(denominator, 1))
        }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        let logits = try head(model.transformer.encoder(part.batch, compute), compute)
        let targets = part.sentences.flatMap(\.targets)
        switch recipe.loss {
        case .crossEntropy:
            return try compute.crossEntropy(logits, targets, weights: classWeights, denominator: part.denominator)
        case .focal:
            let focal = FocalLoss(focus: recipe.focus, classWeights: classWeights)
            return try compute.loss(of: [logits]) { focal($0[0], targets, denominator: part.denominator) }
        case .randomField:
            return try randomFieldLoss(logits, part, compute)
        }
    }

    /// Over the first tokens of the words of each sentence.
    private func randomFieldLoss(_ logits: Tensor, _ part: Part, _ compute: Compute) throws -> Tensor {
        guard let field = head.randomField else {
            throw TrainingError(.mismatch, "\(recipe.common.file): the model has no random field")
        }
        let starts = part.batch.sequences.indices.map { part.batch.sequences[$0].lowerBound }
        let rows = zip(starts, part.sentences).flatMap { start, sentence in
            sentence.words.map { Int32(start + $0.token) }
        }
        let emissions = try compute.gather(logits, rows)
        let paths = part.sentences.map { sentence in sentence.words.map { Int(sentence.targets[$0.token]) } }
        let labelCount = labels.count
        return try compute.loss(of: [emissions, field.transitions, field.start, field.end]) { operands in
            let chain = ConditionalRandomField(
                labels: labelCount, transitions: operands[1], start: operands[2], end: operands[3])
            var total = LossValue(0, gradients: operands.map { [Float](repeating: 0, count: $0.count) })
            var first = 0
            for path in paths {
                let range = first * labelCount..<(first + path.count) * labelCount
                first += path.count
                // A sentence with a word of unknown label has no path.
                guard !path.isEmpty, !path.contains(-1) else { continue }
                let loss = chain.loss(Array(operands[0][range]), path: path, denominator: part.denominator)
                total.value += loss.value
                for (index, value) in zip(range, loss.gradients[0]) { total.gradients[0][index] = value }
                for operand in 1..<4 {
                    for (index, value) in loss.gradients[operand].enumerated() {
                        total.gradients[operand][index] += value
                    }
                }
            }
            return total
        }
    }

    private func weight(of sentence: TaggedTokens) -> Double {
        sentence.targets.reduce(0) { $1 < 0 ? $0 : $0 + Double(classWeights[Int($1)]) }
    }

    public let measure = Measure("microF1", .more)

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        let predicted = try tags(of: valid, compute)
        let metrics = EntityMetrics(references: valid.map(\.tags), predictions: predicted)
        return [Metric(measure.name, metrics.averages.micro.f1)]
    }

    /// The tags of the words of sentences.
    private func tags(of sentences: [TaggedSentence], _ compute: Compute) throws -> [[String]] {
        let path = try LabelPath(
            labels: labels, transitions: head.randomField?.transitions.floats(),
            start: head.randomField?.start.floats(), end: head.randomField?.end.floats())
        var tags = sentences.map { [String](repeating: "O", count: $0.words.count) }
        var pieces: [(sentence: Int, tokens: TaggedTokens)] = []
        for (index, sentence) in sentences.enumerated() {
            pieces += try encoding(sentence).map { (index, $0) }
        }
        let ids = pieces.map(\.tokens.ids)
        for (range, batch) in try TokenParts.split(ids, tokens: recipe.common.tokensPerPart) {
            let logits = try head(model.transformer.encoder(batch, compute), compute).floats()
            for (piece, index) in zip(pieces[range], batch.sequences.indices) {
                let start = batch.sequences[index].lowerBound
                let rows = piece.tokens.words.map { word in
                    let row = (start + word.token) * labels.count
                    return Array(logits[row..<row + labels.count])
                }
                for (word, label) in zip(piece.tokens.words, path(rows)) {
                    tags[piece.sentence][word.word] = labels[label]
                }
            }
        }
        return tags
    }

    public var modelConfiguration: JSON { model.configuration }

    public func saveModel(to folder: String) throws { try model.save(to: folder) }
}
