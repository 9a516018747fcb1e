/// The ranks of the answers of a ``ClozeTest``.
public struct ClozeResult: Sendable {
    /// The name of the set: "objects".
    public let name: String
    /// The file it was read from.
    public let file: String
    /// For each sentence, the rank of each token of its answer, from 0.
    public let ranks: [[Int]]
    /// How many sentences were longer than the model and were read in part.
    public let shortened: Int

    package init(name: String, file: String, ranks: [[Int]], shortened: Int) {
        self.name = name
        self.file = file
        self.ranks = ranks
        self.shortened = shortened
    }

    /// The n of the top-n accuracies the papers give.
    public static let depths = [1, 2, 3, 4, 5, 10]

    /// The share of answers found, with its uncertainty.
    public struct Accuracy: Sendable, Equatable {
        /// Among how many predictions.
        public let depth: Int
        /// The share, 0...1.
        public let value: Double
        /// The 95 % interval by resampling sentences.
        public let interval: ClosedRange<Double>
    }

    /// Accuracies over the same answers.
    public struct Score: Sendable {
        /// Number of answers counted.
        public let count: Int
        /// One for each of ``ClozeResult/depths``.
        public let accuracies: [Accuracy]
        /// The mean of 1 / (worst rank + 1).
        public let meanReciprocalRank: Double
    }

    /// Over the answers that are one token, as the papers count.
    public func singleTokenScore(seed: UInt64 = 0) -> Score { Self.score(ranks.filter { $0.count == 1 }, seed) }

    /// Over all answers; one of several tokens is found when each of its tokens is.
    public func score(seed: UInt64 = 0) -> Score { Self.score(ranks, seed) }

    private static func score(_ ranks: [[Int]], _ seed: UInt64) -> Score {
        let worst = ranks.map { $0.max() ?? .max }
        let accuracies = depths.map { depth in
            let units = worst.map { ($0 < depth ? 1.0 : 0, 1.0) }
            let value = mean(units.map(\.0))
            return Accuracy(
                depth: depth, value: value, interval: Bootstrap.interval(units, seed: seed) ?? value...value)
        }
        return Score(
            count: ranks.count, accuracies: accuracies,
            meanReciprocalRank: mean(worst.map { 1 / (Double($0) + 1) }))
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
