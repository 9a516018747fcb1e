/// How well scores tell anomalous lines of a stream from normal ones, line by line and in windows.
///
/// A window is anomalous when one of its lines is. Anomalies come in bursts, so intervals resample windows with their lines.
public struct AnomalyEvaluation: Sendable {
    /// A way of scoring.
    public struct System: Sendable {
        /// What tables call it.
        public let name: String
        /// A score for each line, larger for less normal.
        public let scores: [Double]
        /// Lines with larger scores are called anomalous.
        public let threshold: Double
        /// A score for each window.
        public let windowScores: [Double]
        /// Windows with larger scores are called anomalous.
        public let windowThreshold: Double

        /// A way of scoring with its scores and thresholds.
        public init(
            name: String, scores: [Double], threshold: Double, windowScores: [Double], windowThreshold: Double
        ) {
            (self.name, self.scores, self.threshold) = (name, scores, threshold)
            (self.windowScores, self.windowThreshold) = (windowScores, windowThreshold)
        }
    }

    private let isAnomalous: [Bool]
    private let window: Int

    /// - Parameters:
    ///   - isAnomalous: For each line in order whether it is an anomaly.
    ///   - window: Lines of a window, at least 1; the last one may have fewer.
    public init(isAnomalous: [Bool], window: Int) { (self.isAnomalous, self.window) = (isAnomalous, max(1, window)) }

    /// The lines of each window.
    public var windows: [Range<Int>] {
        stride(from: 0, to: isAnomalous.count, by: window).map { $0..<min($0 + window, isAnomalous.count) }
    }

    /// The figures of several systems on the same lines.
    /// - Parameters:
    ///   - title: What the section is called.
    ///   - systems: What gave the lines scores.
    ///   - seed: Of the intervals.
    public func section(_ title: String, _ systems: [System], seed: UInt64) -> EvaluationReport.Section {
        var section = EvaluationReport.Section(title)
        let windows = windows
        let isWindowAnomalous = windows.map { isAnomalous[$0].contains(true) }
        let count = isAnomalous.count { $0 }
        section.notes = [
            """
            \(isAnomalous.count) lines, \(count) anomalous; \(windows.count) windows of \(window) lines, \
            \(isWindowAnomalous.count { $0 }) with an anomaly. Intervals hold 95 % of 1,000 samples of the windows.
            """
        ]
        section.tables = [
            table("Lines", isAnomalous, systems.map { ($0.name, $0.scores, $0.threshold) }),
            table("Windows", isWindowAnomalous, systems.map { ($0.name, $0.windowScores, $0.windowThreshold) }),
        ]
        guard count > 0 else { return section }
        for system in systems {
            section.figures += figures(
                "lines, \(system.name)", count: windows.count, seed, system.threshold
            ) { sample in
                let lines = sample.flatMap { windows[$0] }
                return (lines.map { isAnomalous[$0] }, lines.map { system.scores[$0] })
            }
            section.figures += figures(
                "windows, \(system.name)", count: windows.count, seed, system.windowThreshold
            ) { sample in (sample.map { isWindowAnomalous[$0] }, sample.map { system.windowScores[$0] }) }
        }
        section.plots = [
            .precisionRecall(
                title: "Lines: precision and recall",
                systems.map { ($0.name, PrecisionRecallCurve(isPositive: isAnomalous, scores: $0.scores)) })
        ]
        return section
    }

    private func figures(
        _ name: String, count: Int, _ seed: UInt64, _ threshold: Double, _ sampled: ([Int]) -> ([Bool], [Double])
    ) -> [EvaluationReport.Figure] {
        EvaluationReport.Figure.resampled(
            ["precision", "recall", "F1", "PR-AUC"].map { "\(name): \($0)" }, count: count, seed: seed
        ) { sample in
            let (isPositive, scores) = sampled(sample)
            // Without an anomaly a sample has no recall.
            guard isPositive.contains(true) else { return [nil, nil, nil, nil] }
            let metrics = BinaryMetrics(isPositive: isPositive, scores: scores, threshold: threshold.nextUp)
            return [metrics.counts.precision, metrics.counts.recall, metrics.counts.f1, metrics.averagePrecision]
        }
    }

    private func table(
        _ title: String, _ isPositive: [Bool], _ systems: [(String, [Double], Double)]
    ) -> EvaluationReport.Table {
        let hasPositives = isPositive.contains(true)
        return EvaluationReport.Table(
            title,
            columns: ["score", "precision", "recall", "F1", "PR-AUC", "ROC-AUC", "false alarms", "of normal"],
            rows: systems.map { name, scores, threshold in
                let metrics = BinaryMetrics(isPositive: isPositive, scores: scores, threshold: threshold.nextUp)
                let wrong = metrics.counts.predicted - metrics.counts.truePositives
                let measured = { (value: Double) in EvaluationReport.Table.Cell.number(hasPositives ? value : nil) }
                return [
                    .text(name), measured(metrics.counts.precision), measured(metrics.counts.recall),
                    measured(metrics.counts.f1), measured(metrics.averagePrecision), .number(metrics.rocArea),
                    .count(wrong), .number(Ratio.of(wrong, metrics.total - metrics.counts.actual)),
                ]
            })
    }
}
