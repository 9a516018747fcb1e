/// Rows of text with aligned columns.
struct Table {
    enum Alignment {
        case left
        case right
    }

    private let alignments: [Alignment]
    private var rows: [[String]] = []
    private var styles: [[Terminal.Style]] = []

    init(_ alignments: [Alignment]) { self.alignments = alignments }

    /// Adds a row of one cell per column.
    mutating func add(_ cells: [String], style: Terminal.Style? = nil) {
        rows.append(cells)
        styles.append(style.map { [$0] } ?? [])
    }

    /// The rows as lines, columns two spaces apart; a column is as wide as its widest cell.
    func lines(_ terminal: Terminal) -> [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        return zip(rows, styles).map { cells, style in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let spaces = String(repeating: " ", count: widths[column] - cell.displayWidth)
                if column > 0 { line += "  " }
                switch alignments[column] {
                case .right: line += spaces + cell
                case .left: line += column == cells.count - 1 ? cell : cell + spaces
                }
            }
            return style.first.map { terminal.styled(line, $0) } ?? line
        }
    }
}
