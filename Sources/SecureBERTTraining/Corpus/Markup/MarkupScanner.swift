/// Reads HTML and XML as a stream of tags and text. Never fails: what is no tag is text, as browsers read it.
struct MarkupScanner {
    /// What was found.
    enum Token: Equatable {
        /// A range of text with its references (`&amp;`) as they are.
        case text(Range<Int>)
        /// The content of a CDATA section, to be taken literally.
        case literal(Range<Int>)
        /// `<name attributes>`; `isEmpty` for `<name/>`.
        case open(name: Range<Int>, attributes: Range<Int>, isEmpty: Bool)
        /// `</name>`.
        case close(name: Range<Int>)
    }

    let text: ByteView
    private(set) var position = 0

    init(_ text: ByteView) { self.text = text }

    /// The next tag or stretch of text; nil at the end. Comments, declarations and processing instructions are skipped.
    mutating func next() -> Token? {
        while position < text.count {
            guard text[position] == 0x3C else { return .text(textRange()) }
            if text.has("<!--", at: position) {
                position = behind("-->", from: position + 4)
            } else if text.has("<![CDATA[", at: position) {
                let start = position + 9
                let end = text.position(of: "]]>", from: start) ?? text.count
                position = min(text.count, end + 3)
                return .literal(start..<end)
            } else if text.has("<!", at: position) || text.has("<?", at: position) {
                position = behind(">", from: position + 2)
            } else if let token = tag() {
                return token
            } else {
                return .text(textRange())
            }
        }
        return nil
    }

    /// Skips to the end tag of an element whose content is no markup (`script`, `style`) and returns that content.
    mutating func raw(until name: StaticString) -> Range<Int> {
        let start = position
        while let open = text.position(of: "</", from: position) {
            position = open + 2
            if text.hasIgnoringCase(name, at: position) {
                position = behind(">", from: position)
                return start..<open
            }
        }
        position = text.count
        return start..<text.count
    }

    private mutating func textRange() -> Range<Int> {
        let start = position
        // A `<` that begins no tag is text; look for the next behind it.
        position = text.position(of: 0x3C, from: start + 1) ?? text.count
        return start..<position
    }

    private func behind(_ end: StaticString, from start: Int) -> Int {
        text.position(of: end, from: start).map { $0 + end.utf8CodeUnitCount } ?? text.count
    }

    /// The tag at the position; nil when there is none.
    private mutating func tag() -> Token? {
        let isClosing = text.has("/", at: position + 1)
        let start = position + (isClosing ? 2 : 1)
        guard start < text.count, text[start].isLetter || text[start] == 0x5F else { return nil }
        var end = start
        while end < text.count, !text[end].isSpace, text[end] != 0x3E, text[end] != 0x2F, text[end] != 0x3C { end += 1 }
        let name = start..<end
        var quote: UInt8 = 0
        while end < text.count {
            let byte = text[end]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == 0x22 || byte == 0x27, end > name.upperBound, hasEqualsBefore(end) {
                quote = byte
            } else if byte == 0x3E {
                break
            }
            end += 1
        }
        guard end < text.count else { return nil }
        position = end + 1
        if isClosing { return .close(name: name) }
        let isEmpty = text[end - 1] == 0x2F
        return .open(
            name: name, attributes: name.upperBound..<max(name.upperBound, isEmpty ? end - 1 : end), isEmpty: isEmpty)
    }

    /// Whether a quote begins the value of an attribute; others are apostrophes in broken markup.
    private func hasEqualsBefore(_ position: Int) -> Bool {
        var before = position - 1
        while before > 0, text[before].isSpace { before -= 1 }
        return text[before] == 0x3D
    }

    /// The value of an attribute, with its references replaced; nil when it is not there.
    func attribute(named name: String, in attributes: Range<Int>) -> [UInt8]? {
        var position = attributes.lowerBound
        let end = attributes.upperBound
        while position < end {
            while position < end, text[position].isSpace || text[position] == 0x2F { position += 1 }
            let start = position
            while position < end, !text[position].isSpace, text[position] != 0x3D { position += 1 }
            let key = start..<position
            while position < end, text[position].isSpace { position += 1 }
            var value = position..<position
            if position < end, text[position] == 0x3D {
                position += 1
                while position < end, text[position].isSpace { position += 1 }
                value = attributeValue(&position, end)
            }
            if key.count == name.utf8.count, zip(text[key], name.utf8).allSatisfy({ $0.lowercased == $1.lowercased }) {
                var out: [UInt8] = []
                Entities.append(text, value, to: &out)
                return out
            }
            if position == start { position += 1 }
        }
        return nil
    }

    private func attributeValue(_ position: inout Int, _ end: Int) -> Range<Int> {
        guard position < end, text[position] == 0x22 || text[position] == 0x27 else {
            let start = position
            while position < end, !text[position].isSpace { position += 1 }
            return start..<position
        }
        let quote = text[position]
        let start = position + 1
        let close = min(end, text.position(of: quote, from: start) ?? end)
        position = min(end, close + 1)
        return start..<close
    }
}
