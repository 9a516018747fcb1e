/// Confidence intervals by resampling (Efron 1979): what a figure would have been on other samples of the same kind.
public enum Bootstrap {
    /// The 95 % interval of any figure, by 1,000 samples drawn with replacement.
    /// - Parameters:
    ///   - count: number of units that were sampled independently: sentences, documents, queries.
    ///   - seed: of the random numbers; equal seeds give equal intervals.
    ///   - statistic: the figure of a sample, given the indices of its units; nil when a sample has none.
    /// - Returns: the bounds; nil when there is nothing to sample from or hardly a sample has a figure.
    public static func interval(
        count: Int, seed: UInt64, _ statistic: ([Int]) -> Double?
    ) -> ClosedRange<Double>? {
        intervals(count: count, seed: seed, { [statistic($0)] }).first ?? nil
    }

    /// The 95 % intervals of several figures of the same samples.
    /// - Parameters:
    ///   - count: how many units there are.
    ///   - seed: of the samples.
    ///   - statistics: the figures of a sample, always as many.
    /// - Returns: the bounds of each figure, by the samples that have it; nil when fewer than one sample in twenty has.
    public static func intervals(
        count: Int, seed: UInt64, _ statistics: ([Int]) -> [Double?]
    ) -> [ClosedRange<Double>?] {
        guard count > 0 else { return [] }
        var random = SeededRandom(seed: seed)
        var sample = [Int](repeating: 0, count: count)
        var values: [[Double]] = []
        for _ in 0..<samples {
            for index in sample.indices { sample[index] = random.next(below: count) }
            let figures = statistics(sample)
            if values.isEmpty { values = Array(repeating: [], count: figures.count) }
            for (index, figure) in figures.enumerated() { if let figure { values[index].append(figure) } }
        }
        return values.map { values in
            guard values.count >= samples / 20 else { return nil }
            let sorted = values.sorted()
            return sorted[sorted.count / 40]...sorted[sorted.count - 1 - sorted.count / 40]
        }
    }

    /// The 95 % interval of the mean of several groups' means, each group sampled by itself.
    public static func interval(meanOfMeans groups: [[Double]], seed: UInt64) -> ClosedRange<Double>? {
        guard !groups.isEmpty, groups.allSatisfy({ !$0.isEmpty }) else { return nil }
        var random = SeededRandom(seed: seed)
        let means = (0..<samples).map { _ in
            groups.reduce(0) { total, values in
                let sum = values.indices.reduce(0.0) { sum, _ in sum + values[random.next(below: values.count)] }
                return total + sum / Double(values.count)
            } / Double(groups.count)
        }.sorted()
        return means[samples / 40]...means[samples - 1 - samples / 40]
    }

    /// The 95 % interval of a mean.
    public static func interval(mean values: [Double], seed: UInt64) -> ClosedRange<Double>? {
        interval(count: values.count, seed: seed) { sample in
            sample.reduce(0) { $0 + values[$1] } / Double(sample.count)
        }
    }

    /// The 95 % interval of a ratio of sums.
    /// - Parameters:
    ///   - units: numerator and denominator of each unit.
    ///   - seed: of the samples.
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
}

extension SeededRandom {
    /// A number in `0..<bound`; the bias of at most `bound / 2^64` does not matter here.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
