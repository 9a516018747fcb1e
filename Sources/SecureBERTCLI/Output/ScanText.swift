import SecureBERT
import SecureBERTIntel

/// A scan for people: worst first, each with its lines, and what the scores are worth.
struct ScanText {
    let report: ScanReport
    let context: ScanContext
    /// How many findings are shown; nil for all.
    let top: Int?
    let terminal: Terminal

    var text: String {
        let active = report.active
        let shown = active.prefix(top ?? active.count)
        var lines = [summary(active.count), meaning, ""]
        for finding in shown { lines += block(finding) + [""] }
        lines += rest(active.count - shown.count)
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private func summary(_ count: Int) -> String {
        let counts = report.counts
        let share = counts.functions == 0 ? "" : " (\(percent(Double(count) / Double(counts.functions))))"
        return """
            \(counts.files.counted("file")), \(counts.functions.counted("function")); \(count)\(share) with a score of \
            \(report.threshold.fixed(2)) or more, to be read first
            """
    }

    /// What a score is worth, or that nobody knows.
    private var meaning: String {
        guard let triage = context.triage, let row = triage.row(for: report.threshold) ?? triage.rows.first else {
            return "triage, not proof: how often the scores of this model are right has not been measured"
        }
        let interval = row.precision.interval
        return """
            triage, not proof: of functions with at least \(row.score.fixed(2)), \(percent(row.precision.value)) \
            (\(percent(interval.lowerBound)) to \(percent(interval.upperBound))) were vulnerable in \(triage.data), of all \
            functions there \(percent(Double(triage.vulnerable) / Double(triage.functions))); where fewer are, fewer findings are right
            """
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private func block(_ finding: ScanFinding) -> [String] {
        let place = "\(finding.path.visible):\(finding.function.lines.lowerBound)-\(finding.function.lines.upperBound)"
        let label = finding.label == "vulnerable" || finding.label.isEmpty ? "" : "  \(finding.label)"
        let measured =
            context.triage?.row(for: finding.score).map { row in
                let interval = row.precision.interval
                return "  \(percent(interval.lowerBound)) to \(percent(interval.upperBound)) right"
            } ?? ""
        var lines = [
            "\(bar(finding.score)) \(terminal.styled(finding.score.fixed(2), .bold))\(terminal.styled(measured, .dim))  "
                + "\(terminal.styled(place, .cyan))  \(finding.function.qualifiedName.visible)\(label)"
        ]
        let width = "\(finding.lines.map(\.number).max() ?? 0)".count
        for line in finding.lines.sorted(by: { $0.number < $1.number }) {
            let number = "\(line.number)"
            let space = String(repeating: " ", count: width - number.count)
            let share = percent(line.share)
            lines.append(
                "  \(String(repeating: " ", count: max(0, 5 - share.count)))\(terminal.styled(share, .dim))  \(space)\(number)  "
                    + line.text.visible.shortened(to: max(20, terminal.columns - width - 14)))
        }
        return lines
    }

    private func bar(_ score: Double) -> String {
        let cells = max(0, min(10, Int((score * 10).rounded())))
        let text = String(repeating: "#", count: cells) + String(repeating: "-", count: 10 - cells)
        return terminal.styled(text, score >= 0.8 ? .red : score >= 0.5 ? .yellow : .green)
    }

    private func rest(_ hidden: Int) -> [String] {
        var lines: [String] = []
        if report.active.contains(where: { !$0.lines.isEmpty }) {
            lines.append("lines: their part of what speaks for the finding, by gradient x input")
        }
        if hidden > 0 { lines.append("\(hidden.counted("more finding")); --top shows more") }
        let known = report.findings.count { $0.isKnown }
        if known > 0 { lines.append("\(known.counted("finding")) of the baseline not shown") }
        let suppressed = report.findings.count { $0.suppression != nil && !$0.isKnown }
        if suppressed > 0 { lines.append("\(suppressed.counted("finding")) silenced in the source not shown") }
        if report.counts.cached > 0 {
            lines.append("\(report.counts.cached.counted("score")) remembered from earlier scans")
        }
        return lines
    }
}
