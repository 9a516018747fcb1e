/// Rule `reStructuredText`: prose and code of a text for Sphinx or docutils, without its markup.
///
/// | from | to |
/// |---|---|
/// | `.. code-block:: c` and what is indented below, blocks after `::` | code |
/// | `.. note::`, `.. warning::`, `.. function:: f(x)` | the words and what is indented below |
/// | `.. image::`, `.. toctree::`, `.. _label:`, comments, `:option:` lines of directives | removed |
/// | lines of punctuation under or over titles, borders of tables | removed |
/// | ``` ``code`` ```, `` :role:`text <target>` ``, `` `text <url>`_ ``, `**bold**`, `[1]_`, `|name|` | the words |
struct RestructuredText {
    private let text: ByteView
    private var lines: [Range<Int>] = []
    private var out = ExtractedText()
    private var paragraph: [UInt8] = []

    /// The prose and the code of a text.
    static func extract(_ bytes: [UInt8]) -> ExtractedText {
        bytes.view { text in
            var reader = RestructuredText(text)
            text.forEachLine { reader.lines.append($0) }
            reader.read(0..<reader.lines.count, indentation: 0, depth: 0)
            reader.endParagraph()
            return reader.out
        }
    }

    private init(_ text: ByteView) { self.text = text }

    // MARK: - Blocks

    private mutating func read(_ range: Range<Int>, indentation: Int, depth: Int) {
        var index = range.lowerBound
        while index < range.upperBound {
            let line = text.trimmed(lines[index])
            if line.isEmpty {
                endParagraph()
                index += 1
            } else if text.has(":tocdepth:", at: line.lowerBound) || text.has(":orphan:", at: line.lowerBound) {
                index += 1
            } else if text.has(".. ", at: line.lowerBound) || line.count == 2 && text.has("..", at: line.lowerBound) {
                endParagraph()
                index = directive(line, index, range.upperBound, depth)
            } else {
                index = self.line(line, index, range.upperBound)
            }
        }
    }

    /// Handles a line of prose; returns the next line.
    private mutating func line(_ line: Range<Int>, _ index: Int, _ end: Int) -> Int {
        if LineRules.isRuler(text, line) || isUnderline(line) {
            if let title = paragraph.isEmpty ? nil : Optional(inline(paragraph)), out.title.isEmpty {
                out.title = title
            }
            endParagraph()
            return index + 1
        }
        if SoftBreaks.startsItem(text, line) { endParagraph(isTight: true) }
        var content = line
        let opensCode = text.has("::", at: line.upperBound - 2) && line.count >= 2
        if opensCode { content = line.lowerBound..<line.upperBound - (line.count == 2 ? 2 : 1) }
        if text.has("|", at: content.lowerBound), content.count > 1, text[content.lowerBound + 1].isBlank {
            endParagraph(isTight: true)
            content = text.trimmed(content.lowerBound + 1..<content.upperBound)
        }
        if !content.isEmpty {
            if !paragraph.isEmpty { paragraph.append(0x20) }
            paragraph.append(text, content)
        }
        guard opensCode else { return index + 1 }
        endParagraph()
        let block = self.block(after: index, end, indentation: self.indentation(index))
        appendCode(block)
        return max(index + 1, block.upperBound)
    }

    /// A title's underline of one or two characters.
    private func isUnderline(_ line: Range<Int>) -> Bool {
        !paragraph.isEmpty && text[line.lowerBound].isPunctuation && line.count <= 2
            && text[line].allSatisfy { $0 == text[line.lowerBound] } && text[line.lowerBound] != 0x3A
    }

    /// The lines below that are indented more, blank ones between them included.
    private func block(after index: Int, _ end: Int, indentation: Int) -> Range<Int> {
        var last = index + 1
        var next = index + 1
        while next < end {
            if !text.isBlank(lines[next]) {
                guard self.indentation(next) > indentation else { break }
                last = next + 1
            }
            next += 1
        }
        return index + 1..<last
    }

    private func indentation(_ index: Int) -> Int {
        var count = 0
        for position in lines[index] {
            guard text[position].isBlank else { break }
            count += text[position] == 0x09 ? 8 - count % 8 : 1
        }
        return count
    }

    private mutating func appendCode(_ block: Range<Int>) {
        var code: [UInt8] = []
        for index in block {
            code.append(text, lines[index])
            code.append(0x0A)
        }
        if code.contains(where: { !$0.isSpace }) { out.code.append(code) }
    }

    // MARK: - Directives

    private mutating func directive(_ line: Range<Int>, _ index: Int, _ end: Int, _ depth: Int) -> Int {
        let block = block(after: index, end, indentation: indentation(index))
        let next = max(index + 1, block.upperBound)
        let content = text.trimmed(min(line.lowerBound + 3, line.upperBound)..<line.upperBound)
        guard let colons = text.position(of: "::", from: content.lowerBound, to: content.upperBound),
            !text[content.lowerBound..<colons].contains(where: \.isSpace), !text.has("_", at: content.lowerBound)
        else { return next }
        let full = String(decoding: text[content.lowerBound..<colons], as: UTF8.self)
        let name = full.split(separator: ":").last.map(String.init) ?? full
        let argument = text.trimmed(colons + 2..<max(colons + 2, content.upperBound))
        let body = skipOptions(block)
        if Self.code.contains(name) {
            appendCode(body)
        } else if !Self.dropped.contains(name), depth < 20 {
            if !argument.isEmpty {
                paragraph.append(text, argument)
                endParagraph()
            }
            read(body, indentation: 0, depth: depth + 1)
            endParagraph()
        }
        return next
    }

    /// The block without the `:name: value` lines at its start.
    private func skipOptions(_ block: Range<Int>) -> Range<Int> {
        var start = block.lowerBound
        while start < block.upperBound {
            let line = text.trimmed(lines[start])
            guard text.has(":", at: line.lowerBound), let close = text[line].dropFirst().firstIndex(of: 0x3A),
                close + 1 == line.upperBound || text[close + 1].isBlank
            else { break }
            start += 1
        }
        return start..<block.upperBound
    }

    private static let code: Set<String> = [
        "code-block", "code", "sourcecode", "parsed-literal", "prompt", "console", "testcode", "doctest",
        "productionlist",
    ]

    private static let dropped: Set<String> = [
        "image", "figure", "toctree", "index", "contents", "include", "literalinclude", "raw", "highlight", "math",
        "default-role", "currentmodule", "module", "sectionauthor", "moduleauthor", "codeauthor", "autosummary",
        "automodule",
        "autoclass", "autofunction", "kernel-doc", "graphviz", "only", "meta", "tabularcolumns", "replace", "role",
        "target",
        "substitution", "testsetup", "testoutput", "c:namespace", "SPDX-License-Identifier", "kernel-figure",
        "kernel-render",
        "kernel-feat", "kernel-abi", "flat-table",
    ]

    // MARK: - Output

    private mutating func endParagraph(isTight: Bool = false) {
        guard !paragraph.isEmpty else { return }
        let line = inline(paragraph)
        paragraph.removeAll(keepingCapacity: true)
        guard line.contains(where: \.isWord) else { return }
        out.text.append(contentsOf: line)
        out.text.append(isTight ? "\n" : "\n\n")
    }

    /// The paragraph without roles, quotes and targets.
    private func inline(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var position = 0
            while position < text.count {
                if let next = Self.markup(text, position, &out) {
                    position = next
                } else {
                    out.append(text[position])
                    position += 1
                }
            }
            return out.trimmedSpace
        }
    }

    /// Handles the markup at a position; returns where it ends, or nil when it is just a character.
    private static func markup(_ text: ByteView, _ start: Int, _ out: inout [UInt8]) -> Int? {
        switch text[start] {
        case 0x60:
            if text.has("``", at: start), let end = text.position(of: "``", from: start + 2) {
                out.append(text, start + 2..<end)
                return end + 2
            }
            guard let end = text.position(of: 0x60, from: start + 1) else { return nil }
            removeRole(&out)
            appendReference(text, start + 1..<end, &out)
            var next = end + 1
            while next < text.count, text[next] == 0x5F, next < end + 3 { next += 1 }
            return next
        case 0x2A:
            var count = 1
            if text.has("**", at: start) { count = 2 }
            let isStart = start == 0 || !text[start - 1].isWord
            let isEnd = start + count == text.count || !text[start + count].isWord
            return isStart != isEnd ? start + count : nil
        case 0x5B:
            guard let end = text[start..<min(text.count, start + 40)].firstIndex(of: 0x5D), text.has("_", at: end + 1)
            else { return nil }
            while out.last == 0x20 { out.removeLast() }
            return end + 2
        case 0x7C:
            guard let end = text[start + 1..<min(text.count, start + 40)].firstIndex(of: 0x7C), end > start + 1,
                !text[start + 1].isSpace, !text[end - 1].isSpace
            else { return nil }
            out.append(text, start + 1..<end)
            return end + 1
        case 0x5C:
            return start + 1 < text.count
                ? {
                    out.append(text[start + 1]); return start + 2
                }() : nil
        default: return nil
        }
    }

    /// Removes `:role:` before a backquote.
    private static func removeRole(_ out: inout [UInt8]) {
        guard out.last == 0x3A else { return }
        var start = out.count - 1
        while start > 0, out[start - 1].isLetter || out[start - 1] == 0x2D || out[start - 1] == 0x3A { start -= 1 }
        if start < out.count - 1, out[start] == 0x3A { out.removeSubrange(start...) }
    }

    /// `text <target>` gives the text, `~module.name` the name.
    private static func appendReference(_ text: ByteView, _ range: Range<Int>, _ out: inout [UInt8]) {
        var range = range
        if text[range].last == 0x3E, let open = text[range].lastIndex(of: 0x3C), open > range.lowerBound {
            range = text.trimmed(range.lowerBound..<open)
        }
        if text.has("~", at: range.lowerBound), let dot = text[range].lastIndex(of: 0x2E) {
            range = dot + 1..<range.upperBound
        } else if text.has("!", at: range.lowerBound) || text.has("~", at: range.lowerBound), !range.isEmpty {
            range = range.lowerBound + 1..<range.upperBound
        }
        out.append(text, range)
    }
}
