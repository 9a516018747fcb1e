/// What an evaluation found: figures with intervals, tables and plots, as JSON, Markdown and a page of HTML.
public struct EvaluationReport: Sendable {
    /// A figure.
    public struct Figure: Sendable {
        /// What it is: "micro F1".
        public let name: String
        /// Its value; nil when it is not defined on these data.
        public let value: Double?
        /// Its 95 % interval; nil when none was computed.
        public let interval: ClosedRange<Double>?

        /// A figure with its interval.
        public init(_ name: String, _ value: Double?, _ interval: ClosedRange<Double>? = nil) {
            (self.name, self.value, self.interval) = (name, value, interval)
        }
    }

    /// A table: the first column is text, cells of the others are text or numbers.
    public struct Table: Sendable {
        /// A cell.
        public enum Cell: Sendable {
            /// Text.
            case text(String)
            /// A count.
            case count(Int)
            /// A number; nil when it is not defined.
            case number(Double?)
            /// The 95 % interval of a number beside it; nil when there is none.
            case interval(ClosedRange<Double>?)
        }

        /// Its heading.
        public let title: String
        /// The heads of the columns.
        public let columns: [String]
        /// The rows, each as long as ``columns``.
        public let rows: [[Cell]]

        /// A table with its heading.
        public init(_ title: String, columns: [String], rows: [[Cell]]) {
            (self.title, self.columns, self.rows) = (title, columns, rows)
        }
    }

    /// A plot; the first kind is of a figure for each class, the others' axes reach from 0 to 1, except for courses.
    public enum Plot: Sendable {
        /// A bar for each figure.
        case bars(title: String, [Figure])
        /// Precision over recall, a line for each curve.
        case precisionRecall(title: String, [(name: String, curve: PrecisionRecallCurve)])
        /// How often it came true over the probability, a line for each calibration, beside the diagonal.
        case reliability(title: String, [(name: String, calibration: Calibration)])
        /// Shares found over the number of predictions looked at (cloze accuracy by n).
        case depths(title: String, [(name: String, points: [(depth: Int, value: Double)])])
        /// Values over what is counted, such as scores over lines.
        case course(title: String, over: String, [(name: String, points: [(x: Double, y: Double)])])
        /// What was taken for what; rows are what is.
        case confusion(title: String, rows: [String], columns: [String], counts: [[Int]])
    }

    /// A part of the report.
    public struct Section: Sendable {
        /// Its heading: the data set, or a way of counting.
        public var title: String
        /// Sentences on what to know about the figures: test sets that differ, leaks.
        public var notes: [String] = []
        /// The figures.
        public var figures: [Figure] = []
        /// The tables.
        public var tables: [Table] = []
        /// The plots.
        public var plots: [Plot] = []

        /// An empty part.
        public init(_ title: String) { self.title = title }
    }

    /// What was evaluated: "Named entities".
    public let title: String
    /// What it was evaluated with, in order: model, data, seed.
    public let settings: [(name: String, value: String)]
    /// The parts, in order.
    public var sections: [Section]

    /// A report.
    public init(title: String, settings: [(name: String, value: String)], sections: [Section] = []) {
        (self.title, self.settings, self.sections) = (title, settings, sections)
    }

    /// The bounds of an interval, as tables show them.
    static func rounded(_ interval: ClosedRange<Double>) -> String {
        "\(rounded(interval.lowerBound))-\(rounded(interval.upperBound))"
    }

    /// A number with three decimals, as tables show it.
    static func rounded(_ value: Double) -> String {
        let thousandths = (abs(value) * 1000).rounded()
        guard thousandths < 1e15 else { return "\(value)" }
        let whole = Int(thousandths)
        let digits = "\(whole % 1000)"
        let sign = value < 0 && whole > 0 ? "-" : ""
        return "\(sign)\(whole / 1000)." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
}

extension EvaluationReport.Figure {
    /// "0.598 (0.561-0.633)", or a dash.
    var text: String {
        guard let value else { return "–" }
        let bounds = interval.map { " (\(EvaluationReport.rounded($0)))" }
        return EvaluationReport.rounded(value) + (bounds ?? "")
    }
}

extension EvaluationReport.Table.Cell {
    /// The cell as it is shown.
    var text: String {
        switch self {
        case .text(let text): text
        case .count(let count): "\(count)"
        case .number(let value): value.map { EvaluationReport.rounded($0) } ?? "–"
        case .interval(let interval): interval.map { EvaluationReport.rounded($0) } ?? "–"
        }
    }

    /// Whether it belongs to the right of its column.
    var isNumber: Bool { if case .text = self { false } else { true } }
}
