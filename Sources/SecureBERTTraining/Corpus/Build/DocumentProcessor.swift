import SecureBERTCheckpoint
import SecureBERTJSON

/// What became of some input: documents that passed the filters, as they will be written, and counts of what did not.
struct ProcessedDocuments: Sendable {
    /// JSON lines.
    var lines: [UInt8] = []
    /// One for each line.
    var records: [DocumentRecord] = []
    /// Signatures one after the other; empty when near duplicates stay.
    var signatures: [UInt8] = []
    var counts = SourceCounts()
}

/// What selecting documents needs to know about one.
struct DocumentRecord: Sendable, Equatable {
    /// Equal for equal letters and digits.
    var contentHash: UInt64
    /// Of the id without part and kind: equal for documents that must stay together.
    var identity: UInt64
    /// Bytes of its JSON line with the line feed.
    var lineBytes: UInt32
    var textBytes: UInt32
    var tokens: UInt32
    /// Numbers in the partition's lists of sources and licences.
    var source: UInt16
    var license: UInt16
    var kind: DocumentKind
}

/// Cleans, splits, filters and measures documents. Used by one thread at a time; memory is reused between documents.
package struct DocumentProcessor {
    private let recipe: CorpusRecipe
    private let decontamination: Decontamination
    private let minHash: MinHash?
    private let tokenizer: DocumentTokenizer?
    private let furniture: SiteFurniture
    private var scan = WordScan()
    private var sequences = WordSequences()

    init(
        _ recipe: CorpusRecipe, _ decontamination: Decontamination, _ furniture: SiteFurniture,
        _ tokenizer: DocumentTokenizer?
    ) {
        self.recipe = recipe
        self.decontamination = decontamination
        self.furniture = furniture
        self.tokenizer = tokenizer
        minHash = recipe.duplicates.removesNear ? MinHash(permutations: recipe.duplicates.permutations) : nil
    }

    /// Processes the documents of a file.
    mutating func process(_ file: SourceFile, _ source: SourceRecipe, into out: inout ProcessedDocuments) throws {
        out.counts.files += 1
        out.counts.inputBytes += file.bytes.count
        try source.reader.read(file) { raw in try process(raw, file, source, &out) }
    }

    private mutating func process(
        _ raw: RawDocument, _ file: SourceFile, _ source: SourceRecipe, _ out: inout ProcessedDocuments
    ) throws {
        let id = raw.hasFullID ? raw.id ?? "" : "\(raw.source ?? source.name):\(raw.id ?? file.name)"
        var document = Document(
            id: id, source: raw.source ?? source.name, kind: .text, license: raw.license ?? source.license,
            title: source.isCleaned ? Self.title(raw.title) : raw.title, text: [])
        if !raw.text.isEmpty {
            document.text = source.isCleaned ? Self.clean(furniture.remove(from: raw.text)) : raw.text
            try add(document, &out)
        }
        if !raw.code.isEmpty {
            document.kind = .code
            if !raw.hasFullID { document.id += "#code" }
            document.text = source.isCleaned ? Whitespace.trimCode(Characters.clean(raw.code)) : raw.code
            try add(document, &out)
        }
    }

    private static func title(_ title: String) -> String {
        let text = String(decoding: Whitespace.collapse(Characters.clean(Array(title.utf8))), as: UTF8.self)
        return String(text.prefix(300))
    }

    /// The rules for prose, whatever the reader.
    package static func clean(_ text: [UInt8]) -> [UInt8] {
        Whitespace.collapse(
            EmailAddresses.replace(Citations.remove(LineRules.removeLayout(Characters.clean(text)))))
    }

    private mutating func add(_ document: Document, _ out: inout ProcessedDocuments) throws {
        let parts = DocumentParts.split(document.text, at: recipe.partBytes, document.kind)
        for (number, part) in parts.enumerated() {
            var document = document
            document.text = part
            if parts.count > 1 { document.id += "~p\(number + 1)" }
            try addPart(document, &out)
        }
    }

    private mutating func addPart(_ document: Document, _ out: inout ProcessedDocuments) throws {
        out.counts.add(read: document.text.count)
        if let reason = reason(document, &out.counts) { return out.counts.add(reason) }
        var document = document
        if !decontamination.isEmpty {
            sequences.prepare(scan.words)
            let rest = document.text.view { decontamination.remainder($0, scan, sequences) }
            if let rest {
                out.counts.decontaminated += 1
                document.text = rest
                // What is left has to pass the filters as well.
                var ignored = SourceCounts()
                if reason(document, &ignored) != nil { return out.counts.add(.contaminated) }
            }
        }
        try append(document, &out)
    }

    /// Scans the text and applies the filters.
    private mutating func reason(_ document: Document, _ counts: inout SourceCounts) -> DropReason? {
        let quality = document.kind == .text ? recipe.textQuality : recipe.codeQuality
        return document.text.view { text in
            scan.scan(text)
            if text.count < quality.minimumBytes { return .tooShort }
            if document.kind == .text {
                let language = recipe.language.language(of: scan)
                counts.languages[language, default: 0] += 1
                if recipe.language.isActive, language != "en" { return .language }
            }
            return quality.reason(text, scan)
        }
    }

    private mutating func append(_ document: Document, _ out: inout ProcessedDocuments) throws {
        if let minHash {
            sequences.prepare(scan.words)
            let shingle = document.kind == .text ? recipe.duplicates.textShingle : recipe.duplicates.codeShingle
            minHash.append(words: scan.words.count, sequences, shingle: shingle, to: &out.signatures)
        }
        let start = out.lines.count
        document.appendLine(to: &out.lines)
        let tokens = try tokenizer?.ids(of: document.text).count ?? 0
        out.records.append(
            DocumentRecord(
                contentHash: scan.contentHash, identity: DocumentIdentity.hash(DocumentIdentity.base(document.id)),
                lineBytes: UInt32(clamping: out.lines.count - start), textBytes: UInt32(clamping: document.text.count),
                tokens: UInt32(clamping: tokens), source: out.counts.number(ofSource: document.source),
                license: out.counts.number(ofLicense: document.license), kind: document.kind))
    }
}

/// Cuts long documents.
package enum DocumentParts {
    /// Parts of at most about `limit` bytes. Text is cut at the ends of paragraphs, otherwise of lines, otherwise of words;
    /// code at empty lines, otherwise at lines. A last part below a tenth of the limit joins the one before.
    package static func split(_ text: [UInt8], at limit: Int, _ kind: DocumentKind) -> [[UInt8]] {
        guard text.count > limit else { return [text] }
        var parts: [[UInt8]] = []
        var start = 0
        text.view { view in
            while view.count - start > limit + limit / 10 {
                let end = cut(view, start, start + limit)
                parts.append(Array(view[start..<end]).trimmedSpace)
                start = end
            }
            parts.append(Array(view[start...]).trimmedEnd)
        }
        return parts.filter { !$0.isEmpty }
    }

    private static func cut(_ text: ByteView, _ start: Int, _ end: Int) -> Int {
        let least = start + (end - start) / 2
        var line: Int?
        var blank: Int?
        var position = end
        while position > least {
            if text[position - 1] == 0x0A {
                if position >= 2, text[position - 2] == 0x0A { return position }
                line = line ?? position
            } else if text[position - 1] == 0x20 {
                blank = blank ?? position
            }
            position -= 1
        }
        if let cut = line ?? blank { return cut }
        // Not inside a character.
        position = end
        while position > start + 1, text[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }
}

extension [UInt8] {
    /// The bytes without white space at the end and line feeds at the start.
    fileprivate var trimmedEnd: [UInt8] {
        var copy = self
        copy.removeTrailingSpace()
        return Array(copy.drop { $0 == 0x0A })
    }
}

extension Document {
    /// Appends the document as a line of JSONL.
    func appendLine(to out: inout [UInt8]) {
        for (index, (key, value)) in [
            ("id", id), ("source", source), ("kind", kind.rawValue), ("license", license), ("title", title),
        ].enumerated() {
            out.append(index == 0 ? 0x7B : 0x2C)
            out.append(0x22)
            out.append(contentsOf: key.utf8)
            out.append("\":")
            JSON.string(value).write(into: &out)
        }
        out.append(",\"text\":\"")
        Self.appendEscaped(text, to: &out)
        out.append("\"}\n")
    }

    /// Appends the text as the content of a JSON string.
    private static func appendEscaped(_ text: [UInt8], to out: inout [UInt8]) {
        text.view { text in
            var start = 0
            for position in 0..<text.count {
                let byte = text[position]
                guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
                out.append(text, start..<position)
                start = position + 1
                switch byte {
                case 0x0A: out.append("\\n")
                case 0x09: out.append("\\t")
                case 0x22: out.append("\\\"")
                case 0x5C: out.append("\\\\")
                default:
                    out.append(contentsOf: JSON.string(String(Unicode.Scalar(byte))).text.utf8.dropFirst().dropLast())
                }
            }
            out.append(text, start..<text.count)
        }
    }
}
