/// Precision, recall and F1 over several classes, as seqeval and scikit-learn average them.
public struct ClassAverages: Sendable, Equatable {
    /// One way of averaging.
    public struct Scores: Sendable, Equatable {
        /// Averaged precision.
        public let precision: Double
        /// Averaged recall.
        public let recall: Double
        /// Averaged F1: of macro and weighted the mean of the classes' F1, not the F1 of the means.
        public let f1: Double

        init(_ counts: MatchCounts) {
            (precision, recall, f1) = (counts.precision, counts.recall, counts.f1)
        }

        init(_ classes: [MatchCounts], weights: [Double]) {
            precision = Ratio.mean(classes.map(\.precision), weights: weights)
            recall = Ratio.mean(classes.map(\.recall), weights: weights)
            f1 = Ratio.mean(classes.map(\.f1), weights: weights)
        }
    }

    /// Of the sums over all classes.
    public let micro: Scores
    /// The mean over the classes; 0 without classes.
    public let macro: Scores
    /// The mean weighted by how many there are of each class; 0 when there are none.
    public let weighted: Scores

    /// Averages over classes.
    public init(_ classes: [MatchCounts]) {
        micro = Scores(classes.reduce(into: MatchCounts()) { $0 += $1 })
        macro = Scores(classes, weights: classes.map { _ in 1 })
        weighted = Scores(classes, weights: classes.map { Double($0.actual) })
    }
}
