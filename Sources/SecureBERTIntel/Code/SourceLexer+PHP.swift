/// What only PHP has: text around the code, heredocs, variables in texts.
extension SourceLexer {
    /// The text up to the next `<?php`, `<?=` or `<?`.
    mutating func text() {
        var end = position
        while end + 1 < bytes.count, !(bytes[end] == "<" && bytes[end + 1] == "?") { end += 1 }
        guard end + 1 < bytes.count else { return skip(to: bytes.count) }
        skip(to: end)
        let isXML = continues(with: "<?xml")
        position += continues(with: "<?php") ? 5 : continues(with: "<?=") ? 3 : 2
        if !isXML { modes[modes.count - 1] = .code(braces: 0) }
    }

    /// `?>` ends a statement, and the code.
    mutating func closeTag() {
        add(.semicolon, to: position + 2)
        modes = [.text]
    }

    /// `<<<ID`, `<<<"ID"` or `<<<'ID'` up to the line that begins with `ID`.
    mutating func heredoc() {
        var start = position + 3
        while start < bytes.count, bytes[start].isBlank { start += 1 }
        let isQuoted = start < bytes.count && (bytes[start] == "\"" || bytes[start] == "'")
        if isQuoted { start += 1 }
        var end = start
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        let name = bytes[start..<end]
        guard !name.isEmpty else { return add(.other, to: position + 3) }
        var index = end
        while index < bytes.count {
            guard bytes[index] == "\n" else {
                index += 1
                continue
            }
            index += 1
            while index < bytes.count, bytes[index].isBlank { index += 1 }
            let last = index + name.count
            guard last <= bytes.count, bytes[index..<last].elementsEqual(name) else { continue }
            if last == bytes.count || !isWord(bytes[last]) { return add(.literal, to: last) }
        }
        add(.literal, to: bytes.count)
    }

    /// The end of a text in which `{$ ... }` holds code, with quotes of its own.
    func interpolatedEnd(_ quote: UInt8) -> Int {
        var index = position + 1
        var braces = 0
        while index < bytes.count {
            switch bytes[index] {
            case "\\": index += 1
            case "{" where braces > 0 || (index + 1 < bytes.count && bytes[index + 1] == "$"): braces += 1
            case "}" where braces > 0: braces -= 1
            case "'" where braces > 0, "\"" where braces > 0:
                let end = stringEnd(index, canSpanLines: false)
                // A brace that is never closed does not hide the end of the text.
                if end > bytes.count || bytes[end - 1] != bytes[index] || end == index + 1 { braces = 0 }
                if braces > 0 { index = end - 1 } else if bytes[index] == quote { return index + 1 }
            case quote: return index + 1
            default: break
            }
            index += 1
        }
        return bytes.count
    }
}
