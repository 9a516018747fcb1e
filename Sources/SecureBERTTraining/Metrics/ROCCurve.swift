/// The true positive rate against the false positive rate over all thresholds, as scikit-learn's `roc_curve` without
/// `drop_intermediate`.
public struct ROCCurve: Sendable {
    /// What a threshold gives.
    public struct Point: Sendable, Equatable {
        /// Examples with at least this score are predicted positive; infinite for the first point.
        public let threshold: Double
        /// The share of negative examples predicted positive.
        public let falsePositiveRate: Double
        /// The share of positive examples predicted positive.
        public let truePositiveRate: Double
    }

    /// From (0, 0) on, a point for each score that occurs, from the highest to the lowest.
    public let points: [Point]
    /// The area under the curve, by trapezoids; nil when all examples are of one class.
    public let area: Double?

    /// The curve of scores, which must not be NaN.
    public init(isPositive: [Bool], scores: [Double]) {
        self.init(ScoreLadder(isPositive: isPositive, scores: scores))
    }

    init(_ ladder: ScoreLadder) {
        let (positives, negatives) = (ladder.positives, ladder.negatives)
        points =
            [Point(threshold: .infinity, falsePositiveRate: 0, truePositiveRate: 0)]
            + ladder.steps.map { step in
                Point(
                    threshold: step.threshold, falsePositiveRate: Ratio.of(step.falsePositives, negatives),
                    truePositiveRate: Ratio.of(step.truePositives, positives))
            }
        guard positives > 0, negatives > 0 else {
            area = nil
            return
        }
        area = zip(points, points.dropFirst()).reduce(0) { sum, pair in
            sum + (pair.1.falsePositiveRate - pair.0.falsePositiveRate)
                * (pair.1.truePositiveRate + pair.0.truePositiveRate) / 2
        }
    }
}
