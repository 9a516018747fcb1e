/// Average precision and area under the ROC curve of each class against all others, and their averages, as scikit-learn's
/// `average_precision_score` and `roc_auc_score(multi_class="ovr")`.
public struct RankingMetrics: Sendable {
    /// A figure of each class, and averages.
    public struct Averages: Sendable, Equatable {
        /// Of each class; nil where it is not defined.
        public let perClass: [Double?]
        /// The mean over the classes where it is defined; nil when there are none.
        public let macro: Double?
        /// The same weighted by the number of positive examples; nil when there are none.
        public let weighted: Double?
        /// Of all decisions together, an example and a class each; nil when not defined.
        public let micro: Double?

        init(perClass: [Double?], support: [Int], micro: Double?) {
            self.perClass = perClass
            self.micro = micro
            let defined = zip(perClass, support).compactMap { value, count in value.map { ($0, Double(count)) } }
            macro = defined.isEmpty ? nil : Ratio.mean(defined.map(\.0))
            weighted =
                defined.allSatisfy { $0.1 == 0 } ? nil : Ratio.mean(defined.map(\.0), weights: defined.map(\.1))
        }
    }

    /// Average precision; a class without positive examples counts 0, as in scikit-learn.
    public let averagePrecision: Averages
    /// Area under the ROC curve; classes without positive or without negative examples are left out of the averages.
    public let rocArea: Averages

    /// Ranks examples by their scores for each class.
    /// - Parameters:
    ///   - references: for each example the indices of its classes: one, or for several labels any number.
    ///   - scores: for each example a score for each class, higher for more probable; not NaN.
    ///   - classCount: number of classes.
    public init(references: [[Int]], scores: [[Double]], classCount: Int) {
        precondition(references.count == scores.count, "references and scores are of different examples")
        var isPositive = Array(repeating: Array(repeating: false, count: references.count), count: classCount)
        for (example, classes) in references.enumerated() {
            for index in classes { isPositive[index][example] = true }
        }
        let columns = (0..<classCount).map { index in scores.map { $0[index] } }
        let ladders = zip(isPositive, columns).map { ScoreLadder(isPositive: $0, scores: $1) }
        let all = ScoreLadder(isPositive: Array(isPositive.joined()), scores: Array(columns.joined()))
        let support = ladders.map(\.positives)
        averagePrecision = Averages(
            perClass: ladders.map { PrecisionRecallCurve($0).averagePrecision }, support: support,
            micro: PrecisionRecallCurve(all).averagePrecision)
        rocArea = Averages(perClass: ladders.map { ROCCurve($0).area }, support: support, micro: ROCCurve(all).area)
    }
}
