/// Rule `HTML`: the text of a web page without what surrounds it.
///
/// - `script`, `style`, `nav`, `aside`, `footer`, `form` and the like are skipped, and so are elements whose role is
///   navigation and those of Sphinx, DocBook and Doxygen that only lead elsewhere (`sphinxsidebar`, `navheader`,
///   `headerlink`, ...).
/// - Block elements begin a new paragraph, `br` and `li` a new line; list items start with `- `, table cells are set apart
///   by ` | `. White space inside a paragraph is one space.
/// - `pre` is code; inline `code` is text.
///
///     <h1>Title</h1><p>One &amp; <b>two</b><pre>ls -l</pre>  ->  text "Title\n\nOne & two", code "ls -l"
struct HTMLText {
    private let text: ByteView
    private var scanner: MarkupScanner
    private var out = ExtractedText()
    private var line: [UInt8] = []
    /// Names of open elements that are skipped with everything in them.
    private var skipped: [String] = []
    private var isFirstCell = true
    private var pageTitle: [UInt8] = []

    /// The prose and the code of a page.
    static func extract(_ bytes: [UInt8]) -> ExtractedText {
        bytes.view { text in
            var reader = HTMLText(text)
            return reader.read()
        }
    }

    private init(_ text: ByteView) {
        self.text = text
        scanner = MarkupScanner(text)
    }

    private mutating func read() -> ExtractedText {
        while let token = scanner.next() {
            switch token {
            case .text(let range): append(range)
            case .literal(let range): if skipped.isEmpty { line.append(text, range) }
            case .open(let name, let attributes, let isEmpty): open(name, attributes, isEmpty)
            case .close(let name): close(name)
            }
        }
        flush(paragraph: true)
        if out.title.isEmpty { out.title = Whitespace.collapse(pageTitle) }
        return out
    }

    private mutating func append(_ range: Range<Int>) {
        guard skipped.isEmpty else { return }
        // White space collapses as it is appended, so that `line` holds what a reader would see.
        var decoded: [UInt8] = []
        Entities.append(text, range, to: &decoded)
        for byte in decoded {
            if byte.isSpace {
                if let last = line.last, last != 0x20, last != 0x0A { line.append(0x20) }
            } else {
                line.append(byte)
            }
        }
    }

    private mutating func open(_ range: Range<Int>, _ attributes: Range<Int>, _ isEmpty: Bool) {
        let name = lowercased(range)
        if !skipped.isEmpty {
            if name == skipped.last, !isEmpty { skipped.append(name) }
            return
        }
        switch name {
        case "script":
            _ = scanner.raw(until: "script")
            return
        case "style":
            _ = scanner.raw(until: "style")
            return
        case "title":
            // The first one; pictures have titles as well.
            let range = scanner.raw(until: "title")
            if pageTitle.isEmpty { Entities.append(text, range, to: &pageTitle) }
            return
        default: break
        }
        if !isEmpty, !Self.voidElements.contains(name), isSkipped(name, attributes) {
            skipped.append(name)
            return
        }
        switch name {
        case "pre": code(until: "pre")
        case "br":
            line.removeTrailingSpace()
            line.append(0x0A)
        case "li":
            flush(paragraph: false)
            line.append("- ")
        case "dt", "dd", "option": flush(paragraph: false)
        case "tr":
            flush(paragraph: false)
            isFirstCell = true
        case "td", "th":
            if !isFirstCell { line.append(" | ") }
            isFirstCell = false
        default: if Self.blocks.contains(name) { flush(paragraph: true) }
        }
    }

    private mutating func close(_ range: Range<Int>) {
        let name = lowercased(range)
        if let last = skipped.last {
            if last == name { skipped.removeLast() }
            return
        }
        if name == "h1", out.title.isEmpty { out.title = line.trimmedSpace }
        switch name {
        case "li", "dt", "dd", "tr": flush(paragraph: false)
        default: if Self.blocks.contains(name) { flush(paragraph: true) }
        }
    }

    /// Reads the content of `pre` as code; markup inside it colours it only.
    private mutating func code(until name: StaticString) {
        flush(paragraph: true)
        let content = scanner.raw(until: name)
        var code: [UInt8] = []
        var inner = MarkupScanner(UnsafeBufferPointer(rebasing: text[content]))
        while let token = inner.next() {
            switch token {
            case .text(let range): Entities.append(inner.text, range, to: &code)
            case .literal(let range): code.append(inner.text, range)
            case .open(let name, _, _):
                if inner.text.hasIgnoringCase("br", at: name.lowerBound), name.count == 2 { code.append(0x0A) }
            case .close: break
            }
        }
        out.code.append(code)
    }

    /// Ends the line; `paragraph` says whether an empty line follows.
    private mutating func flush(paragraph: Bool) {
        let content = line.trimmedSpace
        line.removeAll(keepingCapacity: true)
        if content.contains(where: \.isWord) {
            out.text.append(contentsOf: content)
            out.text.append(0x0A)
        }
        if paragraph, out.text.count > 1, !out.text.suffix(2).elementsEqual([0x0A, 0x0A]) { out.text.append(0x0A) }
    }

    private func lowercased(_ name: Range<Int>) -> String {
        String(decoding: text[name].map(\.lowercased), as: UTF8.self)
    }

    private func isSkipped(_ name: String, _ attributes: Range<Int>) -> Bool {
        if Self.skippedElements.contains(name) { return true }
        guard !attributes.isEmpty else { return false }
        if let role = scanner.attribute(named: "role", in: attributes), role.elementsEqual("navigation".utf8) {
            return true
        }
        guard let classes = scanner.attribute(named: "class", in: attributes) else { return false }
        return classes.split(separator: 0x20).contains {
            Self.skippedClasses.contains(String(decoding: $0, as: UTF8.self))
        }
    }

    private static let voidElements: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    ]

    private static let skippedElements: Set<String> = [
        "nav", "aside", "footer", "form", "button", "select", "svg", "template", "noscript", "iframe", "object",
        "math", "audio", "video", "canvas",
    ]

    private static let skippedClasses: Set<String> = [
        "sphinxsidebar", "related", "headerlink", "footer", "navheader", "navfooter", "navbar", "toctree-wrapper",
        "toc",
        "contents", "genindextable", "breadcrumb", "breadcrumbs", "sidebar", "topnav", "bottomnav", "skip-link",
        "NAVHEADER", "NAVFOOTER", "TOC", "header-panel", "memproto", "viewcode-link", "viewcode-back", "linenos",
        "lineno",
        "top", "langs", "navigation", "docnav",
    ]

    private static let blocks: Set<String> = [
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "section", "article",
        "main", "header", "hr", "address", "fieldset", "figure", "figcaption", "details", "summary", "center", "body",
        "caption", "thead", "tbody",
    ]
}

extension [UInt8] {
    /// The bytes without white space at both ends.
    var trimmedSpace: [UInt8] { view { text in Array(text[text.trimmed(0..<text.count)]) } }
}
