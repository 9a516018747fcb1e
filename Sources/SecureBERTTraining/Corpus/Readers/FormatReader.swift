import SecureBERTCheckpoint

/// Turns a file into documents. One reader per format.
package protocol FormatReader: Sendable {
    /// Hands on the documents of a file in their order.
    /// - Throws: ``CorpusError`` when the content is not what the reader expects, and whatever `emit` throws.
    func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws
}

/// A file of a source, or some lines of one, with its content in memory.
package struct SourceFile: Sendable {
    /// Where it is on this machine.
    package let path: String
    /// Its path below the source's folder, without the ending of a compression; part of document ids.
    package let name: String
    /// The uncompressed content.
    package let bytes: [UInt8]
    /// Number of the first line, when these are only some of the lines.
    package var firstLine = 1

    package init(path: String, name: String, bytes: [UInt8], firstLine: Int = 1) {
        self.path = path
        self.name = name
        self.bytes = bytes
        self.firstLine = firstLine
    }

    /// For messages.
    func error(_ problem: String) -> CorpusError { CorpusError(.malformed, file: path, problem) }

    /// The content as UTF-8 with line feeds only, for formats made of lines.
    var text: [UInt8] { Characters.clean(TextEncoding.utf8(of: bytes)) }

    /// The name without folders and ending, with blanks for `-` and `_`: a title when there is no better one.
    var plainTitle: String {
        let last = name.split(separator: "/").last ?? ""
        let stem = last.lastIndex(of: ".").map { $0 > last.startIndex ? last[..<$0] : last } ?? last
        return String(stem.map { $0 == "-" || $0 == "_" ? " " : $0 })
    }
}

/// A document as a reader found it, before cleaning.
package struct RawDocument {
    /// Identifies the document in its source; the path of the file when nil.
    package var id: String?
    package var title = ""
    /// Prose, possibly empty.
    package var text: [UInt8] = []
    /// Code, possibly empty. With prose beside it, it becomes a document of its own whose id ends in `#code`.
    package var code: [UInt8] = []
    /// What the document itself says; the recipe's source and licence otherwise.
    package var source: String?
    package var license: String?
    /// Whether the id is complete, as in a corpus that was built before: no source is put in front.
    package var hasFullID = false
}

/// How a text is marked up.
package enum TextMarkup: String, CaseIterable, Sendable {
    case plain
    case markdown
    case html
    case restructured
    case manual

    /// The prose and the code of a text.
    package func extract(_ text: [UInt8]) -> ExtractedText {
        switch self {
        case .plain: ExtractedText(text: text)
        case .markdown: Markdown.extract(text)
        case .html: HTMLText.extract(text)
        case .restructured: RestructuredText.extract(text)
        case .manual: ManualPage.extract(text)
        }
    }
}

/// Files that are one text each: plain, Markdown, HTML, reStructuredText, manual pages.
package struct TextReader: FormatReader {
    package let markup: TextMarkup
    /// Titles of Markdown sections that are left out, lowercased.
    let droppedSections: [String]

    package init(markup: TextMarkup, dropping droppedSections: [String] = []) {
        self.markup = markup
        self.droppedSections = droppedSections.map { $0.lowercased() }
    }

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let text = file.text
        let extracted =
            markup == .markdown ? Markdown.extract(text, dropping: Set(droppedSections)) : markup.extract(text)
        let plain = markup == .plain ? SoftBreaks.join(Hyphenation.join(extracted.text)) : extracted.text
        let title = String(decoding: extracted.title, as: UTF8.self)
        try emit(
            RawDocument(
                title: title.isEmpty ? file.plainTitle : title, text: plain, code: extracted.joinedCode))
    }
}

/// Source files: code and nothing else.
package struct SourceCodeReader: FormatReader {
    package init() {}

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let last = file.name.split(separator: "/").last.map(String.init) ?? file.name
        try emit(RawDocument(title: last, code: LicenseHeader.remove(file.text)))
    }
}

/// PDF through poppler's `pdftotext`, which must be installed.
struct PDFReader: FormatReader {
    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        try emit(RawDocument(title: file.plainTitle, text: Self.text(path: file.path)))
    }

    /// The paragraphs of a file, without page numbers and headers.
    static func text(path: String, _ limits: ProgramLimits = ProgramLimits()) throws -> [UInt8] {
        let program = try ProgramSource(
            "pdftotext", ["-q", "-enc", "UTF-8", "-", "-"], input: FileSource(path: path), package: "poppler-utils",
            limits: limits)
        let bytes = try program.readAll(file: path, limit: limits.outputBytes)
        let text = PageFurniture.remove(TextEncoding.utf8(of: bytes))
        return SoftBreaks.join(Hyphenation.join(Characters.clean(text)))
    }
}
