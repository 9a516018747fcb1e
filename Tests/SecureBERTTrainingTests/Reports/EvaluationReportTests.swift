import SecureBERTJSON
import SecureBERTTraining
import Testing

/// Reports as JSON, Markdown and HTML.
@Suite struct EvaluationReportTests {
    private var report: EvaluationReport {
        let truth = (0..<60).map { $0 % 3 == 0 }
        let scores = (0..<60).map { (index: Int) -> Double in
            let score = Double((index * 37) % 60) / 60
            return index % 3 == 0 ? score : score * 0.7
        }
        let labels = ["Indicator", "Malware", "Organization <b>|</b>"]
        let classes = (0..<60).map { $0 % 3 }
        let metrics = ClassificationMetrics(
            references: classes, predictions: (0..<60).map { $0 % 5 == 0 ? 1 : $0 % 3 }, labels: labels)
        var section = EvaluationReport.Section("test split")
        section.notes = ["Other data than the published figures."]
        section.figures = [
            .init("accuracy", metrics.accuracy, metrics.interval { matrix, _ in matrix.accuracy }),
            .init("ROC area", nil),
        ]
        section.tables = [
            .init(
                "Classes", columns: ["class", "F1", "examples"],
                rows: zip(labels, metrics.counts).map { [.text($0), .number($1.f1), .count($1.actual)] })
        ]
        section.plots = [
            .bars(
                title: "F1 by class",
                zip(labels, metrics.counts).map { .init($0, $1.f1, max(0, $1.f1 - 0.1)...min(1, $1.f1 + 0.05)) }),
            .precisionRecall(
                title: "Precision and recall", [("model", PrecisionRecallCurve(isPositive: truth, scores: scores))]),
            .reliability(
                title: "Reliability",
                [("as trained", Calibration(probabilities: scores, cameTrue: truth, binCount: 10))]),
            .confusion(title: "Confusion", rows: labels, columns: labels, counts: metrics.confusion.counts),
            .depths(title: "Cloze accuracy", [("model", [(1, 0.25), (2, 0.5), (10, 0.75)])]),
        ]
        return EvaluationReport(
            title: "Classes & labels", settings: [("model", "tiny"), ("seed", "0")], sections: [section])
    }

    @Test func jsonHoldsEverything() throws {
        let json = try JSON.parse(report.json.text)
        let section = try #require(json["sections"]?.arrayValue?.first)
        #expect(section["figures"]?["accuracy"]?["value"]?.doubleValue == 52.0 / 60)
        #expect(section["figures"]?["accuracy"]?["interval95"]?.arrayValue?.count == 2)
        #expect(section["figures"]?["ROC area"]?["value"]?.isNull == true)
        #expect(section["tables"]?.arrayValue?.first?["rows"]?.arrayValue?.count == 3)
        #expect(section["plots"]?.arrayValue?.count == 5)
        #expect(json["settings"]?["model"]?.stringValue == "tiny")
    }

    @Test func tablesHoldIntervals() throws {
        var section = EvaluationReport.Section("x")
        section.tables = [
            .init(
                "Classes", columns: ["class", "F1", "F1, 95 %"],
                rows: [
                    [.text("a"), .number(0.5), .interval(0.25...0.7504)], [.text("b"), .number(nil), .interval(nil)],
                ])
        ]
        let report = EvaluationReport(title: "t", settings: [], sections: [section])
        let rows = report.json["sections"]?.elements.first?["tables"]?.elements.first?["rows"]?.elements ?? []
        #expect(rows.first?.elements.last?.numbers == [0.25, 0.7504])
        #expect(rows.last?.elements.last?.isNull == true)
        #expect(report.markdown.contains("| --- | ---: | ---: |\n| a | 0.500 | 0.250-0.750 |\n| b | – | – |\n"))
        #expect(report.html.contains("<td class=\"number\">0.250-0.750</td>"))
    }

    @Test func markdownKeepsCellsApart() {
        let text = report.markdown
        #expect(text.hasPrefix("# Classes & labels\n"))
        #expect(text.contains("| Organization <b>\\|</b> |"))
        #expect(text.contains("| class | F1 | examples |\n| --- | ---: | ---: |\n"))
        #expect(text.contains("| accuracy | 0.867 ("))
        #expect(text.contains("| ROC area | – |"))
    }

    @Test func thePageIsSelfContainedAndEscaped() throws {
        let page = report.html
        #expect(page.split(separator: "<svg").count == 6)
        #expect(!page.contains("<b>"))
        #expect(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"))
        #expect(page.contains("default-src 'none'"))
        #expect(!page.contains("nan") && !page.contains("inf\""))
    }

    @Test func emptyReportsAreWhole() throws {
        var section = EvaluationReport.Section("nothing")
        section.plots = [
            .bars(title: "b", []), .reliability(title: "r", []),
            .confusion(title: "c", rows: [], columns: [], counts: []),
        ]
        section.tables = [.init("t", columns: ["a"], rows: [])]
        let report = EvaluationReport(title: "t", settings: [], sections: [section])
        #expect(report.html.hasSuffix("</body>\n</html>\n"))
        #expect(report.markdown.contains("| a |\n| --- |\n"))
        _ = try JSON.parse(report.json.text)
    }
}
