/// A line chart as SVG, for reports that people look at: light and dark, no scripts.
struct LineChart {
    struct Series {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let xLabel: String
    let series: [Series]
    /// What the horizontal axis shows; what the points need unless given.
    var xRange: ClosedRange<Double>?
    /// What the vertical axis shows; what the points need unless given.
    var yRange: ClosedRange<Double>?

    private static let width = 760.0
    private static let height = 300.0
    private static let left = 64.0
    private static let right = 16.0
    private static let top = 30.0
    private static let bottom = 40.0
    /// More points than pixels only make the file large.
    private static let maximumPoints = 600

    /// The chart; empty when there is nothing to draw.
    var svg: String {
        let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let first = points.first else { return "" }
        var (x0, x1, y0, y1) = (first.x, first.x, first.y, first.y)
        for point in points {
            (x0, x1) = (min(x0, point.x), max(x1, point.x))
            (y0, y1) = (min(y0, point.y), max(y1, point.y))
        }
        if let xRange { (x0, x1) = (xRange.lowerBound, xRange.upperBound) }
        if let yRange { (y0, y1) = (yRange.lowerBound, yRange.upperBound) }
        if x1 == x0 { x1 = x0 + 1 }
        if y1 == y0 { y1 = y0 + 1 }
        func x(_ value: Double) -> Double {
            Self.left + (value - x0) / (x1 - x0) * (Self.width - Self.left - Self.right)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - (value - y0) / (y1 - y0) * (Self.height - Self.top - Self.bottom)
        }
        var body = "<text x=\"\(Self.left)\" y=\"18\" class=\"title\">\(title.escapedForHTML)</text>"
        for step in 0...4 {
            let value = y0 + (y1 - y0) * Double(step) / 4
            body += """
                <line x1="\(Self.left)" x2="\(Self.width - Self.right)" y1="\(rounded(y(value)))" y2="\(rounded(y(value)))" \
                class="grid"/><text x="\(Self.left - 6)" y="\(rounded(y(value)) + 4)" text-anchor="end">\(label(value))</text>
                """
            let position = x0 + (x1 - x0) * Double(step) / 4
            body += """
                <text x="\(rounded(x(position)))" y="\(Self.height - 20)" text-anchor="middle">\(label(position))</text>
                """
        }
        body += """
            <text x="\((Self.width + Self.left) / 2)" y="\(Self.height - 4)" text-anchor="middle">\
            \(xLabel.escapedForHTML)</text>
            """
        for (index, line) in series.enumerated() {
            let stride = max(1, line.points.count / Self.maximumPoints)
            let shown = line.points.enumerated().filter { $0.offset.isMultiple(of: stride) && $0.element.y.isFinite }
            let path = shown.map { "\(rounded(x($0.element.x))),\(rounded(y($0.element.y)))" }.joined(separator: " ")
            body += "<polyline points=\"\(path)\" class=\"line s\(index)\"/>"
            if series.count > 1 {
                // About seven pixels a character, from the right.
                let behind = series[(index + 1)...].reduce(0) { $0 + $1.name.count * 7 + 14 }
                body += """
                    <text x="\(Self.width - Self.right - Double(behind))" y="18" text-anchor="end" \
                    class="s\(index)">\(line.name.escapedForHTML)</text>
                    """
            }
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(title.escapedForHTML)">\(body)</svg>
            """
    }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    /// A number with three digits that count: 1.25, 0.0008, 12M.
    private func label(_ value: Double) -> String {
        for (limit, suffix) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where abs(value) >= limit {
            return Self.digits(value / (suffix == "k" ? 1e3 : limit)) + suffix
        }
        return Self.digits(value)
    }

    private static func digits(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        var scale = 1.0
        while abs(value) * scale < 100, scale < 1e12 { scale *= 10 }
        return (value * scale).rounded() / scale == value.rounded()
            ? "\(Int(value.rounded()))" : "\((value * scale).rounded() / scale)"
    }
}
