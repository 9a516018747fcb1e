extension EvaluationReport.Section {
    /// The cloze test of a model on some sets: a figure for each depth of each set, and accuracy by depth as a plot.
    /// - Parameters:
    ///   - title: What the section is called.
    ///   - results: A result for each set.
    ///   - seed: Of the intervals, which resample sentences.
    public init(_ title: String, cloze results: [ClozeResult], seed: UInt64) {
        self.init(title)
        let kinds: [(String, (ClozeResult) -> ClozeResult.Score)] = [
            ("", { $0.singleTokenScore(seed: seed) }), (", all answers", { $0.score(seed: seed) }),
        ]
        var curves: [(name: String, points: [(depth: Int, value: Double)])] = []
        for result in results {
            for (suffix, score) in kinds {
                let score = score(result)
                notes.append("\(result.name)\(suffix): \(score.count) answers\(suffix.isEmpty ? " of one token" : "").")
                figures += score.accuracies.map {
                    .init("\(result.name) top-\($0.depth)\(suffix)", $0.value, $0.interval)
                }
                curves.append((result.name + suffix, score.accuracies.map { ($0.depth, $0.value) }))
            }
        }
        plots = [.depths(title: "Cloze accuracy by n", curves)]
    }
}
