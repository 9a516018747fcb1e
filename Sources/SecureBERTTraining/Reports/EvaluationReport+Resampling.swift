extension EvaluationReport.Figure {
    /// Figures of all units together, each with its interval by resampling them.
    /// - Parameters:
    ///   - names: What the figures are called.
    ///   - count: Number of units that were sampled independently.
    ///   - seed: Of the samples.
    ///   - statistics: The figures of a sample, given the indices of its units, in the order of the names.
    static func resampled(
        _ names: [String], count: Int, seed: UInt64, _ statistics: ([Int]) -> [Double?]
    ) -> [EvaluationReport.Figure] {
        let values = statistics(Array(0..<count))
        let intervals = Bootstrap.intervals(count: count, seed: seed, statistics)
        return names.indices.map { index in
            EvaluationReport.Figure(names[index], values[index], index < intervals.count ? intervals[index] : nil)
        }
    }
}
