import SecureBERT
import SecureBERTIntel

/// An analysis as a summary for a terminal: techniques with their best sentence, names with their ids, indicators by type.
struct AnalysisSummary {
    let terminal: Terminal
    /// Whether indicators are written so that nobody opens them by accident.
    let isDefanged: Bool

    func callAsFunction(_ analysis: ReportAnalysis) -> String {
        let sections = [
            techniques(analysis.techniques), names(analysis.entities), indicators(analysis.indicators),
        ].filter { $0.count > 1 }
        let head = terminal.styled(analysis.name.visible, .bold)
        guard !sections.isEmpty else { return head + "\n  nothing was found" }
        return ([[head]] + sections).map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var width: Int { max(60, min(terminal.columns, 120)) }

    private func title(_ text: String) -> String { terminal.styled(text, .cyan) }

    private func techniques(_ techniques: [FoundTechnique]) -> [String] {
        [title("Techniques")]
            + techniques.flatMap { technique -> [String] in
                let best = technique.evidence.first
                let score = best?.isNamed == true ? "named" : technique.score.fixed(3)
                let more = technique.evidence.count > 1 ? ", \(technique.evidence.count.counted("sentence"))" : ""
                let text = best.map { $0.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") } ?? ""
                return [
                    "  \(terminal.styled(technique.entry.id.visible.padded(to: 10), .bold)) "
                        + "\(technique.entry.name.visible) (\(score)\(more))",
                    terminal.styled("             " + text.visible.shortened(to: width - 13), .dim),
                ]
            }
    }

    private func names(_ entities: [FoundEntity]) -> [String] {
        let groups = Dictionary(grouping: entities) { "\($0.type)\u{0}\($0.text)" }
        let sorted = groups.values.compactMap { found in found.first.map { ($0, found.count) } }
            .sorted { ($0.0.type, -$0.1, $0.0.text) < ($1.0.type, -$1.1, $1.0.text) }
        return [title("Names")]
            + sorted.map { entity, count in
                let ids = entity.links.map { "\($0.id) \($0.name)" }.joined(separator: ", ")
                return "  \(entity.type.visible.padded(to: 13)) \(entity.text.visible.shortened(to: 60))"
                    + (count > 1 ? " x \(count)" : "")
                    + (ids.isEmpty ? "" : "  " + terminal.styled(ids.visible, .green))
            }
    }

    private func indicators(_ indicators: [FoundIndicator]) -> [String] {
        var seen: [String: Int] = [:]
        var lines: [(type: String, text: String)] = []
        for found in indicators {
            let value = isDefanged ? found.indicator.defanged : found.indicator.value
            let name = found.link.map { "  " + terminal.styled($0.name.visible, .green) } ?? ""
            let line = value.visible.shortened(to: width - 20) + name
            let key = "\(found.indicator.type.rawValue) \(line)"
            seen[key, default: 0] += 1
            if seen[key] == 1 { lines.append((found.indicator.type.rawValue, line)) }
        }
        return [title("Indicators")]
            + lines.sorted { $0.type < $1.type }.map { type, line in
                let count = seen["\(type) \(line)"] ?? 1
                return "  \(type.padded(to: 18)) \(line)" + (count > 1 ? " x \(count)" : "")
            }
    }
}

extension String {
    /// With blanks at its end.
    fileprivate func padded(to columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - count))
    }
}
