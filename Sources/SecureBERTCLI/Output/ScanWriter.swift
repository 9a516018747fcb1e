import SecureBERTIntel
import SecureBERTJSON

/// Writes a scan in the formats that were asked for.
struct ScanWriter {
    let report: ScanReport
    let context: ScanContext
    /// How many findings the text shows; nil for all.
    let top: Int?

    func text(_ format: ScanCommand.Format, terminal: Terminal) -> String {
        switch format {
        case .text: ScanText(report: report, context: context, top: top, terminal: terminal).text
        case .json: ScanJSON(report: report, context: context).json.prettyText + "\n"
        case .sarif: SarifLog(report, context.sarif).json.prettyText + "\n"
        }
    }

    /// The content of a file, whose name tells the format.
    func text(for path: String) -> String {
        let name = path.lowercased()
        let format: ScanCommand.Format =
            name.hasSuffix(".sarif") || name.hasSuffix(".sarif.json") ? .sarif : name.hasSuffix(".json") ? .json : .text
        return text(format, terminal: Terminal.standardOutput.colors(false))
    }
}
