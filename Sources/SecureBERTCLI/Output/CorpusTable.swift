import SecureBERTTraining

/// The statistics of a corpus for people, or for programs.
struct CorpusTable {
    private let statistics: CorpusStatistics

    init(_ statistics: CorpusStatistics) { self.statistics = statistics }

    func print(_ options: OutputOptions) throws {
        try StandardOutput.scope { out in
            switch options.format {
            case .json: try out.writeLine(statistics.json.prettyText)
            case .jsonLines: try out.writeLine(statistics.json.text)
            case .text: for line in lines(options.messages.output) { try out.writeLine(line) }
            }
        }
    }

    private func lines(_ terminal: Terminal) -> [String] {
        var table = Table([.left, .left, .right, .right, .right])
        table.add(["source", "kind", "documents", "text", statistics.tokens > 0 ? "tokens" : ""], style: .dim)
        for (group, counts) in statistics.counts(by: { GroupName(source: $0.source, kind: $0.kind.rawValue) }) {
            table.add(cells(group.source, group.kind, counts))
        }
        for (split, counts) in statistics.splits.sorted(by: { $0.key < $1.key }) {
            table.add(cells(split, "", counts), style: .bold)
        }
        let dropped = statistics.dropped.filter { $0.documents > 0 }.map { "\($0.reason) \($0.documents.grouped)" }
        var lines = table.lines(terminal)
        if !dropped.isEmpty {
            lines.append(terminal.styled("read \(statistics.documentsRead.counted("document")); left out:", .dim))
            lines += dropped.joined(separator: ", ").wrapped(to: 100, lines: 8).map { terminal.styled("  " + $0, .dim) }
        }
        return lines
    }

    private func cells(_ name: String, _ kind: String, _ counts: CorpusStatistics.Counts) -> [String] {
        [
            name.visible, kind, counts.documents.grouped, counts.bytes.byteSize,
            statistics.tokens > 0 ? counts.tokens.grouped : "",
        ]
    }

    private struct GroupName: Hashable, Comparable {
        let source: String
        let kind: String

        static func < (left: GroupName, right: GroupName) -> Bool {
            (left.source, left.kind) < (right.source, right.kind)
        }
    }
}
