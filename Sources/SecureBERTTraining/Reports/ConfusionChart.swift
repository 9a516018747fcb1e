/// A confusion matrix as SVG: darker cells hold a larger share of their row. Hovering a cell says what it counts.
struct ConfusionChart {
    let title: String
    let rows: [String]
    let columns: [String]
    let counts: [[Int]]

    private static let width = 760.0
    private static let names = 150.0
    private static let top = 150.0

    /// The chart; empty when there is nothing to draw.
    var svg: String {
        guard !columns.isEmpty, counts.contains(where: { $0.contains { $0 > 0 } }) else { return "" }
        let cell = min(44, (Self.width - Self.names) / Double(max(columns.count, rows.count)))
        let fontSize = min(12, (cell * 8).rounded() / 10)
        let height = Self.top + cell * Double(rows.count) + 8
        func place(_ index: Int) -> Double { ((Double(index) * cell) * 10).rounded() / 10 }
        var body = """
            <text x="0" y="18" class="title">\(title.escapedForHTML)</text>\
            <text x="0" y="36">rows: what is; columns: what was predicted</text>
            """
        for (index, name) in columns.enumerated() {
            let x = Self.names + place(index) + cell / 2
            body += """
                <text x="\(x)" y="\(Self.top - 6)" transform="rotate(-60 \(x) \(Self.top - 6))" \
                style="font-size:\(fontSize)px">\(Self.short(name))</text>
                """
        }
        for (row, name) in rows.enumerated() {
            let y = Self.top + place(row)
            body += """
                <text x="\(Self.names - 6)" y="\(y + cell / 2 + fontSize / 3)" text-anchor="end" \
                style="font-size:\(fontSize)px">\(Self.short(name))</text>
                """
            let total = counts[row].reduce(0, +)
            for (column, count) in counts[row].enumerated() {
                let x = Self.names + place(column)
                let share = total == 0 ? 0 : Double(count) / Double(total)
                let hint = "\(name) as \(columns[column]): \(count)".escapedForHTML
                body += """
                    <rect x="\(x)" y="\(y)" width="\(cell - 1)" height="\(cell - 1)" class="cell" \
                    fill-opacity="\(0.04 + (share * 0.7 * 100).rounded() / 100)"><title>\(hint)</title></rect>
                    """
                if count > 0, cell >= 22 {
                    body += """
                        <text x="\(x + cell / 2)" y="\(y + cell / 2 + 4)" text-anchor="middle" pointer-events="none">\
                        \(count)</text>
                        """
                }
            }
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title.escapedForHTML)">\(body)</svg>
            """
    }

    private static func short(_ name: String) -> String {
        (name.count <= 22 ? name : name.prefix(21) + "…").escapedForHTML
    }
}
