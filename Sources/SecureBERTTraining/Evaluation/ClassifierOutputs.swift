import SecureBERT

/// What a classifier says about texts, window logits merged as `TextClassifier` merges them.
public struct ClassifierOutputs: Sendable {
    /// For each text a logit for each label.
    public let logits: [[Double]]
    /// The labels, in their order.
    public let labels: [String]
    /// Whether each label is present or not, whatever the others are.
    public let isMultiLabel: Bool

    /// Runs a model over texts.
    /// - Parameters:
    ///   - classifier: The model.
    ///   - texts: What it reads.
    ///   - withNgrams: Whether what n-grams of its folder add counts.
    ///   - progress: Told how many texts are done.
    public init(
        _ classifier: TextClassifier, _ texts: [String], withNgrams: Bool = true,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        var logits: [[Double]] = []
        for start in stride(from: 0, to: texts.count, by: 32) {
            let part = texts[start..<min(start + 32, texts.count)].map { TextInput($0) }
            logits += try classifier.logits(part, mode: classifier.defaultMode, truncate: false, withNgrams: withNgrams)
                .map { $0.logits.map(Double.init) }
            progress(logits.count, texts.count)
        }
        self.init(logits: logits, labels: classifier.labels, isMultiLabel: classifier.defaultMode == .sigmoid)
    }

    /// Logits that are known.
    package init(logits: [[Double]], labels: [String], isMultiLabel: Bool) {
        (self.logits, self.labels, self.isMultiLabel) = (logits, labels, isMultiLabel)
    }

    /// Probabilities, logits divided by a temperature before softmax or sigmoid.
    func probabilities(temperature: Double = 1) -> [[Double]] {
        let scaling = TemperatureScaling(temperature: temperature)
        return logits.map { row in isMultiLabel ? row.map(scaling.sigmoid) : scaling.softmax(row) }
    }
}

extension ClassifierCalibration {
    /// What thresholds are chosen for.
    public enum Thresholds: String, Sendable, CaseIterable {
        /// For several labels a text: the one for all with the largest micro-F1.
        case shared
        /// For several labels a text: one for each with its largest F1, for labels with few examples the shared one.
        case perLabel = "per-label"
    }

    /// Labels with fewer examples than this do not have a threshold of their own.
    static let minimumExamples = 5

    /// Chooses the temperature with the smallest negative log-likelihood, then thresholds on the scaled probabilities: of several
    /// labels as asked; of two that exclude each other the one with the largest Matthews correlation for the second.
    /// - Parameters:
    ///   - outputs: Of texts that the model was not trained on.
    ///   - references: For each text the numbers of its labels.
    ///   - source: What the texts are called.
    public init(_ outputs: ClassifierOutputs, references: [[Int]], thresholds kind: Thresholds, source: String) {
        let labels = outputs.labels
        let scaling =
            outputs.isMultiLabel
            ? TemperatureScaling(sigmoid: outputs.logits, references: references)
            : TemperatureScaling(softmax: outputs.logits, references: references.map { $0.first ?? 0 })
        let scores = outputs.probabilities(temperature: scaling.temperature)
        var thresholds: [Double] = []
        if outputs.isMultiLabel {
            let shared = ThresholdTuning.shared(references: references, scores: scores, labelCount: labels.count)
            thresholds = Array(repeating: shared.threshold, count: labels.count)
            if kind == .perLabel {
                let own = ThresholdTuning.perLabel(
                    references: references, scores: scores, labelCount: labels.count, fallback: shared.threshold)
                for label in labels.indices
                where references.count(where: { $0.contains(label) }) >= Self.minimumExamples {
                    thresholds[label] = own[label].threshold
                }
            }
        } else if labels.count == 2 {
            let best = ThresholdTuning.correlation(
                isPositive: references.map { $0.first == 1 }, scores: scores.map { $0[1] })
            thresholds = [1 - best, best]
        }
        self.init(
            temperature: scaling.temperature,
            thresholds: Dictionary(zip(labels, thresholds), uniquingKeysWith: { first, _ in first }), source: source)
    }
}
