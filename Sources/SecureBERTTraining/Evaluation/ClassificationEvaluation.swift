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

    /// More labels than this make a confusion matrix that cannot be read.
    private static let readableLabels = 60

    /// Runs a model over labelled texts.
    /// - Parameters:
    ///   - classifier: The model.
    ///   - dataset: The texts, with their labels.
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
        let unknown = Self.labels(of: dataset, without: classifier.labels)
        guard unknown.isEmpty || allowsUnknownLabels else {
            throw TrainingError(
                .mismatch,
                """
                \(dataset.file): has the label\(unknown.count == 1 ? "" : "s") \(unknown.quotedList), which the model does \
                not know; count them as missed with --allow-unknown-labels
                """)
        }
        self.init(
            dataset, outputs: try ClassifierOutputs(classifier, dataset.examples.map(\.text), progress: progress))
    }

    /// What a model said about labelled texts, which have one label each exactly when its labels exclude each other.
    package init(_ dataset: ClassificationDataset, outputs: ClassifierOutputs) {
        self.dataset = dataset
        self.outputs = outputs
        unknownLabels = Self.labels(of: dataset, without: outputs.labels)
        labels = outputs.labels + unknownLabels
        let numbers = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
        references = dataset.examples.map { $0.labels.compactMap { numbers[$0] } }
    }

    private static func labels(of dataset: ClassificationDataset, without known: [String]) -> [String] {
        let known = Set(known)
        return dataset.labels.filter { !known.contains($0) }
    }

    /// A calibration chosen on these texts, of which the model must know all labels.
    public func calibration(_ thresholds: ClassifierCalibration.Thresholds) -> ClassifierCalibration {
        precondition(unknownLabels.isEmpty, "texts to calibrate on have labels the model does not know")
        return ClassifierCalibration(
            outputs, references: references, thresholds: thresholds, source: dataset.file)
    }

    /// The figures, tables and plots.
    /// - Parameters:
    ///   - title: What the section is called.
    ///   - calibration: Decides which of several labels are given; nil for those of at least one half.
    ///   - seed: Of the intervals, which resample texts.
    public func section(
        _ title: String, calibration: ClassifierCalibration?, seed: UInt64
    ) -> EvaluationReport.Section {
        var section = outputs.isMultiLabel ? multiLabel(title, calibration, seed) : single(title, seed)
        section.notes = notes(calibration) + section.notes
        section.append(
            calibration: decisions(1), after: calibration.map { decisions($0.temperature) }, seed: seed)
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

    /// Of several labels a text the probability of each; otherwise that of the label predicted.
    private func decisions(_ temperature: Double) -> CalibrationExamples {
        let scores = scores(temperature)
        guard outputs.isMultiLabel else {
            let predictions = scores.map { $0.indexOfMaximum ?? 0 }
            return CalibrationExamples(
                probabilities: zip(scores, predictions).map { [$0[$1]] },
                cameTrue: zip(references, predictions).map { [$0.contains($1)] })
        }
        return CalibrationExamples(
            probabilities: scores, cameTrue: references.map { own in labels.indices.map(own.contains) })
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
            // Of texts of one label nothing is told apart.
            let isDefined = ranking.rocArea.macro != nil
            let values: [Double?] = [
                metrics.accuracy, metrics.averages.macro.f1, metrics.averages.micro.f1, metrics.averages.weighted.f1,
                isDefined ? metrics.matthewsCorrelation : nil, isDefined ? ranking.averagePrecision.macro : nil,
                ranking.rocArea.macro, likelihood, brier,
            ]
            return values + metrics.counts.map(\.definedF1)
        }
        let metrics = ClassificationMetrics(references: classes, predictions: predictions, labels: labels)
        let ranking = RankingMetrics(references: references, scores: scores, classCount: labels.count)
        let byLabel = Array(figures.dropFirst(names.count))
        var section = EvaluationReport.Section(title)
        section.notes = notes(metrics.counts, ranking)
        section.figures = Array(figures.prefix(names.count))
        section.tables = [table(metrics.counts, byLabel, metrics.matthewsCorrelations, ranking)]
        section.plots = [.bars(title: "F1 by label", byLabel)]
        if ranking.rocArea.macro != nil { section.plots.append(precisionRecall(scores)) }
        if labels.count <= Self.readableLabels {
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
            "hamming loss", "macro PR-AUC", "micro PR-AUC", "macro ROC-AUC", "macro-MCC",
        ]
        let figures = EvaluationReport.Figure.resampled(names + labels, count: references.count, seed: seed) { sample in
            let own = sample.map { references[$0] }
            let metrics = MultiLabelMetrics(
                references: own, predictions: sample.map { predictions[$0] }, labels: labels)
            let ranking = RankingMetrics(
                references: own, scores: sample.map { scores[$0] }, classCount: labels.count)
            // Without labels nothing is found; where each is on all texts or on none, nothing is told apart.
            let averages: ClassAverages? = own.contains { !$0.isEmpty } ? metrics.averages : nil
            let (macro, micro) = (ranking.rocArea.macro, ranking.rocArea.micro)
            let values: [Double?] = [
                averages?.micro.f1, averages?.micro.precision, averages?.micro.recall, averages?.macro.f1,
                averages?.weighted.f1, averages == nil ? nil : metrics.perExample.f1, metrics.subsetAccuracy,
                metrics.hammingLoss,
                macro == nil ? nil : ranking.averagePrecision.macro,
                micro == nil ? nil : ranking.averagePrecision.micro, macro, metrics.macroMatthewsCorrelation,
            ]
            return values + metrics.counts.map(\.definedF1)
        }
        let metrics = MultiLabelMetrics(references: references, predictions: predictions, labels: labels)
        let ranking = RankingMetrics(references: references, scores: scores, classCount: labels.count)
        let byLabel = Array(figures.dropFirst(names.count))
        var section = EvaluationReport.Section(title)
        section.notes = [
            calibration == nil
                ? "Labels of a probability of at least one half are given."
                : "Labels are given from the thresholds of the calibration on."
        ]
        section.notes += notes(metrics.counts, ranking)
        section.figures = Array(figures.prefix(names.count))
        section.tables = [table(metrics.counts, byLabel, metrics.matthewsCorrelations, ranking)]
        section.plots = [.bars(title: "F1 by label", byLabel)]
        if ranking.rocArea.micro != nil { section.plots.append(precisionRecall(scores)) }
        if labels.count <= Self.readableLabels {
            section.notes.append(
                """
                In the confusion of labels a text counts for each pair of a label that it misses and one that it was wrongly \
                given; as "missed" or in the row "nothing" when it has only one of both.
                """)
            section.plots.append(
                .confusion(
                    title: "Labels", rows: labels + ["nothing"], columns: labels + ["missed"], counts: metrics.confusion
                ))
        } else {
            section.tables.append(decisionTable(metrics.counts))
        }
        return section
    }

    /// What the texts do not define.
    private func notes(_ counts: [MatchCounts], _ ranking: RankingMetrics) -> [String] {
        let present = labels.indices.filter { counts[$0].actual > 0 }
        guard ranking.rocArea.macro != nil else {
            let names = present.map { labels[$0] }
            let all = names.isEmpty ? "No text has a label" : "All texts have \(names.quotedList) and no other label"
            let figures = outputs.isMultiLabel ? "macro-MCC, macro PR-AUC and macro ROC-AUC" : "MCC, PR-AUC and ROC-AUC"
            return ["\(all): \(figures) are not defined."]
        }
        guard present.count < labels.count else { return [] }
        return [
            """
            No text has \(labels.count - present.count) of the labels: macro PR-AUC counts 0 for each of them, as scikit-learn \
            does; \(outputs.isMultiLabel ? "macro ROC-AUC and macro-MCC leave" : "macro ROC-AUC leaves") them out.
            """
        ]
    }

    /// Of two labels that exclude each other the curve of the second; otherwise of all decisions together, a text and a label
    /// each.
    private func precisionRecall(_ scores: [[Double]]) -> EvaluationReport.Plot {
        if !outputs.isMultiLabel, labels.count == 2 {
            let curve = PrecisionRecallCurve(
                isPositive: references.map { $0.contains(1) }, scores: scores.map { $0[1] })
            return .precisionRecall(title: "Precision and recall of \(labels[1])", [("model", curve)])
        }
        let curve = PrecisionRecallCurve(
            isPositive: references.flatMap { own in labels.indices.map(own.contains) }, scores: Array(scores.joined()))
        let what = outputs.isMultiLabel ? "all decisions" : "each label against the others, all decisions"
        return .precisionRecall(title: "Precision and recall, \(what)", [("model", curve)])
    }

    /// The figures of each label; a dash where the texts do not define one.
    private func table(
        _ counts: [MatchCounts], _ f1: [EvaluationReport.Figure], _ correlations: [Double?], _ ranking: RankingMetrics
    ) -> EvaluationReport.Table {
        EvaluationReport.Table(
            "Labels",
            columns: [
                "label", "texts", "predicted", "precision", "recall", "F1", "F1, 95 %", "MCC", "PR-AUC", "ROC-AUC",
            ],
            rows: labels.indices.map { label in
                let found: MatchCounts? = f1[label].value == nil ? nil : counts[label]
                let area = ranking.rocArea.perClass[label]
                return [
                    .text(labels[label]), .count(counts[label].actual), .count(counts[label].predicted),
                    .number(found?.precision), .number(found?.recall), .number(f1[label].value),
                    .interval(f1[label].interval), .number(correlations[label]),
                    .number(area == nil ? nil : ranking.averagePrecision.perClass[label]), .number(area),
                ]
            })
    }

    /// For each label what was decided about the texts that have it, and about the others.
    private func decisionTable(_ counts: [MatchCounts]) -> EvaluationReport.Table {
        EvaluationReport.Table(
            "Decisions", columns: ["label", "rightly given", "wrongly given", "missed", "rightly not given"],
            rows: zip(labels, counts).map { label, counts in
                let (found, either) = (counts.truePositives, counts.predicted + counts.actual - counts.truePositives)
                return [
                    .text(label), .count(found), .count(counts.predicted - found), .count(counts.actual - found),
                    .count(references.count - either),
                ]
            })
    }
}
