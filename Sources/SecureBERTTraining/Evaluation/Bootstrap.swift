/// Confidence intervals by resampling (Efron 1979): what a ratio would have been on other samples of the same kind.
public enum Bootstrap {
    /// The 95 % interval of a ratio of sums, by 1,000 samples drawn with replacement.
    /// - Parameters:
    ///   - units: numerator and denominator of what was sampled independently: sentences, documents.
    ///   - seed: of the random numbers; equal seeds give equal intervals.
    /// - Returns: the bounds; nil when there is nothing to sample from or all denominators are zero.
    public static func interval(_ units: [(Double, Double)], seed: UInt64) -> ClosedRange<Double>? {
        guard units.contains(where: { $0.1 != 0 }) else { return nil }
        var random = SeededRandom(seed: seed)
        var ratios: [Double] = []
        ratios.reserveCapacity(samples)
        while ratios.count < samples {
            var (numerator, denominator) = (0.0, 0.0)
            for _ in units.indices {
                let unit = units[random.next(below: units.count)]
                numerator += unit.0
                denominator += unit.1
            }
            // A sample of only empty units has no ratio; the next one is taken instead.
            if denominator != 0 { ratios.append(numerator / denominator) }
        }
        ratios.sort()
        return ratios[samples / 40]...ratios[samples - 1 - samples / 40]
    }

    private static let samples = 1000
}

extension SeededRandom {
    /// A number in `0..<bound`; the bias of at most `bound / 2^64` does not matter here.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
