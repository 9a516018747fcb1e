#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a classifier is chosen by on the validation data.
struct ClassificationMeasures {
    typealias Criterion = SequenceClassificationRecipe.Criterion

    private let references: [[Int]]
    private let scores: [[Double]]
    private let labels: [String]
    private let isMultiLabel: Bool
    private let single: ClassificationMetrics?
    private let multiple: MultiLabelMetrics?

    /// - Parameters:
    ///   - logits: For each text one for each label.
    ///   - references: For each text the numbers of its labels.
    ///   - labels: The names.
    ///   - isMultiLabel: Whether a text can have any number of labels. Then those above the threshold with the largest micro-F1
    ///     are predicted; otherwise the one with the largest logit.
    init(logits: [[Double]], references: [[Int]], labels: [String], isMultiLabel: Bool) {
        self.references = references
        self.labels = labels
        self.isMultiLabel = isMultiLabel
        let scaling = TemperatureScaling(temperature: 1)
        scores = logits.map { row in isMultiLabel ? row.map(scaling.sigmoid) : scaling.softmax(row) }
        if isMultiLabel {
            let threshold = ThresholdTuning.shared(
                references: references, scores: scores, labelCount: labels.count
            ).threshold
            let predictions = ThresholdTuning.predictions(
                scores: scores, thresholds: Array(repeating: threshold, count: labels.count))
            multiple = MultiLabelMetrics(references: references, predictions: predictions, labels: labels)
            single = nil
        } else {
            single = ClassificationMetrics(
                references: references.map { $0.first ?? 0 }, predictions: scores.map { $0.indexOfMaximum ?? 0 },
                labels: labels)
            multiple = nil
        }
    }

    /// Measures one label against all others together, whose probability is what it leaves.
    /// - Parameters:
    ///   - logits: For each text one for each label, which exclude each other.
    ///   - references: For each text the number of its label.
    ///   - labels: The names.
    ///   - negative: The number of the one label.
    init(logits: [[Double]], references: [[Int]], labels: [String], against negative: Int) {
        let collapsed = logits.map { row in
            let others = row.indices.filter { $0 != negative }.map { row[$0] }
            let largest = others.max() ?? 0
            // The logarithm of their probabilities' sum, up to what all logits share.
            return [row[negative], largest + log(others.reduce(0) { $0 + exp($1 - largest) })]
        }
        self.init(
            logits: collapsed, references: references.map { [$0.first == negative ? 0 : 1] },
            labels: [labels[negative], "not \(labels[negative])"], isMultiLabel: false)
    }

    /// The measures beside one; correlation is of one label a text.
    func others(than first: Criterion) -> [Criterion] {
        Criterion.allCases.filter { $0 != first && !(isMultiLabel && $0 == .correlation) }
    }

    func value(_ criterion: Criterion) -> Double {
        switch criterion {
        case .accuracy: single?.accuracy ?? multiple?.subsetAccuracy ?? 0
        case .macroF1: (single?.averages ?? multiple?.averages)?.macro.f1 ?? 0
        case .microF1: (single?.averages ?? multiple?.averages)?.micro.f1 ?? 0
        case .correlation: single?.matthewsCorrelation ?? 0
        case .averagePrecision: averagePrecision
        }
    }

    /// Of the second of two classes; otherwise the mean over all.
    private var averagePrecision: Double {
        guard isMultiLabel || labels.count != 2 else {
            return PrecisionRecallCurve(isPositive: references.map { $0.first == 1 }, scores: scores.map { $0[1] })
                .averagePrecision
        }
        return RankingMetrics(references: references, scores: scores, classCount: labels.count).averagePrecision.macro
            ?? 0
    }
}
