/// A stretch of a text with a name, such as an entity.
struct Highlight {
    /// UTF-8 offsets in the text.
    let range: Range<Int>
    let label: String
    let score: Float
}

/// A text cut where highlights begin and end.
struct HighlightedText {
    enum Piece {
        case plain(Substring)
        case highlighted(Substring, Highlight)
    }

    let pieces: [Piece]

    /// - Parameter highlights: May lie in any order; of two that overlap, the earlier and then the longer one is shown. Those
    ///   outside the text or inside a character are left out. White space at their ends, which byte-level tokens bring along,
    ///   is not shown as part of them.
    init(_ text: String, _ highlights: [Highlight]) {
        let sorted = highlights.sorted {
            $0.range.lowerBound != $1.range.lowerBound
                ? $0.range.lowerBound < $1.range.lowerBound : $0.range.upperBound > $1.range.upperBound
        }
        let bytes = text.utf8
        var pieces: [Piece] = []
        var position = text.startIndex
        var offset = 0
        for highlight in sorted where highlight.range.lowerBound >= offset && !highlight.range.isEmpty {
            guard
                var start = bytes.index(
                    position, offsetBy: highlight.range.lowerBound - offset, limitedBy: text.endIndex)?
                    .samePosition(in: text.unicodeScalars),
                var end = bytes.index(start, offsetBy: highlight.range.count, limitedBy: text.endIndex)?
                    .samePosition(in: text.unicodeScalars)
            else { continue }
            let scalars = text.unicodeScalars
            while start < end, scalars[start].properties.isWhitespace { scalars.formIndex(after: &start) }
            while start < end, scalars[scalars.index(before: end)].properties.isWhitespace {
                scalars.formIndex(before: &end)
            }
            guard start < end else { continue }
            if position < start { pieces.append(.plain(text[position..<start])) }
            pieces.append(.highlighted(text[start..<end], highlight))
            offset += bytes.distance(from: position, to: end)
            position = end
        }
        if position < text.endIndex || pieces.isEmpty { pieces.append(.plain(text[position...])) }
        self.pieces = pieces
    }

    /// For a terminal: highlights in a colour per label with the label behind; `[text](label)` where there are no colours.
    func line(_ terminal: Terminal, style: (_ label: String) -> Terminal.Style) -> String {
        pieces.map { piece in
            switch piece {
            case .plain(let text): return text.visibleLines
            case .highlighted(let text, let highlight):
                let text = text.visibleLines
                guard terminal.usesColor else { return "[\(text)](\(highlight.label.visible))" }
                return terminal.styled(text, .bold, style(highlight.label))
                    + terminal.styled("/\(highlight.label.visible)", .dim)
            }
        }.joined()
    }
}

extension Substring {
    /// ``StringProtocol/visible``, line by line.
    fileprivate var visibleLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(\.visible).joined(separator: "\t")
        }.joined(separator: "\n")
    }
}
