import Crypto
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// A text with the numbers of its labels.
public struct ClassifiedText: Sendable {
    public let text: String
    public let labels: [Int]

    public init(_ text: String, labels: [Int]) {
        self.text = text
        self.labels = labels
    }
}

/// Fine-tuning for text classification, with one label a text or any number of them.
public final class SequenceClassificationTask: FinetuningTask {
    /// Windows of texts computed together.
    public struct Part {
        let batch: TokenBatch
        /// The labels of each window's text.
        let labels: [[Int]]
        /// The weights of all windows of the step.
        let denominator: Double
    }

    public let parameterSet: ParameterSet
    public var adapter: LowRankAdapter? { model.adapter }
    public let dataDigest: String
    public let samplingWeights: [Double]?
    public let measure: Measure
    /// Names of the weights that begin at random.
    public var newTensors: [String] { model.newTensors }
    private let recipe: SequenceClassificationRecipe
    private let model: FinetuningModel
    private let head: SequenceHead
    private let labels: [String]
    private var labelCount: Int { labels.count }
    private let isMultiLabel: Bool
    private let negativeLabel: Int?
    private let train: [ClassifiedText]
    private let valid: [ClassifiedText]
    /// How much each label counts; nil for all alike.
    private let labelWeights: [Float]?

    /// - Parameters:
    ///   - recipe: How to train.
    ///   - labels: The names of the labels.
    ///   - isMultiLabel: Whether a text can have any number of labels.
    ///   - negativeLabel: The label that all others are measured against, together; nil to measure each.
    ///   - normalizesIdentifiers: Whether texts are source code whose names are replaced, here and by whoever uses the model.
    ///   - train: What to learn.
    ///   - valid: What the best checkpoint is chosen on.
    ///   - seed: Decides new weights.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when the loss or the balance does not fit the labels; what loading throws.
    public init(
        _ recipe: SequenceClassificationRecipe, labels: [String], isMultiLabel: Bool, negativeLabel: Int? = nil,
        normalizesIdentifiers: Bool = false, train: [ClassifiedText], valid: [ClassifiedText], seed: UInt64,
        compute: Compute
    ) throws {
        self.recipe = recipe
        self.isMultiLabel = isMultiLabel
        self.negativeLabel = negativeLabel
        let normalizer = normalizesIdentifiers ? IdentifierNormalizer() : nil
        func prepared(_ text: ClassifiedText) -> ClassifiedText {
            normalizer.map { ClassifiedText($0(text.text), labels: text.labels) } ?? text
        }
        self.valid = valid.map(prepared)
        self.labels = labels
        let misfit: String? =
            switch (recipe.loss, recipe.balance) {
            case (.focal, _) where isMultiLabel: "the focal loss is for one label a text; use asymmetric"
            case (.asymmetric, _) where !isMultiLabel: "the asymmetric loss is for several labels a text; use focal"
            case (.asymmetric, .weights): "the asymmetric loss has no weights of labels; use balance = \"none\""
            case (_, .sampling) where isMultiLabel: "balanced sampling is for one label a text; use weights"
            default: nil
            }
        if let misfit { throw TrainingError(.mismatch, "\(recipe.common.file): \(misfit)") }
        var random = SeededRandom(seed: seed, 1)
        self.train = train.filter {
            !$0.labels.isEmpty || Double.random(in: 0..<1, using: &random) >= recipe.droppedNegatives
        }.map(prepared)
        var counts = [Double](repeating: 0, count: labels.count)
        for label in self.train.flatMap(\.labels) { counts[label] += 1 }
        let texts = Double(self.train.count)
        let balanced = counts.map { count in
            // Present against absent where labels are independent, one class against the others where they exclude each other.
            count == 0
                ? 1 : isMultiLabel ? ((texts - count) / count).squareRoot() : texts / (Double(labels.count) * count)
        }
        labelWeights = recipe.balance == .weights ? balanced.map(Float.init) : nil
        samplingWeights =
            recipe.balance == .sampling ? self.train.map { $0.labels.first.map { balanced[$0] } ?? 0 } : nil
        measure = Measure(recipe.criterion.rawValue, .more)
        model = try FinetuningModel(
            recipe.common, head: .sequenceClassification, labels: labels,
            problemType: isMultiLabel ? .multiLabelClassification : .singleLabelClassification,
            pooling: recipe.pooling?.rawValue, normalizesIdentifiers: normalizesIdentifiers, seed: seed,
            compute: compute)
        guard case .sequenceClassification(let head) = model.transformer.head else {
            throw TrainingError(.mismatch, "\(recipe.common.file): the model has no sequence classification head")
        }
        self.head = head
        parameterSet = model.parameterSet
        var hash = SHA256()
        for text in self.train + self.valid { hash.update(data: Array("\(text.labels) \(text.text)\u{1F}".utf8)) }
        dataDigest = Array(hash.finalize()).hex
    }

    public var exampleCount: Int { train.count }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        var windows: [[Int32]] = []
        var labels: [[Int]] = []
        for example in examples {
            let own = try self.windows(of: train[example].text)
            windows += own
            labels += Array(repeating: train[example].labels, count: own.count)
        }
        let denominator = labels.reduce(0) { $0 + weight(of: $1) }
        return try TokenParts.split(windows, tokens: recipe.common.tokensPerPart).map { range, batch in
            Part(batch: batch, labels: Array(labels[range]), denominator: denominator)
        }
    }

    public func tokens(of part: Part) -> Int { part.batch.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor {
        let logits = try logits(of: part.batch, compute)
        guard isMultiLabel else {
            let targets = part.labels.map { Int32($0.first ?? -1) }
            guard recipe.loss == .focal else {
                return try compute.crossEntropy(
                    logits, targets, weights: labelWeights, smoothing: recipe.smoothing, denominator: part.denominator)
            }
            let focal = FocalLoss(focus: recipe.focus, classWeights: labelWeights)
            return try compute.loss(of: [logits]) { focal($0[0], targets, denominator: part.denominator) }
        }
        let binary: BinaryLoss =
            recipe.loss == .asymmetric
            ? .asymmetric(negativeFocus: recipe.focus) : .crossEntropy(positiveWeights: labelWeights)
        // Smoothed, present and absent are as sure as 1 - smoothing / 2.
        let (absent, present) = (recipe.smoothing / 2, 1 - recipe.smoothing / 2)
        var targets = [Float](repeating: absent, count: part.labels.count * labelCount)
        for (row, labels) in part.labels.enumerated() {
            for label in labels { targets[row * labelCount + label] = present }
        }
        return try compute.loss(of: [logits]) {
            binary($0[0], targets, labels: self.labelCount, denominator: part.denominator)
        }
    }

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        let rows = try logits(of: valid.map(\.text), compute).map { $0.map(Double.init) }
        let measures =
            if let negativeLabel {
                ClassificationMeasures(
                    logits: rows, references: valid.map(\.labels), labels: labels, against: negativeLabel)
            } else {
                ClassificationMeasures(
                    logits: rows, references: valid.map(\.labels), labels: labels, isMultiLabel: isMultiLabel)
            }
        let first = recipe.criterion
        return [Metric(first.rawValue, measures.value(first))]
            + measures.others(than: first).map { Metric($0.rawValue, measures.value($0)) }
    }

    public var modelConfiguration: JSON { model.configuration }

    public func saveModel(to folder: String) throws { try model.save(to: folder) }

    /// The logits of texts, windows merged as ``TextClassifier`` merges them.
    private func logits(of texts: [String], _ compute: Compute) throws -> [[Float]] {
        let windowed = try texts.map { try windows(of: $0) }
        let all = windowed.flatMap { $0 }
        var rows: [[Float]] = []
        for (_, batch) in try TokenParts.split(all, tokens: recipe.common.tokensPerPart) {
            let logits = try logits(of: batch, compute).floats()
            for row in 0..<batch.sequences.count {
                rows.append(Array(logits[row * labelCount..<(row + 1) * labelCount]))
            }
        }
        var next = 0
        return windowed.map { windows in
            defer { next += windows.count }
            let own = Array(rows[next..<next + windows.count])
            return isMultiLabel
                ? WindowMerging.maximum(own) : WindowMerging.weightedMean(own, windows.map { Float($0.count) })
        }
    }

    private func logits(of batch: TokenBatch, _ compute: Compute) throws -> Tensor {
        try head(model.transformer.encoder(batch, compute), batch.sequences, compute)
    }

    private func windows(of text: String) throws -> [[Int32]] {
        try model.tokenizer.encodeWindows(
            text,
            truncation: Truncation(
                maximumLength: model.maximumTokens, stride: min(recipe.overlap, model.maximumTokens / 2))
        ).map(\.ids)
    }

    private func weight(of labels: [Int]) -> Double {
        if isMultiLabel { return Double(labelCount) }
        guard let label = labels.first else { return 0 }
        return Double(labelWeights?[label] ?? 1)
    }
}
