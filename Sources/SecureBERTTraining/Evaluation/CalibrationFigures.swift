extension EvaluationReport.Section {
    /// Adds calibration errors and a plot of their reliability curves.
    /// - Parameters:
    ///   - before: Of the probabilities as they are.
    ///   - after: Of those scaled by a temperature, of the same examples; nil without one.
    ///   - seed: Of the intervals, which resample examples.
    mutating func append(calibration before: CalibrationExamples, after: CalibrationExamples?, seed: UInt64) {
        let both = [before] + (after.map { [$0] } ?? [])
        let names = ["calibration error (ECE)", "calibration error, calibrated"].prefix(both.count)
        figures += EvaluationReport.Figure.resampled(Array(names), count: before.count, seed: seed) { sample in
            both.map { $0.calibration(of: sample).expectedError }
        }
        plots.append(
            .reliability(title: "Reliability", zip(["as it is", "calibrated"], both).map { ($0, $1.calibration) }))
    }
}
