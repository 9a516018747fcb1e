import Crypto

/// A report, advisory or web page as the text that people read.
package struct ReadableText: Sendable {
    /// Of plain text and Markdown the file as it is; of HTML the text without what surrounds it and the code blocks at its end; of PDF
    /// what `pdftotext` finds.
    package let text: String
    /// SHA-256 of the file, in hexadecimal.
    package let digest: String

    /// Endings of files that are taken from folders.
    package static let extensions = [".txt", ".md", ".markdown", ".html", ".htm", ".pdf"]

    /// Reads a file; how it is marked up is told by its name, plain text when in doubt.
    /// - Throws: ``CorpusError`` when it cannot be read, has no text, or is not text.
    package init(path: String) throws {
        try self.init(FileSource(path: path).readAll(file: path, limit: SourceFiles.longestFile), path: path)
    }

    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - path: Of the file, for messages and for `pdftotext`; nil for text from elsewhere, which cannot be PDF.
    ///   - limits: Of `pdftotext`.
    package init(_ bytes: [UInt8], path: String?, limits: ProgramLimits = ProgramLimits()) throws {
        let file = path ?? "standard input"
        digest = SHA256.hash(data: bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let isPDF = bytes.starts(with: "%PDF-".utf8)
        let isWide = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        guard isPDF || isWide || !bytes.prefix(1 << 16).contains(0) else {
            throw CorpusError(
                .malformed, file: file,
                "is binary, expected text, Markdown, HTML or PDF; has a NUL byte near its beginning")
        }
        if isPDF {
            guard let path else {
                throw CorpusError(
                    .malformed, file: file, "is PDF, which has to be in a file; save it and name the file")
            }
            text = String(decoding: try PDFReader.text(path: path, limits), as: UTF8.self)
        } else if [".html", ".htm"].contains(where: { path?.lowercased().hasSuffix($0) == true }) {
            let page = HTMLText.extract(Characters.clean(TextEncoding.utf8(of: bytes)))
            let code = page.joinedCode
            text = String(decoding: page.text + (code.isEmpty ? [] : [0x0A, 0x0A] + code), as: UTF8.self)
        } else {
            text = String(decoding: TextEncoding.utf8(of: bytes), as: UTF8.self)
        }
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            throw CorpusError(
                .malformed, file: file,
                isPDF ? "has no text, it may be scanned pages; make it searchable first, with ocrmypdf" : "has no text")
        }
    }
}
