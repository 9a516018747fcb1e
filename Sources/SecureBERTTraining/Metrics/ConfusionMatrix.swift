/// How often each class was taken for each.
public struct ConfusionMatrix: Sendable, Equatable {
    /// `counts[r][p]`: examples of class r that were taken for class p.
    public let counts: [[Int]]

    /// Counts pairs.
    /// - Parameters:
    ///   - references: the right class of each example, below `classCount`.
    ///   - predictions: the class predicted.
    ///   - classCount: number of classes.
    public init(references: [Int], predictions: [Int], classCount: Int) {
        precondition(references.count == predictions.count, "references and predictions are of different examples")
        var counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
        for (reference, prediction) in zip(references, predictions) { counts[reference][prediction] += 1 }
        self.counts = counts
    }

    /// A matrix counted elsewhere; square.
    init(counts: [[Int]]) { self.counts = counts }

    /// Number of examples.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Number of examples of each class.
    public var actual: [Int] { counts.map { $0.reduce(0, +) } }

    /// Number of predictions of each class.
    public var predicted: [Int] { counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } } }

    /// The share of examples on the diagonal.
    public var accuracy: Double { Ratio.of(counts.indices.reduce(0) { $0 + counts[$1][$1] }, total) }

    /// Counts for precision, recall and F1 of each class.
    public var perClass: [MatchCounts] {
        let (actual, predicted) = (actual, predicted)
        return counts.indices.map {
            MatchCounts(truePositives: counts[$0][$0], predicted: predicted[$0], actual: actual[$0])
        }
    }

    /// Matthews' correlation coefficient, for several classes as Gorodkin generalized it (2004); 0 when all examples are, or
    /// were taken to be, of one class.
    public var matthewsCorrelation: Double {
        let (actual, predicted) = (actual.map(Double.init), predicted.map(Double.init))
        let total = Double(total)
        let right = Double(counts.indices.reduce(0) { $0 + counts[$1][$1] })
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let covariance = right * total - product(actual, predicted)
        let variances = (total * total - product(predicted, predicted)) * (total * total - product(actual, actual))
        return variances == 0 ? 0 : covariance / variances.squareRoot()
    }
}
