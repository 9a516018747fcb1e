/// Precision against recall over all thresholds, as scikit-learn's `precision_recall_curve`.
public struct PrecisionRecallCurve: Sendable {
    /// What a threshold gives.
    public struct Point: Sendable, Equatable {
        /// Examples with at least this score are predicted positive.
        public let threshold: Double
        /// Precision of that.
        public let precision: Double
        /// Recall of that; 1 when no example is positive.
        public let recall: Double
    }

    /// A point for each score that occurs, from the highest to the lowest: recall never falls.
    public let points: [Point]

    /// The curve of scores, which must not be NaN.
    public init(isPositive: [Bool], scores: [Double]) {
        self.init(ScoreLadder(isPositive: isPositive, scores: scores))
    }

    init(_ ladder: ScoreLadder) {
        let positives = ladder.positives
        points = ladder.steps.map { step in
            Point(
                threshold: step.threshold,
                precision: Ratio.of(step.truePositives, step.truePositives + step.falsePositives),
                recall: positives == 0 ? 1 : Ratio.of(step.truePositives, positives))
        }
    }

    /// The sum of precisions times the steps in recall, without interpolation; 0 when no example is positive. Also called the
    /// area under the precision-recall curve.
    public var averagePrecision: Double {
        var (area, recall) = (0.0, 0.0)
        for point in points {
            area += (point.recall - recall) * point.precision
            recall = point.recall
        }
        return area
    }
}
