/// A page about a corpus that needs nothing but itself: no script, no font, no network.
struct CorpusReport {
    private let statistics: CorpusStatistics

    init(_ statistics: CorpusStatistics) { self.statistics = statistics }

    /// The page.
    var html: String {
        let hasTokens = statistics.tokens > 0
        func value(_ counts: CorpusStatistics.Counts) -> String {
            "\(Self.grouped(counts.documents)) documents, \(Self.size(counts.bytes))"
                + (hasTokens ? ", \(Self.grouped(counts.tokens)) tokens" : "")
        }
        func bars(_ title: String, _ rows: [(key: String, counts: CorpusStatistics.Counts)]) -> String {
            Self.chart(title, rows.map { ($0.key, Double($0.counts.bytes), value($0.counts)) })
        }
        func plain(_ title: String, _ rows: [(String, Int)]) -> String {
            Self.chart(title, rows.filter { $0.1 > 0 }.map { ($0.0, Double($0.1), Self.grouped($0.1)) })
        }
        let total = value(.init(documents: statistics.documents, bytes: statistics.bytes, tokens: statistics.tokens))
        let read = """
            \(Self.grouped(statistics.documentsRead)) documents, \(Self.size(statistics.bytesRead)), of \
            \(Self.grouped(statistics.files)) files
            """
        var body = """
            <p>Kept: \(total).<br>Read: \(read).<br>
            Recipe <code>\(String(statistics.recipeDigest.prefix(16)).escapedForHTML)</code>.</p>

            """
        body += bars("Splits", statistics.splits.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        body += bars("Kinds", statistics.counts { $0.kind.rawValue })
        body += bars("Sources", statistics.counts(by: \.source))
        body += bars("Licences", statistics.counts(by: \.license))
        body += plain("Left out", statistics.dropped.map { ($0.reason, $0.documents) })
        body += plain(
            "Languages of the texts read",
            statistics.languages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) })
        if statistics.evaluationRuns > 0 {
            body += """
                <p>\(Self.grouped(statistics.decontaminated)) documents shared a run of words with an evaluation set \
                (\(Self.grouped(statistics.evaluationRuns)) runs).</p>

                """
        }
        body += Self.list("Files that could not be read", statistics.unreadable)
        body += Self.list("Sources that were not there", statistics.missing)
        return page(body)
    }

    private func page(_ body: String) -> String {
        let title = "Corpus \(statistics.name)"
        return HTMLPage(title: title, style: Self.style, body: "<h1>\(title.escapedForHTML)</h1>\n\(body)").text
    }

    private static let style = """
        :root { color-scheme: light dark; --bar: hsl(205 70% 55%); }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        svg { width: 100%; height: auto; display: block; }
        svg text { font: 12px system-ui, sans-serif; fill: currentColor; } svg .value { opacity: .75; }
        svg rect { fill: var(--bar); } li { overflow-wrap: anywhere; }
        """

    /// Horizontal bars, one a row: name, bar, value.
    private static func chart(_ title: String, _ rows: [(String, Double, String)]) -> String {
        guard let most = rows.map(\.1).max(), most > 0 else { return "" }
        let (height, names, width) = (22, 300, 380.0)
        var out = """
            <h2>\(title.escapedForHTML)</h2>
            <svg viewBox="0 0 960 \(rows.count * height)" role="img" aria-label="\(title.escapedForHTML)">

            """
        for (index, row) in rows.enumerated() {
            let top = index * height
            let length = max(1, Int(row.1 / most * width))
            out += """
                <text x="\(names - 8)" y="\(top + 15)" text-anchor="end">\(shortened(row.0, 48).escapedForHTML)</text>\
                <rect x="\(names)" y="\(top + 3)" width="\(length)" height="\(height - 6)" rx="2"/>\
                <text class="value" x="\(names + length + 6)" y="\(top + 15)">\(row.2.escapedForHTML)</text>

                """
        }
        return out + "</svg>\n"
    }

    private static func list(_ title: String, _ items: [String]) -> String {
        guard !items.isEmpty else { return "" }
        let shown = items.prefix(200).map { "<li>\($0.escapedForHTML)</li>" }.joined(separator: "\n")
        let rest = items.count > 200 ? "<li>and \(items.count - 200) more</li>\n" : ""
        return "<h2>\(title.escapedForHTML): \(grouped(items.count))</h2>\n<ul>\n\(shown)\n\(rest)</ul>\n"
    }

    private static func shortened(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }

    private static func grouped(_ number: Int) -> String { NumberText.grouped(number) }

    private static func size(_ bytes: Int) -> String {
        let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        guard let (scale, unit) = units.first(where: { Double(bytes) >= $0.0 }) else { return "\(bytes) B" }
        let tenths = Int((Double(bytes) / scale * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
