/// How many were found, how many of them rightly, and how many there are: what precision, recall and F1 are made of.
public struct MatchCounts: Sendable, Equatable {
    /// Found, and there.
    public var truePositives: Int
    /// All that were found.
    public var predicted: Int
    /// All that are there; scikit-learn calls it support.
    public var actual: Int

    /// Counts, zero unless given.
    public init(truePositives: Int = 0, predicted: Int = 0, actual: Int = 0) {
        (self.truePositives, self.predicted, self.actual) = (truePositives, predicted, actual)
    }

    /// The share of those found that are there; 0 when nothing was found.
    public var precision: Double { Ratio.of(truePositives, predicted) }
    /// The share of those there that were found; 0 when nothing is there.
    public var recall: Double { Ratio.of(truePositives, actual) }
    /// The harmonic mean of both; 0 when nothing was found and nothing is there.
    public var f1: Double { Ratio.of(2 * truePositives, predicted + actual) }

    /// ``f1``; nil when nothing was found and nothing is there.
    var definedF1: Double? { predicted + actual == 0 ? nil : f1 }

    /// Matthews' correlation coefficient of this class against all others together; 0 when all examples or none were taken to be
    /// of it, as in scikit-learn.
    /// - Parameter total: How many examples there are.
    /// - Returns: The coefficient; nil when all examples or none are of the class.
    public func matthewsCorrelation(among total: Int) -> Double? {
        guard actual > 0, actual < total else { return nil }
        let (wrong, missed) = (predicted - truePositives, actual - truePositives)
        return ConfusionMatrix(
            counts: [[total - actual - wrong, wrong], [missed, truePositives]]
        ).matthewsCorrelation
    }

    /// The sums of both.
    public static func += (sum: inout MatchCounts, other: MatchCounts) {
        sum.truePositives += other.truePositives
        sum.predicted += other.predicted
        sum.actual += other.actual
    }
}

/// Division as the metrics do it.
enum Ratio {
    /// The quotient; 0 when the denominator is, as scikit-learn's `zero_division=0`.
    static func of(_ numerator: Double, _ denominator: Double) -> Double {
        denominator == 0 ? 0 : numerator / denominator
    }

    /// The quotient; 0 when the denominator is.
    static func of(_ numerator: Int, _ denominator: Int) -> Double { of(Double(numerator), Double(denominator)) }

    /// The mean; 0 of nothing.
    static func mean(_ values: [Double]) -> Double { of(values.reduce(0, +), Double(values.count)) }

    /// The mean with weights; 0 when all weights are.
    static func mean(_ values: [Double], weights: [Double]) -> Double {
        of(zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }, weights.reduce(0, +))
    }

    /// The mean of those that are defined; nil when none is.
    static func meanOfDefined(_ values: [Double?]) -> Double? {
        let defined = values.compactMap { $0 }
        return defined.isEmpty ? nil : mean(defined)
    }
}
