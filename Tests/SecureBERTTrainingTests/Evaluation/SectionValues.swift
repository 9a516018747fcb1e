import SecureBERTJSON
import SecureBERTTraining
import Testing

/// A part of a report, as its JSON has it.
struct SectionValues {
    private let json: JSON

    init(_ section: EvaluationReport.Section) throws {
        let report = EvaluationReport(title: "t", settings: [], sections: [section])
        json = try #require(report.json["sections"]?.elements.first)
    }

    var notes: [String] { json["notes"]?.strings ?? [] }

    func value(_ figure: String) throws -> JSON { try #require(json["figures"]?[figure]?["value"], "\(figure)") }

    /// The bounds; empty when there are none.
    func interval(_ figure: String) throws -> [Double] {
        try #require(json["figures"]?[figure]?["interval95"], "\(figure)").numbers
    }

    func cell(_ table: String, _ row: String, _ column: String) throws -> JSON {
        let found = try #require(json["tables"]?.elements.first { $0["title"]?.stringValue == table }, "\(table)")
        let place = try #require(found["columns"]?.strings.firstIndex(of: column), "\(column)")
        let cells = try #require(found["rows"]?.elements.first { $0.elements.first?.stringValue == row }, "\(row)")
        return try #require(cells.elements.dropFirst(place).first)
    }

    /// Numbers of a row, null for a dash.
    func cells(_ table: String, _ row: String, _ columns: [String]) throws -> [Double?] {
        try columns.map { try cell(table, row, $0).doubleValue }
    }

    /// The first plot whose title begins so.
    func plot(_ title: String) -> JSON? {
        json["plots"]?.elements.first { $0["title"]?.stringValue?.hasPrefix(title) == true }
    }
}

/// Expects equal numbers, up to rounding.
func expectClose(_ found: [Double?], _ expected: [Double?], sourceLocation: SourceLocation = #_sourceLocation) {
    expectEqual(found, .array(expected.map { $0.map(JSON.number) ?? .null }), "", sourceLocation: sourceLocation)
}
