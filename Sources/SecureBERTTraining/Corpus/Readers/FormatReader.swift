import SecureBERTCheckpoint

/// Turns a file into documents. One reader per format.
protocol FormatReader: Sendable {
    /// Hands on the documents of a file in their order.
    /// - Throws: ``CorpusError`` when the content is not what the reader expects, and whatever `emit` throws.
    func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws
}

/// A file of a source, or some lines of one, with its content in memory.
struct SourceFile: Sendable {
    /// Where it is on this machine.
    let path: String
    /// Its path below the source's folder, without the ending of a compression; part of document ids.
    let name: String
    /// The uncompressed content.
    let bytes: [UInt8]
    /// Number of the first line, when these are only some of the lines.
    var firstLine = 1

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
struct RawDocument {
    /// Identifies the document in its source; the path of the file when nil.
    var id: String?
    var title = ""
    /// Prose, possibly empty.
    var text: [UInt8] = []
    /// Code, possibly empty. With prose beside it, it becomes a document of its own whose id ends in `#code`.
    var code: [UInt8] = []
    /// What the document itself says; the recipe's source and licence otherwise.
    var source: String?
    var license: String?
    /// Whether the id is complete, as in a corpus that was built before: no source is put in front.
    var hasFullID = false
}

/// How a text is marked up.
enum TextMarkup: String, CaseIterable, Sendable {
    case plain
    case markdown
    case html
    case restructured
    case manual

    /// The prose and the code of a text.
    func extract(_ text: [UInt8]) -> ExtractedText {
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
struct TextReader: FormatReader {
    let markup: TextMarkup

    func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let text = file.text
        let extracted = markup.extract(text)
        let plain = markup == .plain ? SoftBreaks.join(Hyphenation.join(extracted.text)) : extracted.text
        let title = String(decoding: extracted.title, as: UTF8.self)
        try emit(
            RawDocument(
                title: title.isEmpty ? file.plainTitle : title, text: plain, code: extracted.joinedCode))
    }
}

/// Source files: code and nothing else.
struct SourceCodeReader: FormatReader {
    func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let last = file.name.split(separator: "/").last.map(String.init) ?? file.name
        try emit(RawDocument(title: last, code: LicenseHeader.remove(file.text)))
    }
}

/// PDF through poppler's `pdftotext`, which must be installed.
struct PDFReader: FormatReader {
    func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let input = try FileSource(path: file.path)
        let program = try ProgramSource(
            "pdftotext", ["-q", "-enc", "UTF-8", "-", "-"], input: input, package: "poppler-utils")
        let bytes = try program.readAll(file: file.path, limit: SourceFiles.longestFile)
        let text = PageFurniture.remove(TextEncoding.utf8(of: bytes))
        try emit(RawDocument(title: file.plainTitle, text: SoftBreaks.join(Hyphenation.join(Characters.clean(text)))))
    }
}
