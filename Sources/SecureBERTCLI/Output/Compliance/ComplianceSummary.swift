import SecureBERTIntel

/// What `comply` found, for a terminal: passages with their controls, coverage with bars, gaps, techniques.
struct ComplianceSummary {
    let terminal: Terminal
    /// More are in the other formats.
    private let techniqueLimit = 10

    func callAsFunction(_ report: ComplianceReport) -> String {
        let sections =
            report.analyses.map { passages($0, report) } + report.coverages.map(coverage) + report.coverages.map(gaps)
            + [techniques(report), report.caveats.flatMap { wrapped($0, indent: 0, lines: 3) }.map(dimmed)]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var width: Int { max(60, min(terminal.columns, 120)) }

    private func title(_ text: String) -> String { terminal.styled(text, .cyan) }

    private func dimmed(_ text: String) -> String { terminal.styled(text, .dim) }

    private func wrapped(_ text: String, indent: Int, lines: Int) -> [String] {
        text.visible.wrapped(to: width - indent, lines: lines).map { String(repeating: " ", count: indent) + $0 }
    }

    private func passages(_ analysis: PolicyAnalysis, _ report: ComplianceReport) -> [String] {
        let mapped = analysis.passages.filter { !$0.controls.isEmpty }
        let count = "\(mapped.count.grouped) of \(analysis.passages.count.counted("passage"))"
        return [
            terminal.styled(analysis.name.visible, .bold) + ", \(count) with controls"
        ]
            + mapped.flatMap { passage -> [String] in
                ["", title("line \(passage.lines.lowerBound)") + heading(passage)]
                    + passage.controls.flatMap { mapped -> [String] in
                        let evidence = mapped.evidence.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                        return [
                            "  \(terminal.styled(mapped.control.id.visible, .bold)) \(label(mapped.control)) "
                                + "(\(mapped.score.fixed(2)))",
                            dimmed("      " + evidence.visible.shortened(to: width - 6)),
                        ]
                    }
            }
            + (report.leftOut(analysis).map { [""] + wrapped($0, indent: 0, lines: 3).map(dimmed) } ?? [])
    }

    private func heading(_ passage: MappedPassage) -> String {
        passage.heading.map { dimmed("  " + $0.visible.shortened(to: width - 20)) } ?? ""
    }

    private func label(_ control: KnowledgeEntry) -> String {
        ControlLabel.text(control).visible.shortened(to: max(30, width - 24))
    }

    private func coverage(_ coverage: ComplianceCoverage) -> [String] {
        var table = Table([.left, .left, .right, .left])
        for group in coverage.groups {
            table.add([
                "  " + (group.id.isEmpty ? "all" : group.id.visible), group.name.visible.shortened(to: 44),
                "\(group.covered)/\(group.total)", bar(group.covered, group.total),
            ])
        }
        let counts = coverage.counts
        let baseline = coverage.baseline.map { ", \($0) baseline" } ?? ""
        let outside = coverage.covered.count { !$0.isExpected }
        let more = outside > 0 ? ", and \(outside) outside of it" : ""
        return [
            title("Coverage of \(coverage.catalog.name.visible)\(baseline)")
                + ": evidence for \(counts.covered) of \(counts.total) controls\(more)"
        ] + table.lines(terminal)
    }

    private func bar(_ covered: Int, _ total: Int) -> String {
        let length = 20
        let full = total > 0 ? (covered * length + total / 2) / total : 0
        return String(repeating: "█", count: full) + dimmed(String(repeating: "·", count: length - full))
    }

    private func gaps(_ coverage: ComplianceCoverage) -> [String] {
        guard !coverage.gaps.isEmpty else { return [] }
        let ids = coverage.gaps.map(\.id).joined(separator: ", ")
        return [
            title("Without evidence in \(coverage.catalog.name.visible)")
                + ": \(coverage.gaps.count.counted("control"))"
        ]
            + wrapped(ids, indent: 2, lines: 60)
    }

    private func techniques(_ report: ComplianceReport) -> [String] {
        guard let techniques = report.techniques, !techniques.isEmpty else { return [] }
        var table = Table([.left, .left, .left])
        for mitigated in techniques.prefix(techniqueLimit) {
            table.add([
                "  " + mitigated.technique.id.visible, mitigated.technique.name.visible.shortened(to: 40),
                mitigated.controls.joined(separator: " ").shortened(to: width - 56),
            ])
        }
        let more =
            techniques.count > techniqueLimit ? ["  and \(techniques.count - techniqueLimit) more, see --json"] : []
        return [title("ATT&CK techniques that controls with evidence mitigate") + ": \(techniques.count)"]
            + table.lines(terminal) + more
    }
}
