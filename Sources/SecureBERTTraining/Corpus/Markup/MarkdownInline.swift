/// What stands inside a paragraph of Markdown: links, emphasis, code, tags.
struct MarkdownInline {
    /// Names that have a definition `[name]: url`, lowercased.
    let definitions: Set<String>

    // MARK: - Definitions

    static func definitions(_ text: ByteView) -> Set<String> {
        guard text.position(of: "]:", from: 0) != nil else { return [] }
        var names: Set<String> = []
        text.forEachLine { line in
            let range = text.trimmed(line)
            if isDefinition(text, range), let close = text.position(of: 0x5D, from: range.lowerBound) {
                names.insert(text.string(range.lowerBound + 1..<close).lowercased())
            }
        }
        return names
    }

    /// Whether a line is `[name]: url`. Footnotes, `[^1]: text`, are text.
    static func isDefinition(_ text: ByteView, _ range: Range<Int>) -> Bool {
        guard text.has("[", at: range.lowerBound), !text.has("[^", at: range.lowerBound),
            let close = text.position(of: "]:", from: range.lowerBound, to: range.upperBound)
        else { return false }
        let rest = text.trimmed(close + 2..<max(close + 2, range.upperBound))
        return text.has("http", at: rest.lowerBound) || text.has("/", at: rest.lowerBound)
            || text.has("#", at: rest.lowerBound) || text.has("<", at: rest.lowerBound)
            || text.has(".", at: rest.lowerBound) || !text[rest].contains(0x20) && !rest.isEmpty
    }

    // MARK: - Plain text

    /// The paragraph without its markup.
    func plain(_ paragraph: [UInt8]) -> [UInt8] {
        guard paragraph.contains(where: { Self.isMarkup($0) }) else { return paragraph }
        return paragraph.view { text in
            var out = Output()
            append(text, 0..<text.count, to: &out, depth: 0)
            return out.withoutEmphasis
        }
    }

    /// A text without tags of HTML and with its references replaced, for code in `<pre>`.
    func withoutTags(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            var position = 0
            while position < text.count {
                if text[position] == 0x3C, let end = tagEnd(text, position, text.count) {
                    position = end
                } else {
                    out.append(text[position])
                    position += 1
                }
            }
            return Entities.decode(out)
        }
    }

    private static func isMarkup(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x5B, 0x2A, 0x5F, 0x60, 0x3C, 0x26, 0x5C, 0x7E: true
        default: false
        }
    }

    private func append(_ text: ByteView, _ range: Range<Int>, to out: inout Output, depth: Int) {
        var position = range.lowerBound
        let end = range.upperBound
        while position < end {
            let byte = text[position]
            guard Self.isMarkup(byte) || byte == 0x21 else {
                out.bytes.append(byte)
                position += 1
                continue
            }
            if let next = markup(text, position, end, &out, depth) {
                position = next
            } else {
                out.bytes.append(byte)
                position += 1
            }
        }
    }

    /// Handles the markup at a position; returns where it ends, or nil when it is just a character.
    private func markup(_ text: ByteView, _ position: Int, _ end: Int, _ out: inout Output, _ depth: Int) -> Int? {
        switch text[position] {
        case 0x5C:
            guard position + 1 < end, text[position + 1].isPunctuation else { return nil }
            out.bytes.append(text[position + 1])
            return position + 2
        case 0x60: return codeSpan(text, position, end, &out)
        case 0x21:
            guard text.has("![", at: position) else { return nil }
            return link(text, position + 1, end)?.end
        case 0x5B:
            if text.has("[^", at: position) { return footnote(text, position, end) }
            guard depth < 4, let link = link(text, position, end) else { return nil }
            append(text, link.text, to: &out, depth: depth + 1)
            return link.end
        case 0x3C: return angle(text, position, end, &out)
        case 0x26:
            let limit = min(end, position + 12)
            guard let close = text[position..<limit].firstIndex(of: 0x3B) else { return nil }
            Entities.append(text, position..<close + 1, to: &out.bytes)
            return close + 1
        case 0x7E: return text.has("~~", at: position) ? position + 2 : nil
        default: return delimiters(text, position, end, &out)
        }
    }

    private func codeSpan(_ text: ByteView, _ start: Int, _ end: Int, _ out: inout Output) -> Int? {
        var count = 0
        while start + count < end, text[start + count] == 0x60 { count += 1 }
        var position = start + count
        while let tick = text.position(of: 0x60, from: position), tick < end {
            var length = 0
            while tick + length < end, text[tick + length] == 0x60 { length += 1 }
            if length == count {
                out.bytes.append(text, text.trimmed(start + count..<tick))
                return tick + length
            }
            position = tick + length
        }
        out.bytes.append(text, start..<start + count)
        return start + count
    }

    private func footnote(_ text: ByteView, _ start: Int, _ end: Int) -> Int? {
        guard let close = text[start..<min(end, start + 60)].firstIndex(of: 0x5D) else { return nil }
        return text.has(":", at: close + 1) ? close + 2 : close + 1
    }

    /// The text of the link whose `[` is at a position, and where the link ends; nil when there is no link.
    private func link(_ text: ByteView, _ start: Int, _ end: Int) -> (text: Range<Int>, end: Int)? {
        guard let close = closing(text, start, end, open: 0x5B, close: 0x5D) else { return nil }
        let content = start + 1..<close
        if text.has("(", at: close + 1) {
            guard let last = closing(text, close + 1, end, open: 0x28, close: 0x29) else { return nil }
            return (content, last + 1)
        }
        if text.has("[", at: close + 1), let last = closing(text, close + 1, end, open: 0x5B, close: 0x5D) {
            return (content, last + 1)
        }
        if text.has("[", at: start + 1), text.has("]", at: close + 1) { return (content, close + 1) }
        guard !definitions.isEmpty, definitions.contains(text.string(content).lowercased()) else { return nil }
        return (content, close + 1)
    }

    private func closing(_ text: ByteView, _ start: Int, _ end: Int, open: UInt8, close: UInt8) -> Int? {
        var depth = 0
        var position = start
        let limit = min(end, start + 4000)
        while position < limit {
            switch text[position] {
            case 0x5C: position += 1
            case open: depth += 1
            case close:
                depth -= 1
                if depth == 0 { return position }
            default: break
            }
            position += 1
        }
        return nil
    }

    // MARK: - Tags

    private func angle(_ text: ByteView, _ start: Int, _ end: Int, _ out: inout Output) -> Int? {
        if text.has("<http", at: start), let close = text.position(of: 0x3E, from: start), close < end {
            out.bytes.append(text, start + 1..<close)
            return close + 1
        }
        if text.has("<!--", at: start) { return text.position(of: "-->", from: start, to: end).map { $0 + 3 } }
        // What is raised and in brackets is a citation.
        if text.has("<sup>[", at: start), let close = text.position(of: "</sup>", from: start, to: end) {
            return close + 6
        }
        guard let tag = tagEnd(text, start, end) else { return nil }
        if text.hasIgnoringCase("<br", at: start) { out.bytes.append(0x0A) }
        return tag
    }

    /// Behind a tag of HTML. Names that HTML has not are placeholders, such as `<user-name>`, and stay.
    private func tagEnd(_ text: ByteView, _ start: Int, _ end: Int) -> Int? {
        guard let close = text.position(of: 0x3E, from: start), close < end, close - start < 1000 else { return nil }
        var first = start + 1
        if text.has("/", at: first) { first += 1 }
        var last = first
        while last < close, text[last].isLetter || text[last].isDigit { last += 1 }
        guard last > first, last == close || text[last].isSpace || text[last] == 0x2F else { return nil }
        let name = String(decoding: text[first..<last].map(\.lowercased), as: UTF8.self)
        return Self.tags.contains(name) ? close + 1 : nil
    }

    private static let tags: Set<String> = [
        "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "body", "br", "caption", "center", "cite",
        "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
        "font",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "i", "iframe", "img", "ins", "kbd", "li",
        "main", "mark", "nav", "ol", "p", "picture", "pre", "q", "s", "samp", "section", "small", "source", "span",
        "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u",
        "ul",
        "var", "video", "wbr",
    ]

    // MARK: - Emphasis

    private func delimiters(_ text: ByteView, _ start: Int, _ end: Int, _ out: inout Output) -> Int? {
        let byte = text[start]
        guard byte == 0x2A || byte == 0x5F else { return nil }
        var stop = start
        while stop < end, text[stop] == byte { stop += 1 }
        let before = start > 0 ? text[start - 1] : 0x20
        let after = stop < end ? text[stop] : 0x20
        let opens = !after.isSpace && (!after.isPunctuation || before.isSpace || before.isPunctuation)
        let closes = !before.isSpace && (!before.isPunctuation || after.isSpace || after.isPunctuation)
        let isUnderscore = byte == 0x5F
        out.runs.append(
            .init(
                byte: byte, start: out.bytes.count, count: stop - start,
                opens: opens && (!isUnderscore || !closes || before.isPunctuation),
                closes: closes && (!isUnderscore || !opens || after.isPunctuation)))
        out.bytes.append(text, start..<stop)
        return stop
    }

    /// The text so far, and the runs of `*` and `_` in it that may be emphasis.
    private struct Output {
        var bytes: [UInt8] = []
        var runs: [Run] = []

        struct Run {
            let byte: UInt8
            let start: Int
            var count: Int
            let opens: Bool
            let closes: Bool
            /// Characters of the run that are emphasis.
            var used = 0
        }

        /// The bytes without the delimiters that have a partner.
        var withoutEmphasis: [UInt8] {
            guard !runs.isEmpty else { return bytes }
            var runs = runs
            var open: [Int] = []
            for index in runs.indices {
                if runs[index].closes {
                    while runs[index].used < runs[index].count,
                        let partner = open.lastIndex(where: { runs[$0].byte == runs[index].byte })
                    {
                        let other = open[partner]
                        let count = min(
                            runs[index].count - runs[index].used, runs[other].count - runs[other].used)
                        runs[index].used += count
                        runs[other].used += count
                        open.removeSubrange(runs[other].used == runs[other].count ? partner... : (partner + 1)...)
                    }
                }
                if runs[index].opens, runs[index].used < runs[index].count { open.append(index) }
            }
            var out: [UInt8] = []
            out.reserveCapacity(bytes.count)
            var start = 0
            for run in runs where run.used > 0 {
                out.append(contentsOf: bytes[start..<run.start])
                start = run.start + run.used
            }
            out.append(contentsOf: bytes[start...])
            return out
        }
    }
}
