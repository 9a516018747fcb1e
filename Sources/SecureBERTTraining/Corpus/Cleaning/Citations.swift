/// Rule `citations`: references to sources are not language.
///
///     "used PsExec.(Citation: Mandiant 2020)(Citation: NCSC 2019)"  ->  "used PsExec."
///     "was seen.(Citation: B).\nNext"                              ->  "was seen.\nNext"
///     "was found [12], [3, 4] and [5-7]"                           ->  "was found, and"
///
/// A number in brackets is a citation when a blank or another citation is before it, so `argv[1]` stays.
package enum Citations {
    package static func remove(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            guard text.contains(0x5B) || text.contains(0x28) else { return bytes }
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var start = 0
            var position = 0
            while position < text.count {
                let byte = text[position]
                guard byte == 0x5B || byte == 0x28, let end = citationEnd(text, position) else {
                    position += 1
                    continue
                }
                out.append(text, start..<position)
                while let last = out.last, last == 0x20 { out.removeLast() }
                // A full stop before the citation and another behind it end one sentence.
                if out.last == 0x2E, end < text.count, text[end] == 0x2E {
                    (position, start) = (end + 1, end + 1)
                    continue
                }
                let needsSpace = end < text.count && text[end].isWord && out.last.map { !$0.isSpace } ?? false
                if needsSpace { out.append(0x20) }
                position = end
                start = end
            }
            out.append(text, start..<text.count)
            return out
        }
    }

    /// Behind the citation that begins at a position; nil when none does.
    private static func citationEnd(_ text: ByteView, _ start: Int) -> Int? {
        if text[start] == 0x28 {
            guard text.hasIgnoringCase("(citation:", at: start),
                let close = text[start..<min(text.count, start + 300)].firstIndex(of: 0x29)
            else { return nil }
            return close + 1
        }
        // `x [1]`, but not `x[1]`, and not `[1]` at the start of a line, where a list of references numbers its entries.
        guard start > 0, text[start - 1] == 0x20 || text[start - 1] == 0x5D else { return nil }
        var position = start + 1
        var digits = 0
        while position < text.count, position - start < 24 {
            switch text[position] {
            case 0x30...0x39: digits += 1
            case 0x2C, 0x2D, 0x20: break
            case 0x5D: return digits > 0 && digits <= 9 && text[position - 1].isDigit ? position + 1 : nil
            default: return nil
            }
            position += 1
        }
        return nil
    }
}
