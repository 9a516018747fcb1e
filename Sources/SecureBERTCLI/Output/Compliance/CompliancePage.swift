import SecureBERTIntel
import SecureBERTTraining

/// What `comply` found as a page that needs nothing but itself: no script, no font, no network.
struct CompliancePage {
    func callAsFunction(_ report: ComplianceReport) -> String {
        let counts = report.passageCounts
        let documents =
            report.analyses.count == 1 ? "" : "<p>\(report.analyses.count.counted("document")) were read.</p>"
        let title = "Controls in \(report.name)"
        return HTMLPage(
            title: title, style: Self.style,
            body: """
                <h1>\(title.escapedForHTML)</h1>
                \(documents)<p>\(counts.mapped.grouped) of \(counts.total.counted("passage")) were mapped to controls.</p>
                <aside>\(report.caveats.map { "<p>\($0.escapedForHTML)</p>" }.joined(separator: "\n"))</aside>
                \(report.coverages.map { coverage($0, report) }.joined(separator: "\n"))
                \(techniques(report))
                \(report.analyses.enumerated().map { passages($0, $1, report) }.joined(separator: "\n"))
                """
        ).text
    }

    /// A group's controls with evidence, all of them, and a bar; then gaps and controls with evidence, with links to passages.
    private func coverage(_ coverage: ComplianceCoverage, _ report: ComplianceReport) -> String {
        let counts = coverage.counts
        let rows = coverage.groups.map { group in
            let share = group.total > 0 ? Double(group.covered) / Double(group.total) * 100 : 0
            return """
                <tr><th scope="row">\((group.id.isEmpty ? "all" : group.id).escapedForHTML)</th><td>\(group.name.escapedForHTML)</td>\
                <td class="number">\(group.covered) of \(group.total)</td>\
                <td class="bar"><span role="img" aria-label="\(share.fixed(0)) percent"><i style="width:\(share.fixed(1))%"></i></span></td></tr>
                """
        }
        let baseline = coverage.baseline.map { ", \($0) baseline" } ?? ""
        return """
            <section>
            <h2>\((coverage.catalog.name + baseline).escapedForHTML)</h2>
            <p><strong>\(counts.covered) of \(counts.total)</strong> controls have evidence.</p>
            <table><thead><tr><th>Group</th><th>Name</th><th class="number">Evidence</th><th>Share</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            \(list("Without evidence: \(coverage.gaps.count.counted("control"))", coverage.gaps.map { (control($0), "") }))
            \(list("With evidence: \(coverage.covered.count.counted("control"))", coverage.covered.map { covered in
                (
                    control(covered.control) + (covered.isExpected ? "" : " <small>outside of the baseline</small>"),
                    covered.passages.prefix(12).map { link($0, report) }.joined(separator: " ")
                )
            }))
            </section>
            """
    }

    private func control(_ control: KnowledgeEntry) -> String {
        "<b>\(control.id.escapedForHTML)</b> \(ControlLabel.text(control).escapedForHTML)"
    }

    private func link(_ place: (document: Int, passage: Int), _ report: ComplianceReport) -> String {
        let analysis = report.analyses[place.document]
        let file = report.analyses.count > 1 ? analysis.name.escapedForHTML + " " : ""
        let line = analysis.passages[place.passage].lines.lowerBound
        return "<a href=\"#p\(place.document)-\(place.passage)\">\(file)line \(line)</a>"
    }

    private func list(_ title: String, _ items: [(name: String, places: String)]) -> String {
        guard !items.isEmpty else { return "" }
        let lines = items.map { "<li>\($0.name)\($0.places.isEmpty ? "" : " <span>\($0.places)</span>")</li>" }
        return
            "<details><summary>\(title.escapedForHTML)</summary><ul>\n\(lines.joined(separator: "\n"))\n</ul></details>"
    }

    private func techniques(_ report: ComplianceReport) -> String {
        guard let techniques = report.techniques, !techniques.isEmpty else { return "" }
        let rows = techniques.map { mitigated in
            """
            <tr><th scope="row"><a href="\(mitigated.technique.url.escapedForHTML)">\(mitigated.technique.id.escapedForHTML)</a></th>\
            <td>\(mitigated.technique.name.escapedForHTML)</td><td>\(mitigated.controls.joined(separator: " ").escapedForHTML)</td></tr>
            """
        }
        return """
            <section><h2>ATT&amp;CK techniques</h2>
            <p>\(techniques.count.counted("technique")) that controls with evidence mitigate, by the mapping of the Center for Threat-Informed Defense.</p>
            <details><summary>List of techniques</summary>
            <table><thead><tr><th>Technique</th><th>Name</th><th>Controls</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></details></section>
            """
    }

    private func passages(_ document: Int, _ analysis: PolicyAnalysis, _ report: ComplianceReport) -> String {
        let blocks = analysis.passages.enumerated().map { index, passage in
            let heading = passage.heading.map { " · \($0.escapedForHTML)" } ?? ""
            let chips = passage.controls.map { mapped in
                """
                <li><b>\(mapped.control.id.escapedForHTML)</b> \(ControlLabel.text(mapped.control).escapedForHTML) \
                <small>\(mapped.score.fixed(2))</small></li>
                """
            }
            return """
                <article id="p\(document)-\(index)"\(passage.controls.isEmpty ? " class=\"none\"" : "")>
                <small>line \(passage.lines.lowerBound)\(heading)</small>
                <p>\(marked(passage))</p>
                \(chips.isEmpty ? "" : "<ul>\(chips.joined(separator: "\n"))</ul>")
                </article>
                """
        }
        return """
            <section><h2>Passages of \(analysis.name.escapedForHTML)</h2>
            \(report.leftOut(analysis).map { "<p>\($0.escapedForHTML)</p>" } ?? "")
            \(blocks.joined(separator: "\n"))
            </section>
            """
    }

    /// The passage with the evidence marked, and behind it the ids of its controls.
    private func marked(_ passage: MappedPassage) -> String {
        let start = passage.range.utf8.lowerBound
        let evidence = Dictionary(grouping: passage.controls) { $0.evidence.range.utf8 }.map { range, controls in
            Highlight(
                range: range.lowerBound - start..<range.upperBound - start,
                label: controls.map(\.control.id).joined(separator: " "),
                score: controls.map(\.score).max() ?? 0)
        }
        return HighlightedText(passage.text, evidence).pieces.map { piece in
            switch piece {
            case .plain(let text): text.escapedForHTML
            case .highlighted(let text, let highlight):
                "<mark>\(text.escapedForHTML)<b>\(highlight.label.escapedForHTML)</b></mark>"
            }
        }.joined()
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #8884; --soft: hsl(205 60% 96%); --mark: hsl(205 85% 88%); --bar: hsl(205 65% 45%); }
        body { font: 16px/1.6 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.3rem; line-height: 1.4; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .3rem; overflow-wrap: anywhere; }
        p { margin: .3rem 0 .6rem; overflow-wrap: anywhere; }
        aside { background: var(--soft); border-left: 4px solid var(--bar); padding: .4rem .9rem; font-size: .9rem; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.4; }
        th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th[scope=row], thead th { font-weight: 600; white-space: nowrap; }
        tbody th[scope=row], thead th:first-child { width: 6rem; }
        .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .bar { width: 30%; vertical-align: middle; }
        .bar span { display: block; height: .7rem; background: #8883; border-radius: .35rem; overflow: hidden; print-color-adjust: exact; }
        .bar i { display: block; height: 100%; background: var(--bar); }
        details { margin: .7rem 0; }
        summary { cursor: pointer; font-weight: 600; }
        ul { margin: .3rem 0 .6rem; padding-left: 1.2rem; font-size: .9rem; }
        li span { opacity: .85; margin-left: .4em; }
        small { opacity: .75; }
        article { border-top: 1px solid var(--line); padding: .6rem 0; scroll-margin-top: 1rem; }
        article:target { outline: 2px solid var(--bar); outline-offset: 4px; }
        article p { white-space: pre-wrap; }
        .none p { opacity: .75; }
        mark { color: inherit; background: var(--mark); padding: .1em .3em; border-radius: .25em; box-decoration-break: clone;
          -webkit-box-decoration-break: clone; print-color-adjust: exact; }
        mark b { font-size: .7em; margin-left: .5em; }
        @media (prefers-color-scheme: dark) {
          :root { --soft: hsl(205 25% 17%); --mark: hsl(205 55% 27%); --bar: hsl(205 65% 58%); }
        }
        """
}

/// How a control is called in lists.
enum ControlLabel {
    /// The title; of a subcategory of the CSF, whose title is that of its category, the outcome.
    static func text(_ control: KnowledgeEntry) -> String {
        control.id.contains(".") && control.related.contains { $0.contains("-") } && !control.text.isEmpty
            ? control.text : control.name
    }
}
