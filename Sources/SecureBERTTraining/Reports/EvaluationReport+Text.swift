extension EvaluationReport {
    /// The figures and tables in Markdown; plots are left to the page.
    public var markdown: String {
        var parts = ["# \(Self.cell(title))\n"]
        parts.append(settings.map { "- \(Self.cell($0.name)): \(Self.cell($0.value))\n" }.joined())
        for section in sections {
            parts.append("## \(Self.cell(section.title))\n")
            parts += section.notes.map { "\(Self.cell($0))\n" }
            if !section.figures.isEmpty {
                parts.append(
                    Self.table(
                        ["figure", "value (95 % interval)"], section.figures.map { [$0.name, $0.text] }, [false, true]))
            }
            for table in section.tables {
                parts.append("### \(Self.cell(table.title))\n")
                parts.append(Self.table(table.columns, table.rows.map { $0.map(\.text) }, Self.alignment(table)))
            }
        }
        return parts.joined(separator: "\n")
    }

    /// Which columns hold numbers.
    private static func alignment(_ table: Table) -> [Bool] {
        table.columns.indices.map { column in
            !table.rows.isEmpty && table.rows.allSatisfy { column < $0.count && $0[column].isNumber }
        }
    }

    private static func table(_ heads: [String], _ rows: [[String]], _ isNumber: [Bool]) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
        return line(heads) + line(isNumber.map { $0 ? "---:" : "---" }) + rows.map(line).joined()
    }

    /// Text that stays inside its cell.
    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\r\n", with: " ").replacing("\n", with: " ")
    }

    /// The report as a page with plots, which needs nothing but itself.
    public var html: String {
        let rows = settings.map {
            "<tr><td>\($0.name.escapedForHTML)</td><td>\($0.value.escapedForHTML)</td></tr>"
        }
        var parts = ["<h1>\(title.escapedForHTML)</h1>", "<table>\(rows.joined())</table>"]
        for section in sections {
            parts.append("<h2>\(section.title.escapedForHTML)</h2>")
            parts += section.notes.map { "<p class=\"note\">\($0.escapedForHTML)</p>" }
            if !section.figures.isEmpty {
                let figures = section.figures.map {
                    "<tr><td>\($0.name.escapedForHTML)</td><td class=\"number\">\($0.text.escapedForHTML)</td></tr>"
                }
                parts.append("<table>\(figures.joined())</table>")
            }
            parts += section.plots.map(Self.svg)
            parts += section.tables.map(Self.html)
        }
        return ReportPage(title: title, body: parts.joined(separator: "\n")).html
    }

    private static func html(_ table: Table) -> String {
        let isNumber = alignment(table)
        func row(_ tag: String, _ cells: [String]) -> String {
            let cells = zip(cells, isNumber).map { cell, isNumber in
                "<\(tag)\(isNumber ? " class=\"number\"" : "")>\(cell.escapedForHTML)</\(tag)>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        let rows = table.rows.map { row("td", $0.map(\.text)) }
        return """
            <h3>\(table.title.escapedForHTML)</h3>
            <table>\(row("th", table.columns))\(rows.joined(separator: "\n"))</table>
            """
    }

    private static func svg(_ plot: Plot) -> String {
        var series = plot.curves.map { LineChart.Series(name: $0.name, points: $0.points) }
        switch plot {
        case .bars(let title, let figures): return BarChart(title: title, bars: figures).svg
        case .confusion(let title, let rows, let columns, let counts):
            return ConfusionChart(title: title, rows: rows, columns: columns, counts: counts).svg
        case .precisionRecall(let title, _):
            return LineChart(
                title: title, xLabel: "recall (vertical: precision)", series: series, xRange: 0...1, yRange: 0...1
            ).svg
        case .reliability(let title, _):
            series.append(.init(name: "perfect", points: [(0, 0), (1, 1)]))
            return LineChart(
                title: title, xLabel: "probability (vertical: how often it came true)", series: series, xRange: 0...1,
                yRange: 0...1
            ).svg
        case .depths(let title, _):
            return LineChart(title: title, xLabel: "predictions looked at", series: series, yRange: 0...1).svg
        case .course(let title, let over, _): return LineChart(title: title, xLabel: over, series: series).svg
        }
    }
}
