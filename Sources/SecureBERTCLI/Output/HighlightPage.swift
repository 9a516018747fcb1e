import SecureBERTTraining

/// A page with texts and their highlighted parts that needs nothing but itself: no script, no font, no network.
///
/// The legend has a check box for each label that hides its highlights; style sheets alone do that. A table at the end lists
/// what was found, so that nothing is told by colour or by a mouse resting on it alone.
struct HighlightPage {
    private let title: String
    private var body: [String] = []
    /// Labels in the order of their first appearance, with how often they occur.
    private var labels: [(name: String, count: Int)] = []
    /// The different texts that were highlighted, in the order of their first appearance.
    private var findings: [Finding] = []
    private var places: [Finding.Key: Int] = [:]

    private struct Finding {
        struct Key: Hashable {
            let label: Int
            let text: String
        }

        let key: Key
        var count = 0
        var score: Float = 0
    }

    init(title: String) { self.title = title }

    /// A stretch of a text, such as a sentence, that shows something: underlined, with a note at its end.
    struct Passage {
        /// UTF-8 offsets in the text.
        let range: Range<Int>
        let note: String
        /// What ``Cell/Line/target`` of a table leads to; different for each passage of a page.
        let anchor: String
    }

    /// What stands in a table, in lines.
    struct Cell {
        struct Line {
            let text: String
            /// The anchor of a passage that the line leads to.
            var target: String?
        }

        let lines: [Line]

        init(_ text: String) { lines = [Line(text: text)] }
        init(_ lines: [Line]) { self.lines = lines }
    }

    /// Adds a text as one block.
    /// - Parameter passages: In the order of the text, none overlapping another. One that ends inside a highlight is drawn to its end.
    mutating func add(_ text: String, _ highlights: [Highlight], passages: [Passage] = []) {
        var block = "<p>"
        var marks = PassageMarks(passages)
        for piece in HighlightedText(text, highlights).pieces {
            switch piece {
            case .plain(let text): block += marks.plain(text)
            case .highlighted(let text, let highlight):
                let label = note(highlight, text)
                block += marks.whole(
                    """
                    <mark class="\(Self.classes(label))" title="score \(highlight.score.fixed(3))">\
                    \(text.escapedForHTML)<b>\(highlight.label.escapedForHTML)</b></mark>
                    """, of: text)
            }
        }
        body.append(block + marks.end + "</p>")
    }

    /// Adds a table below the texts.
    mutating func addTable(title: String, columns: [String], rows: [[Cell]]) {
        guard !rows.isEmpty else { return }
        func line(_ cells: [Cell], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\($0.html)</\(tag)>" }.joined() + "</tr>"
        }
        body.append(
            """
            <section><h2>\(title.escapedForHTML)</h2>
            <table class="text"><thead>\(line(columns.map(Cell.init), "th"))</thead>
            <tbody>\(rows.map { line($0, "td") }.joined(separator: "\n"))</tbody></table></section>
            """)
    }

    /// The page.
    var text: String {
        let legend = labels.enumerated().map { index, label in
            """
            <label class="\(Self.classes(index))"><input type="checkbox" id="t\(index)" checked> \
            \(label.name.escapedForHTML)<b>\(label.count.grouped)</b></label>
            """
        }
        return HTMLPage(
            title: title, style: Self.style + labels.indices.map(Self.hidingRule).joined(),
            body: """
                <h1>\(title.escapedForHTML)</h1>
                <div class="legend">\(legend.isEmpty ? "No entities were found." : legend.joined(separator: "\n"))</div>
                <main>
                \(body.joined(separator: "\n"))
                </main>
                \(table)
                """
        ).text
    }

    /// What was found, by label and then by how often.
    private var table: String {
        guard !findings.isEmpty else { return "" }
        let sorted = findings.sorted {
            $0.key.label != $1.key.label ? $0.key.label < $1.key.label : $0.count > $1.count
        }
        let rows = sorted.map { finding in
            """
            <tr><td>\(finding.key.text.escapedForHTML)</td><td>\(labels[finding.key.label].name.escapedForHTML)</td>\
            <td>\(finding.count.grouped)</td><td>\(finding.score.fixed(3))</td></tr>
            """
        }
        return """
            <details>
            <summary>List of \(findings.count.counted("different text"))</summary>
            <table>
            <thead><tr><th>Text</th><th>Label</th><th>Times</th><th>Best score</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </details>
            """
    }

    /// Counts a highlight; returns the number of its label.
    private mutating func note(_ highlight: Highlight, _ text: Substring) -> Int {
        let label = labels.firstIndex { $0.name == highlight.label } ?? labels.count
        if label == labels.count { labels.append((highlight.label, 0)) }
        labels[label].count += 1
        let key = Finding.Key(label: label, text: String(text))
        let place = places[key] ?? findings.count
        if place == findings.count {
            places[key] = place
            findings.append(Finding(key: key))
        }
        findings[place].count += 1
        findings[place].score = max(findings[place].score, highlight.score)
        return label
    }

    // MARK: - Style

    private static let colorCount = 8

    /// Colour, and a dashed edge from the second time a colour is used; `l` and the number are what the check box switches.
    private static func classes(_ label: Int) -> String {
        "c\(label % colorCount)\(label < colorCount ? "" : " again") l\(label)"
    }

    private static func hidingRule(_ label: Int) -> String {
        """

        body:has(#t\(label):not(:checked)) mark.l\(label) { background: none; outline: none; padding: 0; }
        body:has(#t\(label):not(:checked)) mark.l\(label) b { display: none; }
        """
    }

    /// Eight hues that stay apart for most kinds of colour blindness, on light and dark backgrounds; the label stands beside
    /// every highlight, so nothing is told by colour alone.
    private static let style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.7 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
        h2 { font-size: 1rem; margin: 1.5rem 0 0; }
        section { margin-bottom: 2rem; }
        h1 { font-size: 1.2rem; line-height: 1.4; overflow-wrap: anywhere; }
        p { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .6rem; }
        mark, .legend label { color: inherit; padding: .1em .3em; border-radius: .25em; background: hsl(var(--h) 85% 86%);
          box-decoration-break: clone; -webkit-box-decoration-break: clone; print-color-adjust: exact; }
        mark b, .legend b { font-size: .7em; font-weight: 600; margin-left: .45em; }
        .again { outline: 1px dashed; outline-offset: -1px; }
        .legend { display: flex; flex-wrap: wrap; gap: .4rem; border-bottom: 1px solid #8886; margin: 0 0 1rem; padding: 0 0 .8rem; }
        .legend label { cursor: pointer; padding: .15em .5em; }
        .legend label:has(:focus-visible) { outline: 2px solid; outline-offset: 2px; }
        .legend input { margin: 0 .2em 0 0; accent-color: currentColor; vertical-align: -.08em; }
        .legend label:has(input:not(:checked)) { background: none; }
        details { border-top: 1px solid #8886; margin: 1.5rem 0; padding-top: .8rem; }
        summary { cursor: pointer; }
        table { border-collapse: collapse; width: 100%; margin-top: .6rem; font-size: .9rem; line-height: 1.4; }
        th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
        th { font-weight: 600; overflow-wrap: normal; vertical-align: bottom; }
        .text td { vertical-align: top; white-space: pre-wrap; }
        table:not(.text) :is(td, th):nth-child(n + 3) { text-align: right; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
        .passage { text-decoration: underline dotted 2px; text-decoration-color: hsl(265 70% 60%); text-underline-offset: .25em; }
        .passage:target { background: hsl(265 70% 60% / .15); }
        .passage sup { font-size: .7em; font-weight: 600; margin-left: .25em; color: hsl(265 55% 50%); }
        .text a { color: inherit; text-decoration: underline dotted; text-underline-offset: .2em; }
        .c0 { --h: 5 } .c1 { --h: 205 } .c2 { --h: 45 } .c3 { --h: 145 }
        .c4 { --h: 275 } .c5 { --h: 180 } .c6 { --h: 325 } .c7 { --h: 90 }
        @media (prefers-color-scheme: dark) { mark, .legend label { background: hsl(var(--h) 55% 26%); }
          .passage sup { color: hsl(265 80% 80%); } }
        """
}

extension HighlightPage.Cell {
    fileprivate var html: String {
        lines.map { line in
            let text = line.text.escapedForHTML
            return line.target.map { "<a href=\"#\($0.escapedForHTML)\">\(text)</a>" } ?? text
        }.joined(separator: "\n")
    }
}

/// Puts the marks of passages between the pieces of a text, which come one after the other.
private struct PassageMarks {
    private var waiting: ArraySlice<HighlightPage.Passage>
    private var open: HighlightPage.Passage?
    /// Bytes of the text that have passed.
    private var position = 0

    init(_ passages: [HighlightPage.Passage]) { waiting = passages[...] }

    /// A piece of text that passages may begin and end in.
    mutating func plain(_ text: Substring) -> String {
        var (out, rest) = ("", text)
        let end = position + text.utf8.count
        func cut(_ offset: Int) -> Substring {
            let head = rest.utf8.prefix(max(0, offset - position))
            return text[head.startIndex..<head.endIndex]
        }
        while let boundary = open?.range.upperBound ?? waiting.first?.range.lowerBound, boundary < end {
            let head = cut(boundary)
            out += head.escapedForHTML + (open == nil ? begin() : close())
            position += head.utf8.count
            rest = rest[head.endIndex...]
        }
        position = end
        return out + rest.escapedForHTML
    }

    /// What stands for a piece of text that nothing can begin or end in.
    mutating func whole(_ html: String, of text: Substring) -> String {
        let end = position + text.utf8.count
        var before = ""
        if let open, open.range.upperBound <= position { before += close() }
        if open == nil, let next = waiting.first, next.range.lowerBound < end { before += begin() }
        position = end
        return before + html
    }

    /// What is still to be written behind the last piece.
    var end: String { open.map(Self.endMark) ?? "" }

    private mutating func begin() -> String {
        guard let passage = waiting.popFirst() else { return "" }
        open = passage
        return "<span class=\"passage\" id=\"\(passage.anchor.escapedForHTML)\">"
    }

    private mutating func close() -> String {
        defer { open = nil }
        return open.map(Self.endMark) ?? ""
    }

    private static func endMark(_ passage: HighlightPage.Passage) -> String {
        "<sup>\(passage.note.escapedForHTML)</sup></span>"
    }
}
