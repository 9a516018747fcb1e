/// Rules `whitespace`: blanks and empty lines carry no meaning in prose, and some in code.
package enum Whitespace {
    /// For text: blanks at both ends of a line are removed, runs of blanks become one space, runs of empty lines one, and
    /// none is left at the start and the end.
    ///
    ///     "  a \t b  \n\n\n\nc\n"  ->  "a b\n\nc"
    package static func collapse(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var emptyLines = 0
            text.forEachLine { line in
                let range = text.trimmed(line)
                guard !range.isEmpty else {
                    emptyLines += 1
                    return
                }
                if !out.isEmpty { out.append(emptyLines > 0 ? "\n\n" : "\n") }
                emptyLines = 0
                append(text, range, &out)
            }
            return out
        }
    }

    private static func append(_ text: ByteView, _ range: Range<Int>, _ out: inout [UInt8]) {
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            let byte = text[position]
            if byte == 0x09 || byte == 0x20 && text[position - 1].isBlank {
                out.append(text, start..<position)
                if byte == 0x09, out.last != 0x20 { out.append(0x20) }
                start = position + 1
            }
            position += 1
        }
        out.append(text, start..<range.upperBound)
    }

    /// For code: blanks at the end of a line are removed, runs of more than two empty lines become two, and none is left at
    /// the start and the end. Indentation stays, without what all lines share.
    package static func trimCode(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            let shared = sharedIndentation(text)
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var emptyLines = 0
            text.forEachLine { line in
                var end = line.upperBound
                while end > line.lowerBound, text[end - 1].isSpace { end -= 1 }
                guard end > line.lowerBound else {
                    emptyLines += 1
                    return
                }
                if !out.isEmpty { out.append(contentsOf: repeatElement(0x0A, count: 1 + min(emptyLines, 2))) }
                emptyLines = 0
                out.append(text, line.lowerBound + min(shared, end - line.lowerBound)..<end)
            }
            return out
        }
    }

    private static func sharedIndentation(_ text: ByteView) -> Int {
        var shared = Int.max
        text.forEachLine { line in
            guard let first = text[line].firstIndex(where: { !$0.isSpace }) else { return }
            shared = min(shared, first - line.lowerBound)
        }
        return shared == Int.max ? 0 : shared
    }
}
