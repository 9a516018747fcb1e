/// How well examples with one class each were told apart, as scikit-learn defines the figures.
public struct ClassificationMetrics: Sendable {
    /// The classes' names.
    public let labels: [String]
    /// What was taken for what.
    public let confusion: ConfusionMatrix
    /// The counts of each class.
    public let counts: [MatchCounts]
    /// Averages over the classes that occur in references or predictions; scikit-learn's default without `labels`.
    public let averages: ClassAverages
    private let references: [Int]
    private let predictions: [Int]

    /// Compares predictions with references.
    /// - Parameters:
    ///   - references: the right class of each example, an index of `labels`.
    ///   - predictions: the class predicted.
    ///   - labels: the names of the classes.
    public init(references: [Int], predictions: [Int], labels: [String]) {
        self.labels = labels
        self.references = references
        self.predictions = predictions
        confusion = ConfusionMatrix(references: references, predictions: predictions, classCount: labels.count)
        counts = confusion.perClass
        averages = Self.averages(counts)
    }

    /// The share of right predictions.
    public var accuracy: Double { confusion.accuracy }
    /// Matthews' correlation coefficient.
    public var matthewsCorrelation: Double { confusion.matthewsCorrelation }
    /// That of each class against all others; nil for a class that all examples or none are of.
    public var matthewsCorrelations: [Double?] {
        counts.map { $0.matthewsCorrelation(among: references.count) }
    }

    private static func averages(_ counts: [MatchCounts]) -> ClassAverages {
        ClassAverages(counts.filter { $0.actual + $0.predicted > 0 })
    }

    /// The 95 % interval of a figure by resampling examples; nil without examples.
    /// - Parameters:
    ///   - seed: of the samples.
    ///   - statistic: of what was taken for what, and of the averages.
    public func interval(
        seed: UInt64 = 0, _ statistic: (ConfusionMatrix, ClassAverages) -> Double
    ) -> ClosedRange<Double>? {
        Bootstrap.interval(count: references.count, seed: seed) { sample in
            let matrix = ConfusionMatrix(
                references: sample.map { references[$0] }, predictions: sample.map { predictions[$0] },
                classCount: labels.count)
            return statistic(matrix, Self.averages(matrix.perClass))
        }
    }
}

extension [Double] {
    /// The index of the largest element, the first of equal ones; nil when there is none.
    public var indexOfMaximum: Int? {
        indices.reduce(nil as Int?) { best, index in best.map { self[index] > self[$0] ? index : $0 } ?? index }
    }
}
