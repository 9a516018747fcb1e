/// How well positive examples (vulnerable functions) were told from negative ones by a score.
public struct BinaryMetrics: Sendable {
    /// Predicted positive and are.
    public let counts: MatchCounts
    /// Number of examples.
    public let total: Int
    /// The share of right predictions.
    public let accuracy: Double
    /// Matthews' correlation coefficient; 0 when it is not defined.
    public let matthewsCorrelation: Double
    /// Average precision (area under the precision-recall curve), whatever the threshold; 0 when nothing is positive.
    public let averagePrecision: Double
    /// The area under the ROC curve, whatever the threshold; nil when all examples are of one class.
    public let rocArea: Double?
    /// The threshold used.
    public let threshold: Double
    private let isPositive: [Bool]
    private let scores: [Double]

    /// Compares scores with what is.
    /// - Parameters:
    ///   - isPositive: what each example is.
    ///   - scores: higher for more probably positive; not NaN.
    ///   - threshold: an example with at least this score is predicted positive.
    public init(isPositive: [Bool], scores: [Double], threshold: Double = 0.5) {
        let ladder = ScoreLadder(isPositive: isPositive, scores: scores)
        let step = ladder.steps.last { $0.threshold >= threshold }
        let (found, wrong) = (step?.truePositives ?? 0, step?.falsePositives ?? 0)
        counts = MatchCounts(truePositives: found, predicted: found + wrong, actual: ladder.positives)
        total = scores.count
        let trueNegatives = ladder.negatives - wrong
        accuracy = Ratio.of(found + trueNegatives, total)
        matthewsCorrelation = counts.matthewsCorrelation(among: total) ?? 0
        averagePrecision = PrecisionRecallCurve(ladder).averagePrecision
        rocArea = ROCCurve(ladder).area
        self.threshold = threshold
        self.isPositive = isPositive
        self.scores = scores
    }

    /// How many negative and positive examples (rows) were predicted negative and positive (columns).
    var confusion: [[Int]] {
        let wrong = counts.predicted - counts.truePositives
        return [
            [total - counts.actual - wrong, wrong], [counts.actual - counts.truePositives, counts.truePositives],
        ]
    }

    /// The counts of the negative class.
    var negativeCounts: MatchCounts {
        MatchCounts(
            truePositives: confusion[0][0], predicted: total - counts.predicted, actual: total - counts.actual)
    }

    /// The 95 % interval of a figure by resampling examples; nil without examples.
    /// - Parameters:
    ///   - seed: of the samples.
    ///   - statistic: a figure; nil where a sample has none.
    public func interval(seed: UInt64 = 0, _ statistic: (BinaryMetrics) -> Double?) -> ClosedRange<Double>? {
        Bootstrap.interval(count: total, seed: seed) { sample in
            statistic(
                BinaryMetrics(
                    isPositive: sample.map { isPositive[$0] }, scores: sample.map { scores[$0] }, threshold: threshold))
        }
    }

    /// The figures of each group of examples, such as those of one project, by the bytes of the groups' names.
    /// - Parameter groups: for each example its group; those without are left out.
    public func grouped(by groups: [String?]) -> [(group: String, metrics: BinaryMetrics)] {
        precondition(groups.count == total, "groups are of different examples")
        var members: [String: [Int]] = [:]
        for (index, group) in groups.enumerated() { if let group { members[group, default: []].append(index) } }
        return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0, subset($1)) }
    }

    /// For each kind of positive example (weakness), the figures of these beside all negative ones, by the bytes of the
    /// kinds' names. Recall says how many of the kind are found; precision, accuracy and average precision depend on how
    /// rare the kind is and compare only within this table.
    /// - Parameter kinds: for each example the kinds it is of; an example of several counts for each.
    public func byKind(_ kinds: [[String]]) -> [(kind: String, metrics: BinaryMetrics)] {
        precondition(kinds.count == total, "kinds are of different examples")
        let negatives = isPositive.indices.filter { !isPositive[$0] }
        var members: [String: [Int]] = [:]
        for (index, names) in kinds.enumerated() where isPositive[index] {
            for name in Set(names) { members[name, default: []].append(index) }
        }
        return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { ($0, subset($1 + negatives)) }
    }

    /// The counts of the groups of ``grouped(by:)``, to resample examples.
    func groupCounts(by groups: [String?]) -> GroupCounts {
        GroupCounts(exampleCounts, groups: groups.map { name in name.map { [$0] } ?? [] })
    }

    /// The counts of the kinds of ``byKind(_:)``, to resample examples.
    func groupCounts(byKind kinds: [[String]]) -> GroupCounts {
        GroupCounts(exampleCounts, groups: zip(isPositive, kinds).map { isPositive, names in isPositive ? names : nil })
    }

    private var exampleCounts: [MatchCounts] {
        zip(isPositive, scores).map { isPositive, score in
            let isPredicted = score >= threshold
            return MatchCounts(
                truePositives: isPositive && isPredicted ? 1 : 0, predicted: isPredicted ? 1 : 0,
                actual: isPositive ? 1 : 0)
        }
    }

    private func subset(_ indices: [Int]) -> BinaryMetrics {
        BinaryMetrics(
            isPositive: indices.map { isPositive[$0] }, scores: indices.map { scores[$0] }, threshold: threshold)
    }
}
