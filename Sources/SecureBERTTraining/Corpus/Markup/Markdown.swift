/// Rule `Markdown`: prose and code of a Markdown text (CommonMark with GitHub's tables), without its markup.
///
/// | from | to |
/// |---|---|
/// | front matter (`---` or `+++` at the start) | removed |
/// | ```` ``` ```` and `~~~` fences, indented blocks, `<pre>` | code |
/// | `# Title #`, underlined titles | `Title` |
/// | `![image](x.png)`, badges | removed |
/// | `[text](url)`, `[text][ref]` | `text` |
/// | `<https://x.org>` | `https://x.org` |
/// | `[ref]: url` | removed |
/// | `**bold**`, `_emphasis_`, `` `code` ``, `~~struck~~` | the words |
/// | `<b>`, `<br>` and other tags of HTML, comments | removed |
/// | `> quote` | `quote` |
/// | `| a | b |` | `a | b`, without the row of dashes |
/// | sections `References`, `See also`, `Further reading`, `External links` | removed |
/// | `{% ... %}`, `:::` | removed |
/// | lines of a paragraph | joined by spaces |
struct Markdown {
    private let text: ByteView
    private let inline: MarkdownInline
    private let dropped: Set<String>
    private var out = ExtractedText()
    private var paragraph: [UInt8] = []
    private var fence: Fence?
    private var code: [UInt8] = []
    /// Level of the section that is left out, if any.
    private var skippedLevel: Int?
    private var isInList = false
    private var isInComment = false
    private var isAfterBlank = true
    private var isInPre = false

    private struct Fence {
        let byte: UInt8
        let count: Int
        let indentation: Int
    }

    /// The prose and the code of a text.
    /// - Parameter dropped: titles of sections that are left out besides lists of references, lowercased.
    static func extract(_ bytes: [UInt8], dropping dropped: Set<String> = []) -> ExtractedText {
        bytes.view { text in
            var reader = Markdown(text, dropped)
            let start = FrontMatter.end(text)
            UnsafeBufferPointer(rebasing: text[start...]).forEachLine { line in
                reader.read(line.lowerBound + start..<line.upperBound + start)
            }
            return reader.finish()
        }
    }

    private init(_ text: ByteView, _ dropped: Set<String>) {
        self.text = text
        self.dropped = dropped
        inline = MarkdownInline(definitions: MarkdownInline.definitions(text))
    }

    private mutating func finish() -> ExtractedText {
        endParagraph()
        endCode()
        return out
    }

    // MARK: - Lines

    private mutating func read(_ line: Range<Int>) {
        if let fence {
            readFenced(line, fence)
            return
        }
        if isInPre || isInComment {
            readSpecial(line)
            return
        }
        let (start, indentation) = indentation(line)
        let range = start..<text.trimmed(line).upperBound
        guard range.lowerBound < range.upperBound else {
            endParagraph()
            isAfterBlank = true
            return
        }
        defer { isAfterBlank = false }
        if opensFence(range, indentation) { return }
        if isIndentedCode(indentation), !code.isEmpty || !isProse(range) {
            code.append(text, min(line.lowerBound + 4, line.upperBound)..<line.upperBound)
            code.append(0x0A)
            return
        }
        endCode()
        readBlock(range)
    }

    private mutating func readBlock(_ range: Range<Int>) {
        var range = range
        while range.lowerBound < range.upperBound, text[range.lowerBound] == 0x3E {
            range = text.trimmed(range.lowerBound + 1..<range.upperBound)
        }
        guard !range.isEmpty else {
            endParagraph()
            return
        }
        if readHeading(range) || isUnderline(range) || isRemoved(range) { return }
        if text.hasIgnoringCase("<pre", at: range.lowerBound) || text.has("<!--", at: range.lowerBound) {
            readSpecial(range)
            return
        }
        if LineRules.isRuler(text, range) {
            endParagraph()
            return
        }
        if text[range.lowerBound] == 0x7C {
            endParagraph()
            appendRow(range)
            endParagraph(isTight: true)
            return
        }
        if SoftBreaks.startsItem(text, range) {
            endParagraph(isTight: isInList)
            isInList = true
        } else if isAfterBlank {
            isInList = isInList && range.lowerBound > 0 && text[range.lowerBound - 1].isBlank
        }
        appendLine(range)
    }

    /// A line that nobody broke to fit a screen is a paragraph of its own.
    private static let longLine = 120

    private mutating func appendLine(_ range: Range<Int>) {
        if range.count > Self.longLine, !isInList { endParagraph() }
        if !paragraph.isEmpty { paragraph.append(0x20) }
        paragraph.append(text, range)
        if range.count > Self.longLine, !isInList { return endParagraph() }
        // Two spaces or a backslash at the end of a line break it.
        if text[range.upperBound - 1] == 0x5C {
            paragraph.removeLast()
            endParagraph(isTight: true)
        } else if text.has("  ", at: range.upperBound) {
            endParagraph(isTight: true)
        }
    }

    private mutating func appendRow(_ range: Range<Int>) {
        var cells: [Range<Int>] = []
        var start = range.lowerBound + 1
        for position in start..<range.upperBound where text[position] == 0x7C && text[position - 1] != 0x5C {
            cells.append(text.trimmed(start..<position))
            start = position + 1
        }
        if start < range.upperBound { cells.append(text.trimmed(start..<range.upperBound)) }
        for (index, cell) in cells.enumerated() where !cell.isEmpty {
            if index > 0, !paragraph.isEmpty { paragraph.append(" | ") }
            paragraph.append(text, cell)
        }
    }

    // MARK: - Headings and what is removed

    private mutating func readHeading(_ range: Range<Int>) -> Bool {
        var level = 0
        while level < 7, range.lowerBound + level < range.upperBound, text[range.lowerBound + level] == 0x23 {
            level += 1
        }
        let start = range.lowerBound + level
        guard (1...6).contains(level), start == range.upperBound || text[start].isBlank else { return false }
        var end = range.upperBound
        while end > start, text[end - 1] == 0x23 { end -= 1 }
        endParagraph()
        heading(text.trimmed(start..<(end == start || text[end - 1].isBlank ? end : range.upperBound)), level)
        return true
    }

    private mutating func heading(_ range: Range<Int>, _ level: Int) {
        if let skipped = skippedLevel {
            guard level <= skipped else { return }
            skippedLevel = nil
        }
        isInList = false
        let title = inline.plain(Array(text[range])).trimmedSpace
        guard !ReferenceSections.isOne(title, or: dropped) else {
            skippedLevel = level
            return
        }
        if out.title.isEmpty { out.title = title }
        append(title, isTight: false)
    }

    /// A line of `=` or `-` below a line of text makes that a heading.
    private mutating func isUnderline(_ range: Range<Int>) -> Bool {
        guard !paragraph.isEmpty, text[range.lowerBound] == 0x3D || text[range.lowerBound] == 0x2D,
            text[range].allSatisfy({ $0 == text[range.lowerBound] })
        else { return false }
        let title = inline.plain(paragraph).trimmedSpace
        paragraph.removeAll(keepingCapacity: true)
        let level = text[range.lowerBound] == 0x3D ? 1 : 2
        if let skipped = skippedLevel, level > skipped { return true }
        skippedLevel = ReferenceSections.isOne(title, or: dropped) ? level : nil
        if skippedLevel == nil {
            if out.title.isEmpty { out.title = title }
            append(title, isTight: false)
        }
        return true
    }

    private func isRemoved(_ range: Range<Int>) -> Bool {
        text.has("{%", at: range.lowerBound) || text.has(":::", at: range.lowerBound)
            || MarkdownInline.isDefinition(text, range)
    }

    // MARK: - Code

    private mutating func opensFence(_ range: Range<Int>, _ indentation: Int) -> Bool {
        let byte = text[range.lowerBound]
        guard byte == 0x60 || byte == 0x7E else { return false }
        var count = 0
        while range.lowerBound + count < range.upperBound, text[range.lowerBound + count] == byte { count += 1 }
        // Text in backquotes on one line is no fence.
        guard count >= 3, byte == 0x7E || !text[(range.lowerBound + count)..<range.upperBound].contains(0x60) else {
            return false
        }
        endParagraph()
        endCode()
        fence = Fence(byte: byte, count: count, indentation: indentation)
        return true
    }

    private mutating func readFenced(_ line: Range<Int>, _ fence: Fence) {
        let range = text.trimmed(line)
        if range.count >= fence.count, text[range].allSatisfy({ $0 == fence.byte }) {
            self.fence = nil
            endCode()
            return
        }
        var start = line.lowerBound
        while start < line.upperBound, start - line.lowerBound < fence.indentation, text[start].isBlank { start += 1 }
        code.append(text, start..<line.upperBound)
        code.append(0x0A)
    }

    /// Four blanks begin code, but not inside a paragraph or a list.
    private func isIndentedCode(_ indentation: Int) -> Bool {
        indentation >= 4 && paragraph.isEmpty && !isInList && (isAfterBlank || !code.isEmpty)
    }

    /// Whether a line is a long one of words, as records with stray blanks have: code has more punctuation.
    private func isProse(_ range: Range<Int>) -> Bool {
        range.count > 80 && text[range].count(where: { $0.isWord || $0 == 0x20 }) * 10 > range.count * 9
    }

    /// Lines inside a comment or `<pre>`, whose ends are looked for.
    private mutating func readSpecial(_ range: Range<Int>) {
        if isInComment || text.has("<!--", at: range.lowerBound), !isInPre {
            guard let end = text.position(of: "-->", from: range.lowerBound, to: range.upperBound) else {
                isInComment = true
                return
            }
            isInComment = false
            let rest = text.trimmed(end + 3..<max(end + 3, range.upperBound))
            if !rest.isEmpty { readBlock(rest) }
            return
        }
        if !isInPre { endParagraph() }
        isInPre = text.position(of: "</pre", from: range.lowerBound, to: range.upperBound) == nil
        code.append(contentsOf: inline.withoutTags(Array(text[range])))
        code.append(0x0A)
        if !isInPre { endCode() }
    }

    private mutating func endCode() {
        if skippedLevel == nil, code.contains(where: { !$0.isSpace }) { out.code.append(code) }
        code.removeAll(keepingCapacity: true)
    }

    // MARK: - Output

    /// Ends a paragraph; `isTight` when no empty line follows.
    private mutating func endParagraph(isTight: Bool = false) {
        guard !paragraph.isEmpty else { return }
        if skippedLevel == nil { append(inline.plain(paragraph).trimmedSpace, isTight: isTight) }
        paragraph.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ line: [UInt8], isTight: Bool) {
        guard line.contains(where: \.isWord) else { return }
        out.text.append(contentsOf: line)
        out.text.append(isTight ? "\n" : "\n\n")
    }

    private func indentation(_ line: Range<Int>) -> (start: Int, columns: Int) {
        var columns = 0
        var position = line.lowerBound
        while position < line.upperBound, text[position].isBlank {
            columns += text[position] == 0x09 ? 4 - columns % 4 : 1
            position += 1
        }
        return (position, columns)
    }
}

/// Rule `references`: sections that only list where to read on.
enum ReferenceSections {
    static func isOne(_ title: [UInt8], or dropped: Set<String>) -> Bool {
        let words = title.map(\.lowercased).split { !$0.isWord }.map { String(decoding: $0, as: UTF8.self) }
        let name = words.joined(separator: " ")
        return titles.contains(name) || dropped.contains(name)
    }

    private static let titles: Set<String> = [
        "references", "reference", "see also", "further reading", "external links", "bibliography", "resources",
        "additional resources", "related links", "links", "acknowledgements", "acknowledgments", "credits",
        "contributors",
        "table of contents", "toc", "changelog", "license", "licence", "sources", "additional references",
    ]
}

/// Rule `front matter`: metadata at the start of a file, between lines of `---` (YAML) or `+++` (TOML), or in a first block of
/// ```` ```toml ````.
enum FrontMatter {
    /// Where the text begins.
    static func end(_ text: ByteView) -> Int {
        for fence in ["---" as StaticString, "+++"] where text.has(fence, at: 0) {
            guard let first = text.position(of: 0x0A, from: 0), text.isBlank(3..<first) else { return 0 }
            var start = first + 1
            while start < text.count {
                let end = text.position(of: 0x0A, from: start) ?? text.count
                if text.has(fence, at: start), text.isBlank(start + 3..<end) { return min(text.count, end + 1) }
                start = end + 1
            }
        }
        if text.has("```toml\n", at: 0), let end = text.position(of: "\n```", from: 0) {
            return (text.position(of: 0x0A, from: end + 1) ?? text.count - 1) + 1
        }
        return 0
    }
}
