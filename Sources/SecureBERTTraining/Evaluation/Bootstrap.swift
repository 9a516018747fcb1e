/// Confidence intervals by resampling (Efron 1979): what a figure would have been on other samples of the same kind.
public enum Bootstrap {
    /// The 95 % interval of any figure, by 1,000 samples drawn with replacement.
    /// - Parameters:
    ///   - count: number of units that were sampled independently: sentences, documents, queries.
    ///   - seed: of the random numbers; equal seeds give equal intervals.
    ///   - statistic: the figure of a sample, given the indices of its units; nil when a sample has none, and another is drawn.
    /// - Returns: the bounds; nil when there is nothing to sample from or hardly a sample has a figure.
    public static func interval(
        count: Int, seed: UInt64, _ statistic: ([Int]) -> Double?
    ) -> ClosedRange<Double>? {
        guard count > 0 else { return nil }
        var random = SeededRandom(seed: seed)
        var sample = [Int](repeating: 0, count: count)
        var values: [Double] = []
        values.reserveCapacity(samples)
        for _ in 0..<samples * maximumTries {
            for index in sample.indices { sample[index] = random.next(below: count) }
            if let value = statistic(sample) { values.append(value) }
            if values.count == samples { break }
        }
        guard values.count == samples else { return nil }
        values.sort()
        return values[samples / 40]...values[samples - 1 - samples / 40]
    }

    /// The 95 % interval of a mean.
    public static func interval(mean values: [Double], seed: UInt64) -> ClosedRange<Double>? {
        interval(count: values.count, seed: seed) { sample in
            sample.reduce(0) { $0 + values[$1] } / Double(sample.count)
        }
    }

    /// The 95 % interval of a ratio of sums.
    /// - Parameter units: numerator and denominator of each unit.
    /// - Returns: the bounds; nil when there is nothing to sample from or all denominators are zero.
    public static func interval(_ units: [(Double, Double)], seed: UInt64) -> ClosedRange<Double>? {
        guard units.contains(where: { $0.1 != 0 }) else { return nil }
        return interval(count: units.count, seed: seed) { sample in
            var (numerator, denominator) = (0.0, 0.0)
            for index in sample {
                numerator += units[index].0
                denominator += units[index].1
            }
            // A sample of only empty units has no ratio.
            return denominator == 0 ? nil : numerator / denominator
        }
    }

    private static let samples = 1000
    /// So many times as many samples are drawn at most.
    private static let maximumTries = 20
}

extension SeededRandom {
    /// A number in `0..<bound`; the bias of at most `bound / 2^64` does not matter here.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
