/// How often a vulnerable function is scored above its fixed version: what remains of a score when all that both have in
/// common says nothing.
public struct PairMetrics: Sendable, Equatable {
    /// Pairs in which the vulnerable function has the higher score.
    public let right: Int
    /// Pairs with equal scores.
    public let ties: Int
    /// Pairs in which the fixed one has the higher score.
    public let wrong: Int
    private let values: [Double]

    /// Compares scores.
    /// - Parameters:
    ///   - vulnerable: the scores before the fixes, not NaN.
    ///   - fixed: the scores after them, of the same pairs.
    public init(vulnerable: [Double], fixed: [Double]) {
        precondition(vulnerable.count == fixed.count, "scores are of different pairs")
        values = zip(vulnerable, fixed).map { $0 > $1 ? 1 : $0 == $1 ? 0.5 : 0 }
        right = values.count { $0 == 1 }
        ties = values.count { $0 == 0.5 }
        wrong = values.count - right - ties
    }

    /// The share of right pairs, where a tie counts half: 0.5 is chance.
    public var accuracy: Double { Ratio.mean(values) }

    /// The 95 % interval of the accuracy by resampling pairs; nil without pairs.
    public func interval(seed: UInt64 = 0) -> ClosedRange<Double>? { Bootstrap.interval(mean: values, seed: seed) }
}
