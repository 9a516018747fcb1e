/// Horizontal bars of values from 0 to 1, with whiskers where there are intervals, as SVG for reports.
struct BarChart {
    let title: String
    let bars: [EvaluationReport.Figure]

    private static let width = 760.0
    private static let names = 220.0
    private static let right = 70.0
    private static let row = 20.0
    private static let top = 30.0

    /// The chart; empty when there is nothing to draw.
    var svg: String {
        let shown = bars.compactMap { bar in bar.value.map { (bar, $0) } }
        guard !shown.isEmpty else { return "" }
        func x(_ value: Double) -> Double {
            let place = Self.names + min(1, max(0, value)) * (Self.width - Self.names - Self.right)
            return (place * 10).rounded() / 10
        }
        let height = Self.top + Self.row * Double(shown.count) + 24
        var body = "<text x=\"0\" y=\"18\" class=\"title\">\(title.escapedForHTML)</text>"
        for step in 0...4 {
            let place = x(Double(step) / 4)
            body += """
                <line x1="\(place)" x2="\(place)" y1="\(Self.top)" y2="\(height - 20)" class="grid"/>\
                <text x="\(place)" y="\(height - 4)" text-anchor="middle">\(Double(step) / 4)</text>
                """
        }
        for (index, (bar, value)) in shown.enumerated() {
            let y = Self.top + Self.row * Double(index)
            let name = bar.name.count <= 32 ? bar.name : bar.name.prefix(31) + "…"
            let end = bar.interval.map { max(x($0.upperBound), x(value)) } ?? x(value)
            body += """
                <text x="\(Self.names - 8)" y="\(y + 14)" text-anchor="end">\(name.escapedForHTML)</text>\
                <rect x="\(Self.names)" y="\(y + 3)" width="\(x(value) - Self.names)" height="\(Self.row - 6)" class="bar"/>\
                <text x="\(end + 6)" y="\(y + 14)">\(EvaluationReport.rounded(value))</text>
                """
            if let interval = bar.interval {
                let middle = y + Self.row / 2
                body += """
                    <line x1="\(x(interval.lowerBound))" x2="\(x(interval.upperBound))" y1="\(middle)" y2="\(middle)" \
                    class="whisker"/>
                    """
            }
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title.escapedForHTML)">\(body)</svg>
            """
    }
}
