import SecureBERT

/// A stretch of a text file that is about one thing, as far as its layout tells.
struct Paragraph {
    /// The file's name as it was given or found.
    let file: String
    /// First and last line, counted from 1.
    let lines: ClosedRange<Int>
    let text: String
}

extension Paragraph {
    /// The paragraphs of a text file or of Markdown.
    /// - Throws: ``CommandLineError`` when the file cannot be read or is not UTF-8.
    static func all(ofFile path: String) throws(CommandLineError) -> [Paragraph] {
        let file = try InputFile(path)
        var reader = LineReader(file)
        let text = try reader.wholeFile() ?? ""
        let bytes = Array(text.utf8)
        return TextParagraphs(text).map {
            Paragraph(file: file.name, lines: $0.lines, text: String(decoding: bytes[$0.range], as: UTF8.self))
        }
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
