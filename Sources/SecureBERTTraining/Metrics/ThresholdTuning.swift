/// Finds the thresholds above which labels are predicted, on a validation split.
public enum ThresholdTuning {
    /// A threshold, and the F1 it gives on the examples it was found on.
    public struct Choice: Sendable, Equatable {
        /// Predict a label when its score is at least this.
        public let threshold: Double
        /// F1 with that; 0 when no example has the label.
        public let f1: Double
    }

    /// The threshold with the largest F1. Between the lowest score that is predicted and the next below it, the middle is
    /// taken: both give the same on these examples, and the middle errs least on others. Of equally good thresholds the
    /// highest is taken, and `fallback` when no example is positive or no score finds one.
    /// - Parameters:
    ///   - isPositive: for each example whether it has the label.
    ///   - scores: its scores, not NaN.
    ///   - fallback: the threshold where none is best.
    public static func best(isPositive: [Bool], scores: [Double], fallback: Double = 0.5) -> Choice {
        best(ScoreLadder(isPositive: isPositive, scores: scores), fallback)
    }

    /// The best threshold of each label, by itself.
    /// - Parameters:
    ///   - references: for each example the indices of its labels.
    ///   - scores: for each example a score for each label.
    ///   - labelCount: number of labels.
    ///   - fallback: the threshold where none is best.
    public static func perLabel(
        references: [[Int]], scores: [[Double]], labelCount: Int, fallback: Double = 0.5
    ) -> [Choice] {
        (0..<labelCount).map { label in
            best(
                isPositive: references.map { $0.contains(label) }, scores: scores.map { $0[label] }, fallback: fallback)
        }
    }

    /// The one threshold for all labels with the largest micro-F1.
    public static func shared(
        references: [[Int]], scores: [[Double]], labelCount: Int, fallback: Double = 0.5
    ) -> Choice {
        var isPositive: [Bool] = []
        var all: [Double] = []
        for (labels, scores) in zip(references, scores) {
            var row = [Bool](repeating: false, count: labelCount)
            for label in labels { row[label] = true }
            isPositive += row
            all += scores
        }
        return best(isPositive: isPositive, scores: all, fallback: fallback)
    }

    /// The labels whose scores reach their thresholds.
    public static func predictions(scores: [[Double]], thresholds: [Double]) -> [[Int]] {
        scores.map { row in row.indices.filter { row[$0] >= thresholds[$0] } }
    }

    /// The threshold with the largest Matthews correlation, half way to the next lower score.
    /// - Returns: `fallback` when no threshold does better than chance.
    public static func correlation(isPositive: [Bool], scores: [Double], fallback: Double = 0.5) -> Double {
        let ladder = ScoreLadder(isPositive: isPositive, scores: scores)
        var (threshold, best) = (fallback, 0.0)
        for (index, step) in ladder.steps.enumerated() {
            let (found, wrong) = (step.truePositives, step.falsePositives)
            let value = ConfusionMatrix(
                counts: [[ladder.negatives - wrong, wrong], [ladder.positives - found, found]]
            ).matthewsCorrelation
            guard value > best else { continue }
            best = value
            let below = index + 1 < ladder.steps.count ? ladder.steps[index + 1].threshold : step.threshold
            threshold = middle(step.threshold, below)
        }
        return threshold
    }

    private static func best(_ ladder: ScoreLadder, _ fallback: Double) -> Choice {
        var choice = Choice(threshold: fallback, f1: 0)
        for (index, step) in ladder.steps.enumerated() {
            let counts = MatchCounts(
                truePositives: step.truePositives, predicted: step.truePositives + step.falsePositives,
                actual: ladder.positives)
            guard counts.f1 > choice.f1 else { continue }
            let below = index + 1 < ladder.steps.count ? ladder.steps[index + 1].threshold : step.threshold
            choice = Choice(threshold: middle(step.threshold, below), f1: counts.f1)
        }
        return choice
    }

    /// Half way, unless rounding or an infinity leads to the lower end or out.
    private static func middle(_ upper: Double, _ lower: Double) -> Double {
        let middle = lower + (upper - lower) / 2
        return middle > lower && middle <= upper ? middle : upper
    }
}
