/// A stretch of a text file that is about one thing, as far as its layout tells.
struct Paragraph {
    /// The file's name as it was given or found.
    let file: String
    /// First and last line, counted from 1.
    let lines: ClosedRange<Int>
    let text: String
}

/// Splits text files and Markdown into paragraphs.
///
/// Empty lines separate paragraphs. Reports are laid out in two ways, and both are understood: a line longer than a screen
/// is a paragraph of its own (the file does not break lines), shorter lines that follow each other belong together (it
/// does), except that headings and list items begin a new paragraph.
struct ParagraphReader {
    /// A line beyond this many bytes was not broken to fit a screen.
    static let longLine = 120
    /// Lines are joined up to about this many bytes, so that a file without empty lines does not become one paragraph.
    static let longParagraph = 1500

    private var reader: LineReader
    private var waiting: LineReader.Line?

    init(_ file: InputFile) { reader = LineReader(file) }

    /// The next paragraph; nil after the last.
    mutating func next() throws(CommandLineError) -> Paragraph? {
        var lines: [LineReader.Line] = []
        var bytes = 0
        while let line = try nextLine() {
            let text = line.text
            if text.isBlank {
                if lines.isEmpty { continue }
                break
            }
            let isAlone = text.utf8.count > Self.longLine || text.hasPrefix("#")
            if !lines.isEmpty, isAlone || text.beginsListItem || bytes + text.utf8.count > Self.longParagraph {
                waiting = line
                break
            }
            lines.append(line)
            bytes += text.utf8.count
            if isAlone { break }
        }
        guard let first = lines.first, let last = lines.last else { return nil }
        return Paragraph(
            file: reader.file.name, lines: first.number...last.number,
            text: lines.map(\.text).joined(separator: "\n"))
    }

    private mutating func nextLine() throws(CommandLineError) -> LineReader.Line? {
        guard let line = waiting else { return try reader.next() }
        waiting = nil
        return line
    }
}

extension Paragraph {
    /// Whether this has enough words to be found by meaning; headings, rulers and page numbers have not.
    var isSubstantial: Bool {
        text.split(whereSeparator: \.isWhitespace).count { word in word.contains(where: \.isLetter) } >= 4
    }

    /// The text on one line, runs of white space as one space.
    var singleLine: String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

extension String {
    fileprivate var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }

    /// Whether the line starts like `- item`, `* item`, `• item` or `12. item`.
    fileprivate var beginsListItem: Bool {
        let rest = drop { $0 == " " || $0 == "\t" }
        if let bullet = rest.first, "-*+•●‣".contains(bullet) { return rest.dropFirst().first == " " }
        let number = rest.prefix { $0.isASCII && $0.isNumber }
        guard (1...3).contains(number.count) else { return false }
        let tail = rest.dropFirst(number.count)
        return (tail.first == "." || tail.first == ")") && tail.dropFirst().first == " "
    }
}
