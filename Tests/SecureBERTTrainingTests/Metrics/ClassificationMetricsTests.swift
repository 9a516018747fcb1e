import SecureBERTJSON
import SecureBERTTraining
import Testing

/// Figures of classes and labels as scikit-learn has them.
@Suite struct ClassificationMetricsTests {
    private func flat(_ value: JSON?) -> JSON { .array(value?.elements.flatMap(\.elements) ?? []) }

    private func expectAverages(_ found: ClassAverages, _ expected: JSON, _ what: String) {
        for (name, scores) in [
            ("micro", found.micro), ("macro", found.macro), ("weighted", found.weighted),
        ] {
            expectEqual([scores.precision, scores.recall, scores.f1], expected[name], "\(what) \(name)")
        }
    }

    @Test func oneLabelAgrees() throws {
        for (index, row) in try Golden.cases("classification").enumerated() {
            let what = "case \(index)"
            let classes = try #require(row["classes"]?.integerValue)
            let found = ClassificationMetrics(
                references: row["references"]?.integers ?? [], predictions: row["predictions"]?.integers ?? [],
                labels: (0..<classes).map { "\($0)" })
            expectEqual(found.accuracy, row["accuracy"], what)
            expectEqual(found.matthewsCorrelation, row["mcc"], what)
            expectEqual(found.matthewsCorrelations, row["perClassMcc"], what)
            #expect(found.confusion.counts == row["confusion"]?.elements.map(\.integers), "\(what)")
            expectEqual(found.counts.flatMap { [$0.precision, $0.recall, $0.f1] }, flat(row["perClass"]), what)
            expectAverages(found.averages, row, what)
            let interval = try #require(found.interval { matrix, _ in matrix.accuracy })
            #expect(interval.contains(found.accuracy))
        }
    }

    @Test func severalLabelsAgree() throws {
        for (index, row) in try Golden.cases("multilabel").enumerated() {
            let what = "case \(index)"
            let labels = try #require(row["labels"]?.integerValue)
            let references = row["references"]?.elements.map { flags in
                flags.integers.indices.filter { flags.integers[$0] == 1 }
            }
            let truth = try #require(references)
            let scores = row["scores"]?.elements.map(\.numbers) ?? []
            let half = [Double](repeating: 0.5, count: labels)
            let found = MultiLabelMetrics(
                references: truth, predictions: ThresholdTuning.predictions(scores: scores, thresholds: half),
                labels: (0..<labels).map { "\($0)" })
            expectEqual(found.counts.flatMap { [$0.precision, $0.recall, $0.f1] }, flat(row["perLabel"]), what)
            expectAverages(found.averages, row, what)
            let own = found.perExample
            expectEqual([own.precision, own.recall, own.f1], row["samples"], what)
            expectEqual(found.subsetAccuracy, row["subsetAccuracy"], what)
            expectEqual(found.hammingLoss, row["hammingLoss"], what)
            expectEqual(found.matthewsCorrelations, row["mcc"], what)
            expectEqual(found.macroMatthewsCorrelation, row["macroMcc"], what)
            let interval = try #require(found.interval { averages, _ in averages.micro.f1 })
            #expect(interval.contains(found.averages.micro.f1))

            let ranking = RankingMetrics(references: truth, scores: scores, classCount: labels)
            expectEqual(ranking.averagePrecision.perClass, row["averagePrecision"], what)
            expectEqual(ranking.averagePrecision.macro, row["macroAveragePrecision"], what)
            expectEqual(ranking.averagePrecision.micro, row["microAveragePrecision"], what)
            expectEqual(ranking.averagePrecision.weighted, row["weightedAveragePrecision"], what)
            expectEqual(ranking.rocArea.perClass, row["rocArea"], what)
            expectEqual(ranking.rocArea.macro, row["macroRocArea"], what)
            expectEqual(ranking.rocArea.micro, row["microRocArea"], what)
            expectEqual(ranking.rocArea.weighted, row["weightedRocArea"], what)

            let choices = ThresholdTuning.perLabel(references: truth, scores: scores, labelCount: labels)
            expectEqual(choices.map(\.f1), row["bestF1"], what)
            let tuned = MultiLabelMetrics(
                references: truth,
                predictions: ThresholdTuning.predictions(scores: scores, thresholds: choices.map(\.threshold)),
                labels: found.labels)
            // What a threshold promised is what it gives.
            for (choice, counts) in zip(choices, tuned.counts) where choice.f1 > 0 { #expect(choice.f1 == counts.f1) }
            let shared = ThresholdTuning.shared(references: truth, scores: scores, labelCount: labels)
            expectEqual(shared.f1, row["bestSharedF1"], what)
        }
    }

    @Test func twoClassesAgree() throws {
        for (index, row) in try Golden.cases("binary").enumerated() {
            let what = "case \(index)"
            let truth = (row["references"]?.integers ?? []).map { $0 == 1 }
            let scores = row["scores"]?.numbers ?? []
            let found = BinaryMetrics(isPositive: truth, scores: scores)
            expectEqual([found.counts.precision, found.counts.recall, found.counts.f1], row["binary"], what)
            expectEqual(found.accuracy, row["accuracy"], what)
            expectEqual(found.matthewsCorrelation, row["mcc"], what)
            expectEqual(found.averagePrecision, row["averagePrecision"], what)
            expectEqual(found.rocArea, row["rocArea"], what)
            let curve = PrecisionRecallCurve(isPositive: truth, scores: scores)
            expectEqual([1] + curve.points.map(\.precision), .array(row["precision"]?.elements.reversed() ?? []), what)
            expectEqual([0] + curve.points.map(\.recall), .array(row["recall"]?.elements.reversed() ?? []), what)
            expectEqual(curve.points.map(\.threshold), .array(row["thresholds"]?.elements.reversed() ?? []), what)
            guard found.rocArea != nil else { continue }
            let roc = ROCCurve(isPositive: truth, scores: scores)
            expectEqual(roc.points.map(\.falsePositiveRate), row["falsePositiveRate"], what)
            expectEqual(roc.points.map(\.truePositiveRate), row["truePositiveRate"], what)
            let interval = try #require(found.interval { $0.averagePrecision })
            #expect(interval.contains(found.averagePrecision))
        }
    }

    @Test func thresholdsLieBetweenScores() {
        let found = ThresholdTuning.best(isPositive: [true, false, true, false], scores: [0.9, 0.2, 0.6, 0.1])
        #expect(found.threshold == 0.4)
        #expect(found.f1 == 1)
        #expect(ThresholdTuning.best(isPositive: [false], scores: [0.9]).threshold == 0.5)
        #expect(ThresholdTuning.best(isPositive: [], scores: [], fallback: 0.3).threshold == 0.3)
        #expect(ThresholdTuning.best(isPositive: [true], scores: [0.9]).threshold == 0.9)
    }

    @Test func groupsAndKinds() {
        let metrics = BinaryMetrics(isPositive: [true, false, true, false], scores: [0.9, 0.1, 0.2, 0.8])
        let projects = metrics.grouped(by: ["b", "a", nil, "b"])
        #expect(projects.map(\.group) == ["a", "b"])
        #expect(projects.map(\.metrics.total) == [1, 2])
        #expect(projects.map(\.metrics.accuracy) == [1, 0.5])
        let kinds = metrics.byKind([["CWE-1"], ["CWE-9"], ["CWE-1", "CWE-2"], []])
        #expect(kinds.map(\.kind) == ["CWE-1", "CWE-2"])
        #expect(kinds.map(\.metrics.counts.recall) == [0.5, 0])
        #expect(kinds.map(\.metrics.total) == [4, 3])
    }

    @Test func tiesOfPairsCountHalf() throws {
        let found = PairMetrics(vulnerable: [0.9, 0.5, 0.1, 0.7], fixed: [0.1, 0.5, 0.2, 0.6])
        #expect((found.right, found.ties, found.wrong) == (2, 1, 1))
        #expect(found.accuracy == 0.625)
        #expect(try #require(found.interval()).contains(0.625))
        #expect(PairMetrics(vulnerable: [], fixed: []).accuracy == 0)
    }
}
