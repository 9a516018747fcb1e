/// Writes out what is defanged in a text, in one pass.
///
/// | written | stands for |
/// |---|---|
/// | `[.]` `(.)` `{.}` `<.>`, also with `dot` | . |
/// | `[@]` `(@)` `{@}` `<@>`, also with `at` | @ |
/// | `[:]` `[://]` `[:/]` `[/]` `[//]`, square brackets only | what is in them |
/// | `[.` or `.]` alone, and `\.` | . |
/// | `\_`, an escape of Markdown and no defanging | _ |
///
/// The brackets may have a backslash before them, as Markdown wants, and a blank inside; around a dot and an at sign
/// there may be a blank outside too. All of it must stand between letters or digits, so that the punctuation of prose
/// stays. `\.` and `\_` are left alone behind another backslash of the same word, because there they belong to a path.
/// Schemes ("hxxp") are refanged by `URLScheme`.
struct Refanging {
    private let text: [UInt8]
    /// Empty as long as nothing was replaced.
    private var output: [UInt8] = []
    private var replacements: [RefangedText.Replacement] = []
    /// Where in the text that part begins which is not yet in the output.
    private var pending = 0
    /// Whether the word at hand, a run without blanks, has a backslash that begins a name.
    private var isInPath = false

    init(_ text: [UInt8]) { self.text = text }

    mutating func result() -> (bytes: [UInt8], replacements: [RefangedText.Replacement]) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte.isAlphanumeric {
                index += 1
            } else if let found = replacement(at: index, byte) {
                replace(found.range, with: found.meaning)
                index = found.range.upperBound
            } else {
                if byte.isSpaceOrControl { isInPath = false }
                if byte == "\\", self[index + 1] != "[" { isInPath = true }
                index += 1
            }
        }
        guard !replacements.isEmpty else { return (text, []) }
        output += text[pending...]
        return (output, replacements)
    }

    private mutating func replace(_ range: Range<Int>, with meaning: StaticString) {
        output += text[pending..<range.lowerBound]
        let start = output.count
        meaning.withUTF8Buffer { output += $0 }
        replacements.append(
            .init(refanged: start..<output.count, original: range, isDefanging: output.last.map { $0 != "_" } ?? true))
        pending = range.upperBound
    }

    private typealias Found = (range: Range<Int>, meaning: StaticString)

    /// A byte of the text; 0 outside.
    private subscript(index: Int) -> UInt8 { index >= 0 && index < text.count ? text[index] : 0 }

    private func replacement(at index: Int, _ byte: UInt8) -> Found? {
        switch byte {
        case " ", "\t": isBracket(self[index + 1]) ? bracketed(at: index + 1, outer: index) : nil
        case "[", "(", "{", "<": bracketed(at: index, outer: index) ?? halfOpen(index)
        case "\\": bracketed(at: index, outer: index) ?? escaped(index)
        case ".": self[index + 1] == "]" && isBetweenWords(index..<index + 2) ? (index..<index + 2, ".") : nil
        default: nil
        }
    }

    private func isBracket(_ byte: UInt8) -> Bool {
        switch byte {
        case "[", "(", "{", "<", "\\": true
        default: false
        }
    }

    private func halfOpen(_ index: Int) -> Found? {
        guard self[index] == "[", self[index + 1] == ".", self[index + 2].isLetter, isBetweenWords(index..<index + 2)
        else { return nil }
        return (index..<index + 2, ".")
    }

    private func escaped(_ index: Int) -> Found? {
        guard !isInPath, isBetweenWords(index..<index + 2) else { return nil }
        switch self[index + 1] {
        case ".": return (index..<index + 2, ".")
        case "_": return (index..<index + 2, "_")
        default: return nil
        }
    }

    /// What is in brackets.
    /// - Parameters:
    ///   - start: Of the bracket or of the backslash before it.
    ///   - outer: A blank before it, or `start`.
    private func bracketed(at start: Int, outer: Int) -> Found? {
        var index = start
        if self[index] == "\\" { index += 1 }
        let open = self[index]
        guard let close = Self.closing(open) else { return nil }
        index += 1
        if self[index].isBlank { index += 1 }
        guard let content = content(at: index, isSquare: open == "[") else { return nil }
        index += content.length
        if self[index].isBlank { index += 1 }
        if self[index] == "\\" { index += 1 }
        guard self[index] == close else { return nil }
        let end = index + 1
        switch content.kind {
        case .joint:
            if self[end].isBlank, isBetweenWords(outer..<end + 1) { return (outer..<end + 1, content.meaning) }
            return isBetweenWords(outer..<end) ? (outer..<end, content.meaning) : nil
        case .separator:
            return outer == start && isBetweenParts(start..<end) ? (start..<end, content.meaning) : nil
        }
    }

    private static func closing(_ open: UInt8) -> UInt8? {
        switch open {
        case "[": UInt8(ascii: "]")
        case "(": UInt8(ascii: ")")
        case "{": UInt8(ascii: "}")
        case "<": UInt8(ascii: ">")
        default: nil
        }
    }

    private enum Kind {
        /// A dot or an at sign, which joins words.
        case joint
        /// Punctuation of URLs and of IPv6.
        case separator
    }

    private func content(at index: Int, isSquare: Bool) -> (kind: Kind, length: Int, meaning: StaticString)? {
        let next = self[index + 1].lowercased
        switch self[index].lowercased {
        case ".": return (.joint, 1, ".")
        case "@": return (.joint, 1, "@")
        case "d" where next == "o" && self[index + 2].lowercased == "t": return (.joint, 3, ".")
        case "a" where next == "t": return (.joint, 2, "@")
        case ":" where isSquare && next == "/" && self[index + 2] == "/": return (.separator, 3, "://")
        case ":" where isSquare && next == "/": return (.separator, 2, ":/")
        case ":" where isSquare: return (.separator, 1, ":")
        case "/" where isSquare && next == "/": return (.separator, 2, "//")
        case "/" where isSquare: return (.separator, 1, "/")
        default: return nil
        }
    }

    // MARK: - Neighbours

    private func isWord(_ byte: UInt8) -> Bool { byte.isAlphanumeric || byte >= 0x80 }

    private func isBetweenWords(_ range: Range<Int>) -> Bool {
        isWord(self[range.lowerBound - 1]) && isWord(self[range.upperBound])
    }

    /// The same for the punctuation of URLs and addresses, beside which there can be more of it, also replaced. Two
    /// colons may begin an address.
    private func isBetweenParts(_ range: Range<Int>) -> Bool {
        let before = self[range.lowerBound - 1]
        let isBehindPart = isWord(before) || before == ":" || (pending == range.lowerBound && pending > 0)
        switch self[range.upperBound] {
        case "[" where self[range.upperBound + 1] == ":" && self[range.upperBound + 2] == "]": return true
        case "/", "\\", "[", ":", "-", "_": return isBehindPart
        case let byte: return isBehindPart && isWord(byte)
        }
    }
}
