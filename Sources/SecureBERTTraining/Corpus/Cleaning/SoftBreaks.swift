/// Rule `soft breaks`: the lines of a paragraph that was wrapped at a column are joined, so that a sentence is one line.
///
/// A paragraph counts as wrapped when each line but its last has 45 to 110 bytes, and none looks like a list item, a table
/// or code. `Name:  x` lines, addresses and verses stay as they are.
package enum SoftBreaks {
    package static func join(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var paragraph: [Range<Int>] = []
            func flush() {
                let isWrapped = isWrapped(text, paragraph)
                for (index, line) in paragraph.enumerated() {
                    let range = isWrapped && index > 0 ? text.trimmed(line) : line
                    if isWrapped, index > 0 { out.append(0x20) } else if index > 0 { out.append(0x0A) }
                    out.append(text, range)
                }
                if !paragraph.isEmpty { out.append(0x0A) }
                paragraph.removeAll(keepingCapacity: true)
            }
            text.forEachLine { line in
                if text.isBlank(line) {
                    flush()
                    out.append(0x0A)
                } else {
                    if startsItem(text, line) { flush() }
                    paragraph.append(line)
                }
            }
            flush()
            return out
        }
    }

    private static func isWrapped(_ text: ByteView, _ lines: [Range<Int>]) -> Bool {
        guard lines.count > 1 else { return false }
        for line in lines.dropLast() where !(45...110).contains(text.trimmed(line).count) { return false }
        return lines.allSatisfy { line in
            let range = text.trimmed(line)
            guard let last = text[range].last, last != 0x7B, last != 0x3B, last != 0x5C else { return false }
            return !hasColumns(text, range)
        }
    }

    /// Runs of three spaces, tabs or two pipes inside a line set columns apart.
    private static func hasColumns(_ text: ByteView, _ range: Range<Int>) -> Bool {
        var pipes = 0
        for position in range {
            if text[position] == 0x09 { return true }
            if text[position] == 0x7C { pipes += 1 }
            if text[position] == 0x20, text.has("   ", at: position), position + 3 <= range.upperBound { return true }
        }
        return pipes >= 2
    }

    /// Whether a line begins a list item: `- x`, `* x`, `1. x`, `(a) x`.
    static func startsItem(_ text: ByteView, _ line: Range<Int>) -> Bool {
        let range = text.trimmed(line)
        guard let first = range.first else { return false }
        func isBlank(_ position: Int) -> Bool { position < range.upperBound && text[position].isBlank }
        switch text[first] {
        case 0x2D, 0x2A, 0x2B: return isBlank(first + 1)
        case 0x28:
            guard let close = text[range].prefix(6).firstIndex(of: 0x29) else { return false }
            return isBlank(close + 1)
        case 0x30...0x39:
            var end = first
            while end < range.upperBound, end - first < 3, text[end].isDigit { end += 1 }
            return end < range.upperBound && (text[end] == 0x2E || text[end] == 0x29) && isBlank(end + 1)
        default: return false
        }
    }
}
