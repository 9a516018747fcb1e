import SecureBERT

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How well a classifier labels texts.
public struct ClassificationEvaluation {
    /// The data.
    public let dataset: ClassificationDataset
    private let outputs: ClassifierOutputs
    /// For each text the numbers of its labels; those that only the data have come behind the model's.
    private let references: [[Int]]
    private let labels: [String]
    private let unknownLabels: [String]

    /// Runs a model over labelled texts.
    /// - Parameters:
    ///   - allowsUnknownLabels: Whether data may have labels that the model does not know; they are never predicted then.
    ///   - progress: Told how many texts are done.
    /// - Throws: ``TrainingError`` when the data do not fit the model.
    public init(
        _ classifier: TextClassifier, _ dataset: ClassificationDataset, allowsUnknownLabels: Bool = false,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        guard dataset.isMultiLabel == (classifier.defaultMode == .sigmoid) else {
            throw TrainingError(
                .mismatch,
                """
                \(dataset.file): has \(dataset.isMultiLabel ? "any number of labels" : "one label") a text, the model gives \
                \(dataset.isMultiLabel ? "one" : "any number")
                """)
        }
        let known = Set(classifier.labels)
        unknownLabels = dataset.labels.filter { !known.contains($0) }
        guard unknownLabels.isEmpty || allowsUnknownLabels else {
            throw TrainingError(
                .mismatch,
                """
                \(dataset.file): has the label\(unknownLabels.count == 1 ? "" : "s") \(unknownLabels.quotedList), which the \
                model does not know; count them as missed with --allow-unknown-labels
                """)
        }
        self.dataset = dataset
        labels = classifier.labels + unknownLabels
        let numbers = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
        references = dataset.examples.map { $0.labels.compactMap { numbers[$0] } }
        outputs = try ClassifierOutputs(classifier, dataset.examples.map(\.text), progress: progress)
    }

    /// A calibration chosen on these texts, of which the model must know all labels.
    public func calibration(_ thresholds: ClassifierCalibration.Thresholds) -> ClassifierCalibration {
        precondition(unknownLabels.isEmpty, "texts to calibrate on have labels the model does not know")
        return ClassifierCalibration(
            outputs, references: references, thresholds: thresholds, source: dataset.file)
    }

    /// The figures, tables and plots.
    /// - Parameters:
    ///   - calibration: Decides which of several labels are given; nil for those of at least one half.
    ///   - seed: Of the intervals, which resample texts.
    public func section(
        _ title: String, calibration: ClassifierCalibration?, seed: UInt64
    ) -> EvaluationReport.Section {
        var section = outputs.isMultiLabel ? multiLabel(title, calibration, seed) : single(title, seed)
        section.notes = notes(calibration) + section.notes
        let (before, after) = (calibrationOf(1), calibration.map { calibrationOf($0.temperature) })
        section.figures.append(.init("calibration error (ECE)", before.expectedError))
        if let after { section.figures.append(.init("calibration error, calibrated", after.expectedError)) }
        section.plots.append(
            .reliability(
                title: "Reliability",
                [("as it is", before)] + (after.map { [("calibrated", $0)] } ?? [])))
        return section
    }

    private func notes(_ calibration: ClassifierCalibration?) -> [String] {
        var notes = ["\(dataset.examples.count) texts, \(labels.count) labels."]
        if !unknownLabels.isEmpty {
            notes.append("The model does not know \(unknownLabels.quotedList): never predicted, counted as missed.")
        }
        if let calibration {
            notes.append(
                "Temperature \(EvaluationReport.rounded(calibration.temperature)), from \(calibration.source).")
        }
        return notes
    }

    /// Probabilities with a column for each label, 0 for those the model does not know.
    private func scores(_ temperature: Double) -> [[Double]] {
        outputs.probabilities(temperature: temperature).map { $0 + unknownLabels.map { _ in 0 } }
    }

    private func calibrationOf(_ temperature: Double) -> Calibration {
        let scores = scores(temperature)
        guard outputs.isMultiLabel else {
            return Calibration(probabilities: scores, references: references.map { $0.first ?? 0 })
        }
        let cameTrue = references.flatMap { own in labels.indices.map(own.contains) }
        return Calibration(probabilities: Array(scores.joined()), cameTrue: cameTrue)
    }

    private func single(_ title: String, _ seed: UInt64) -> EvaluationReport.Section {
        let (scores, classes) = (scores(1), references.map { $0.first ?? 0 })
        let predictions = scores.map { $0.indexOfMaximum ?? 0 }
        let names = [
            "accuracy", "macro-F1", "micro-F1", "weighted F1", "MCC", "macro PR-AUC", "macro ROC-AUC",
            "negative log-likelihood", "Brier score",
        ]
        let figures = EvaluationReport.Figure.resampled(names + labels, count: classes.count, seed: seed) { sample in
            let metrics = ClassificationMetrics(
                references: sample.map { classes[$0] }, predictions: sample.map { predictions[$0] }, labels: labels)
            let ranking = RankingMetrics(
                references: sample.map { [classes[$0]] }, scores: sample.map { scores[$0] }, classCount: labels.count)
            let likelihood = sample.reduce(0) { $0 - log(max(scores[$1][classes[$1]], 1e-12)) } / Double(sample.count)
            let brier = BrierScore.multiclass(
                probabilities: sample.map { scores[$0] }, references: sample.map { classes[$0] })
            return [
                metrics.accuracy, metrics.averages.macro.f1, metrics.averages.micro.f1, metrics.averages.weighted.f1,
                metrics.matthewsCorrelation, ranking.averagePrecision.macro, ranking.rocArea.macro, likelihood, brier,
            ] + metrics.counts.map { $0.actual + $0.predicted == 0 ? nil : $0.f1 }
        }
        var section = EvaluationReport.Section(title)
        section.figures = Array(figures.prefix(names.count))
        let metrics = ClassificationMetrics(references: classes, predictions: predictions, labels: labels)
        section.tables = [Self.table(labels, metrics.counts)]
        section.plots = [.bars(title: "F1 by label", Array(figures.dropFirst(names.count)))]
        if labels.count <= 60 {
            section.plots.append(
                .confusion(title: "Labels", rows: labels, columns: labels, counts: metrics.confusion.counts))
        }
        return section
    }

    private func multiLabel(
        _ title: String, _ calibration: ClassifierCalibration?, _ seed: UInt64
    ) -> EvaluationReport.Section {
        let scores = scores(calibration?.temperature ?? 1)
        let thresholds = labels.map { calibration?.thresholds[$0] ?? (unknownLabels.contains($0) ? 2 : 0.5) }
        let predictions = ThresholdTuning.predictions(scores: scores, thresholds: thresholds)
        let names = [
            "micro-F1", "micro precision", "micro recall", "macro-F1", "weighted F1", "samples F1", "subset accuracy",
            "hamming loss", "macro PR-AUC", "micro PR-AUC", "macro ROC-AUC",
        ]
        let figures = EvaluationReport.Figure.resampled(names + labels, count: references.count, seed: seed) { sample in
            let own = sample.map { references[$0] }
            let metrics = MultiLabelMetrics(
                references: own, predictions: sample.map { predictions[$0] }, labels: labels)
            let ranking = RankingMetrics(
                references: own, scores: sample.map { scores[$0] }, classCount: labels.count)
            let averages = metrics.averages
            return [
                averages.micro.f1, averages.micro.precision, averages.micro.recall, averages.macro.f1,
                averages.weighted.f1, metrics.perExample.f1, metrics.subsetAccuracy, metrics.hammingLoss,
                ranking.averagePrecision.macro, ranking.averagePrecision.micro, ranking.rocArea.macro,
            ] + metrics.counts.map { $0.actual + $0.predicted == 0 ? nil : $0.f1 }
        }
        var section = EvaluationReport.Section(title)
        section.notes = [
            calibration == nil
                ? "Labels of a probability of at least one half are given."
                : "Labels are given from the thresholds of the calibration on."
        ]
        section.figures = Array(figures.prefix(names.count))
        let metrics = MultiLabelMetrics(references: references, predictions: predictions, labels: labels)
        section.tables = [Self.table(labels, metrics.counts)]
        let all = PrecisionRecallCurve(
            isPositive: references.flatMap { own in labels.indices.map(own.contains) }, scores: Array(scores.joined()))
        section.plots = [
            .bars(title: "F1 by label", Array(figures.dropFirst(names.count))),
            .precisionRecall(title: "Precision and recall, all decisions", [("model", all)]),
        ]
        return section
    }

    private static func table(_ labels: [String], _ counts: [MatchCounts]) -> EvaluationReport.Table {
        EvaluationReport.Table(
            "Labels", columns: ["label", "texts", "predicted", "precision", "recall", "F1"],
            rows: zip(labels, counts).map { label, counts in
                [
                    .text(label), .count(counts.actual), .count(counts.predicted), .number(counts.precision),
                    .number(counts.recall), .number(counts.f1),
                ]
            })
    }
}
