/// The paragraphs of plain text or Markdown.
///
/// Empty lines separate paragraphs. Reports are laid out in two ways, and both are understood: a line longer than a screen
/// is a paragraph of its own (the text does not break lines), shorter lines that follow each other belong together (it
/// does), except that headings and list items begin a new paragraph.
public struct TextParagraphs: Sequence, IteratorProtocol {
    public struct Paragraph: Sendable, Hashable {
        /// Bytes of UTF-8, without the line end after its last line.
        public let range: Range<Int>
        /// First and last line, counted from 1.
        public let lines: ClosedRange<Int>
    }

    /// A line beyond this many bytes was not broken to fit a screen.
    static let longLine = 120
    /// Lines are joined up to about this many bytes, so that a text without empty lines does not become one paragraph.
    static let longParagraph = 1500

    private let bytes: [UInt8]
    private var place = 0
    private var lineNumber = 0
    private var waiting: Line?

    public init(_ text: String) { bytes = Array(text.utf8) }

    private struct Line {
        let range: Range<Int>
        let number: Int
    }

    /// The next paragraph; nil after the last.
    public mutating func next() -> Paragraph? {
        var first, last: Line?
        while let line = nextLine() {
            let content = bytes[line.range]
            if content.isBlank {
                if first == nil { continue }
                break
            }
            let isAlone = content.count > Self.longLine || content.first == UInt8(ascii: "#")
            if let first,
                isAlone || content.beginsListItem
                    || line.range.upperBound - first.range.lowerBound > Self.longParagraph
            {
                waiting = line
                break
            }
            first = first ?? line
            last = line
            if isAlone { break }
        }
        guard let first, let last else { return nil }
        return Paragraph(range: first.range.lowerBound..<last.range.upperBound, lines: first.number...last.number)
    }

    private mutating func nextLine() -> Line? {
        if let line = waiting {
            waiting = nil
            return line
        }
        guard place < bytes.count else { return nil }
        let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
        let hasReturn = end > place && bytes[end - 1] == 0x0D
        defer { place = end + 1 }
        lineNumber += 1
        return Line(range: place..<(hasReturn ? end - 1 : end), number: lineNumber)
    }
}

extension ArraySlice<UInt8> {
    fileprivate var isBlank: Bool { allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }

    /// Whether the line starts like `- item`, `* item`, `• item` or `12. item`.
    fileprivate var beginsListItem: Bool {
        let rest = drop { $0 == 0x20 || $0 == 0x09 }
        for bullet in ["-", "*", "+", "•", "●", "‣"] where rest.starts(with: bullet.utf8) {
            return rest.dropFirst(bullet.utf8.count).first == 0x20
        }
        let number = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...3).contains(number.count) else { return false }
        let tail = rest.dropFirst(number.count)
        return (tail.first == UInt8(ascii: ".") || tail.first == UInt8(ascii: ")")) && tail.dropFirst().first == 0x20
    }
}
