import SecureBERT
import SecureBERTJSON
import SecureBERTTraining
import TestSupport
import Testing

/// Figures of texts with known logits, by hand.
@Suite struct ClassificationFiguresTests {
    typealias Text = (labels: [String], logits: [Double])

    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func evaluation(
        _ texts: [Text], _ labels: [String], isMultiLabel: Bool
    ) throws -> ClassificationEvaluation {
        let lines = texts.enumerated().map { index, text in
            let names = JSON.array(text.labels.map(JSON.string)).text
            return isMultiLabel
                ? #"{"text": "text \#(index)", "labels": \#(names)}"#
                : #"{"text": "text \#(index)", "label": "\#(text.labels[0])"}"#
        }
        let path = try folder.write("texts.jsonl", lines.joined(separator: "\n") + "\n")
        return ClassificationEvaluation(
            try ClassificationDataset(path: path),
            outputs: ClassifierOutputs(logits: texts.map(\.logits), labels: labels, isMultiLabel: isMultiLabel))
    }

    private let three: [Text] = [
        (["a"], [2, 0, -9]), (["a"], [0, 2, -9]), (["b"], [-1, 3, -9]), (["b"], [3, 0, -9]), (["b"], [-2, 4, -9]),
    ]

    @Test func eachLabelIsMeasuredAgainstTheOthers() throws {
        let section = try evaluation(three, ["a", "b", "c"], isMultiLabel: false)
            .section("x", calibration: nil, seed: 1)
        let found = try SectionValues(section)
        let columns = ["precision", "recall", "F1", "MCC", "PR-AUC", "ROC-AUC"]
        // By the score of a: b+ a+ a+ b b. One found, one missed, one false alarm, two rightly not given.
        expectClose(
            try found.cells("Labels", "a", columns),
            [0.5, 0.5, 0.5, 1.0 / 6, 0.5 * (1.0 / 2) + 0.5 * (2.0 / 3), 4.0 / 6])
        expectClose(try found.cells("Labels", "b", ["F1", "MCC", "ROC-AUC"]), [4.0 / 6, 1.0 / 6, 4.0 / 6])
        expectClose(try found.cells("Labels", "c", columns), [nil, nil, nil, nil, nil, nil])
        let bars = try #require(found.plot("F1 by label")?["bars"])
        for label in ["a", "b"] {
            let interval = try found.cell("Labels", label, "F1, 95 %").numbers
            #expect(interval.count == 2 && interval == bars[label]?["interval95"]?.numbers)
        }
        #expect(try found.cell("Labels", "c", "F1, 95 %").isNull)
        #expect(found.notes.contains { $0.contains("macro PR-AUC counts 0") })
        let curve = found.plot("Precision and recall, each label against the others")?["curves"]?["model"]
        // From the lowest score on all 15 decisions are positive, five of them rightly.
        #expect(curve?.elements.first?.numbers.first == 0 && curve?.elements.last?.numbers == [1, 1.0 / 3])
    }

    @Test func calibrationErrorsHaveIntervals() throws {
        let calibration = ClassifierCalibration(temperature: 2, thresholds: [:], source: "valid")
        let section = try evaluation(three, ["a", "b", "c"], isMultiLabel: false)
            .section("x", calibration: calibration, seed: 1)
        let found = try SectionValues(section)
        let references = [0, 0, 1, 1, 1]
        for (name, temperature) in [("calibration error (ECE)", 1.0), ("calibration error, calibrated", 2)] {
            let probabilities = three.map { TemperatureScaling(temperature: temperature).softmax($0.logits) }
            func error(_ sample: [Int]) -> Double {
                Calibration(
                    probabilities: sample.map { probabilities[$0] }, references: sample.map { references[$0] }
                ).expectedError
            }
            expectClose([try found.value(name).doubleValue], [error(Array(0..<5))])
            let interval = Bootstrap.interval(count: 5, seed: 1) { error($0) }
            expectClose(try found.interval(name), [interval?.lowerBound, interval?.upperBound])
        }
    }

    @Test func theSecondOfTwoLabelsHasACurve() throws {
        let texts: [Text] = [(["x"], [0, -1]), (["x"], [0, 1]), (["y"], [0, 2]), (["y"], [0, -2])]
        let section = try evaluation(texts, ["x", "y"], isMultiLabel: false).section("x", calibration: nil, seed: 1)
        let curve = try #require(SectionValues(section).plot("Precision and recall of y")?["curves"]?["model"])
        expectClose(curve.elements.map { $0.numbers.first }, [0, 0.5, 0.5, 0.5, 1])
        expectClose(curve.elements.map { $0.numbers.last }, [1, 1, 1.0 / 2, 1.0 / 3, 2.0 / 4])
    }

    @Test func ofOneLabelNothingIsToldApart() throws {
        let texts: [Text] = [(["x"], [1, 0]), (["x"], [0, 1]), (["x"], [2, 0])]
        let section = try evaluation(texts, ["x", "y"], isMultiLabel: false).section("x", calibration: nil, seed: 1)
        let found = try SectionValues(section)
        for name in ["MCC", "macro PR-AUC", "macro ROC-AUC"] {
            #expect(try found.value(name).isNull, "\(name)")
            #expect(try found.interval(name).isEmpty, "\(name)")
        }
        expectClose([try found.value("accuracy").doubleValue], [2.0 / 3])
        expectClose(try found.cells("Labels", "x", ["F1", "MCC", "PR-AUC", "ROC-AUC"]), [0.8, nil, nil, nil])
        #expect(found.notes.contains { $0.contains("\"x\"") && $0.contains("MCC, PR-AUC and ROC-AUC are not defined") })
        #expect(found.plot("Precision and recall") == nil)
    }

    @Test func severalLabelsAreCorrelatedOneByOne() throws {
        let texts: [Text] = [
            (["a"], [1, -1, -1]), (["a", "b"], [2, -2, 1]), (["b"], [-1, -1, -3]), ([], [-2, -3, 2]),
        ]
        let section = try evaluation(texts, ["a", "b", "c"], isMultiLabel: true)
            .section("x", calibration: nil, seed: 1)
        let found = try SectionValues(section)
        let columns = ["F1", "MCC", "PR-AUC", "ROC-AUC"]
        expectClose(try found.cells("Labels", "a", columns), [1, 1, 1, 1])
        // By the score of b: a tie of one with it and one without, one with it, one without.
        expectClose(
            try found.cells("Labels", "b", columns), [0, 0, 0.5 * (1.0 / 2) + 0.5 * (2.0 / 3), 2.5 / 4])
        expectClose(try found.cells("Labels", "c", columns), [0, nil, nil, nil])
        expectClose([try found.value("macro-MCC").doubleValue], [0.5])
        #expect(try found.interval("macro-MCC").count == 2)
        #expect(try found.interval("calibration error (ECE)").count == 2)
        #expect(try found.cell("Labels", "a", "F1, 95 %").numbers == [1, 1])
        let confusion = try #require(found.plot("Labels"))
        #expect(confusion["rows"]?.strings == ["a", "b", "c", "nothing"])
        #expect(confusion["columns"]?.strings == ["a", "b", "c", "missed"])
        let counts = [[2, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 1, 0]]
        #expect(confusion["counts"]?.elements.map(\.integers) == counts)
        #expect(found.notes.contains { $0.contains("macro ROC-AUC and macro-MCC leave them out") })
    }

    @Test func manyLabelsHaveATableOfDecisions() throws {
        let labels = (0...60).map { "l\($0)" }
        let one = labels.indices.map { $0 < 2 ? 1.0 : -1 }
        let section = try evaluation(
            [(["l0"], one), ([], labels.map { _ in -1.0 })], labels, isMultiLabel: true
        ).section("x", calibration: nil, seed: 1)
        let found = try SectionValues(section)
        #expect(found.plot("Labels") == nil)
        let columns = ["rightly given", "wrongly given", "missed", "rightly not given"]
        expectClose(try found.cells("Decisions", "l0", columns), [1, 0, 0, 1])
        expectClose(try found.cells("Decisions", "l1", columns), [0, 1, 0, 1])
        expectClose(try found.cells("Decisions", "l2", columns), [0, 0, 0, 2])
    }

    @Test func withoutLabelsNothingIsFound() throws {
        let section = try evaluation([([], [1.0, -1]), ([], [-1, -1])], ["a", "b"], isMultiLabel: true)
            .section("x", calibration: nil, seed: 1)
        let found = try SectionValues(section)
        for name in ["micro-F1", "macro-F1", "samples F1", "macro PR-AUC", "micro PR-AUC", "macro-MCC"] {
            #expect(try found.value(name).isNull, "\(name)")
        }
        #expect(try found.value("subset accuracy").doubleValue == 0.5)
        #expect(found.notes.contains { $0.hasPrefix("No text has a label:") })
    }
}
