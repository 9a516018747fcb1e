import SecureBERTJSON

extension EvaluationReport {
    /// The report as one JSON value: `title`, `settings`, and `sections` with `figures` (`value`, `interval95`), `tables`,
    /// `notes`, and the points of the plots' curves.
    public var json: JSON {
        [
            "title": .string(title),
            "settings": .object(.init(settings.map { ($0.name, .string($0.value)) })),
            "sections": .array(sections.map(Self.json)),
        ]
    }

    private static func json(_ section: Section) -> JSON {
        [
            "title": .string(section.title), "notes": .array(section.notes.map(JSON.string)),
            "figures": .object(.init(section.figures.map { ($0.name, json($0)) })),
            "tables": .array(section.tables.map(json)), "plots": .array(section.plots.map(json)),
        ]
    }

    private static func json(_ figure: Figure) -> JSON {
        ["value": figure.value.map(JSON.number) ?? .null, "interval95": bounds(figure.interval)]
    }

    private static func bounds(_ interval: ClosedRange<Double>?) -> JSON {
        interval.map { JSON.array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
    }

    private static func json(_ table: Table) -> JSON {
        let rows = table.rows.map { row in
            JSON.array(
                row.map { cell in
                    switch cell {
                    case .text(let text): .string(text)
                    case .count(let count): .integer(count)
                    case .number(let value): value.map(JSON.number) ?? .null
                    case .interval(let interval): bounds(interval)
                    }
                })
        }
        return [
            "title": .string(table.title), "columns": .array(table.columns.map(JSON.string)), "rows": .array(rows),
        ]
    }

    private static func json(_ plot: Plot) -> JSON {
        switch plot {
        case .bars(let title, let figures):
            return ["title": .string(title), "bars": .object(.init(figures.map { ($0.name, json($0)) }))]
        case .confusion(let title, let rows, let columns, let counts):
            return [
                "title": .string(title), "rows": .array(rows.map(JSON.string)),
                "columns": .array(columns.map(JSON.string)),
                "counts": .array(counts.map { .array($0.map(JSON.integer)) }),
            ]
        case .precisionRecall(let title, _), .reliability(let title, _), .depths(let title, _),
            .course(let title, _, _):
            let curves = plot.curves.map { name, points in
                (name, JSON.array(points.map { .array([.number($0.x), .number($0.y)]) }))
            }
            return ["title": .string(title), "curves": .object(.init(curves))]
        }
    }
}

extension EvaluationReport.Plot {
    /// The lines of a plot that has lines.
    var curves: [(name: String, points: [(x: Double, y: Double)])] {
        switch self {
        case .bars, .confusion: []
        case .precisionRecall(_, let curves):
            curves.map { name, curve in
                let points = curve.points.map { (x: $0.recall, y: $0.precision) }
                return (name, points.prefix(1).map { (0, $0.y) } + points)
            }
        case .reliability(_, let curves):
            curves.map { ($0, $1.bins.filter { $0.count > 0 }.map { ($0.meanProbability, $0.frequency) }) }
        case .depths(_, let curves): curves.map { ($0, $1.map { (Double($0.depth), $0.value) }) }
        case .course(_, _, let curves): curves
        }
    }
}
