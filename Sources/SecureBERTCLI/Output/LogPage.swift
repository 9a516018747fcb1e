import SecureBERTIntel
import SecureBERTTraining

/// A page with the course of the scores and the templates of the anomalies, in bounded memory.
struct LogPage {
    private struct Found {
        let template: String
        let place: String
        let score: LogDetector.Score
        var count = 1
    }

    /// The largest score of each stretch of lines, all of the same length.
    private var course: [Double] = []
    private var stretch = 1
    private var lines = 0
    private var found: [Int: Found] = [:]
    private static let stretches = 600
    private static let templates = 1000
    private static let shown = 100

    mutating func add(_ record: LogRecord, _ score: LogDetector.Score) {
        if lines.isMultiple(of: stretch) {
            if course.count == Self.stretches { halve() }
        }
        if lines.isMultiple(of: stretch) {
            course.append(score.score)
        } else {
            course[course.count - 1] = max(course[course.count - 1], score.score)
        }
        lines += 1
        guard score.isAnomaly else { return }
        if found[score.templateID] != nil {
            found[score.templateID]?.count += 1
        } else if found.count < Self.templates {
            found[score.templateID] = Found(
                template: score.template, place: "\(record.file):\(record.number)", score: score)
        }
    }

    /// Neighbours become one.
    private mutating func halve() {
        course = stride(from: 0, to: course.count, by: 2).map { max(course[$0], course[min($0 + 1, course.count - 1)]) }
        stretch *= 2
    }

    func html(_ profile: LogProfile) -> String {
        var section = EvaluationReport.Section("Scores")
        let points = course.enumerated().map { (x: Double($0.offset * stretch + 1), y: $0.element) }
        section.plots = [
            .course(
                title: "Largest score of \(stretch.counted("line"))", over: "line",
                [
                    ("score", points),
                    ("threshold", [(1, profile.threshold), (Double(max(2, lines)), profile.threshold)]),
                ])
        ]
        let sorted = found.values.sorted {
            ($1.score.score, $0.score.templateID) < ($0.score.score, $1.score.templateID)
        }
        section.tables = [
            EvaluationReport.Table(
                "Templates of anomalies",
                columns: ["template", "first", "lines", "normal lines", "surprise", "severity", "score"],
                rows: sorted.prefix(Self.shown).map {
                    [
                        .text($0.template), .text($0.place), .count($0.count), .count($0.score.count),
                        .number($0.score.reading.surprise), .number($0.score.reading.severity), .number($0.score.score),
                    ]
                })
        ]
        if sorted.count > Self.shown {
            section.notes = ["\(sorted.count.grouped) templates, of which \(Self.shown) are shown."]
        }
        let settings = [
            ("lines", lines.grouped), ("normal lines", profile.lines.grouped),
            ("model", profile.model ?? "none"), ("threshold", profile.threshold.fixed(2)),
        ]
        return EvaluationReport(title: "Log anomalies", settings: settings, sections: [section]).html
    }
}
