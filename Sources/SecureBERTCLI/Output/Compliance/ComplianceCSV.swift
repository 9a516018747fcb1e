import SecureBERT
import SecureBERTIntel

/// What `comply` found as a table for spreadsheets: a row for each control of a passage, then one for each gap (RFC 4180).
struct ComplianceCSV {
    /// The unit of "start" and "end".
    let offsets: OffsetCounting

    func callAsFunction(_ report: ComplianceReport) -> String {
        var rows = [["framework", "control", "title", "status", "score", "file", "line", "start", "end", "evidence"]]
        for analysis in report.analyses {
            for passage in analysis.passages {
                for mapped in passage.controls {
                    let range = offsets.of(mapped.evidence.range)
                    rows.append([
                        mapped.catalog, mapped.control.id, mapped.control.name, "suggested", mapped.score.fixed(3),
                        analysis.name, "\(passage.lines.lowerBound)", "\(range.lowerBound)", "\(range.upperBound)",
                        mapped.evidence.text,
                    ])
                }
            }
        }
        for coverage in report.coverages {
            for gap in coverage.gaps {
                rows.append([coverage.catalog.id, gap.id, gap.name, "gap", "", "", "", "", "", ""])
            }
        }
        return rows.map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
    }

    /// Quoted where it has to be. Spreadsheets run what begins like a formula, so a text that does is given a quote before it.
    private static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
