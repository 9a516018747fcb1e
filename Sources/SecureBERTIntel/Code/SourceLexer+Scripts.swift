/// What only JavaScript and TypeScript have: regular expressions, templates, JSX.
extension SourceLexer {
    /// Whether an expression can begin here, rather than an operator.
    var isExpressionStart: Bool {
        guard let last = tokens.last else { return true }
        switch last.kind {
        case .literal, .markup, .closeBracket: return false
        case .closeParen: return closedControl
        case .word:
            guard last.end - last.start <= 10 else { return false }
            return Self.wordsBeforeExpressions.contains(String(decoding: bytes[last.start..<last.end], as: UTF8.self))
        case .other:
            // i++ / 2
            let text = bytes[last.start..<last.end]
            let isPair =
                tokens.count > 1 && tokens[tokens.count - 2].kind == .other
                && tokens[tokens.count - 2].end == last.start && bytes[last.start - 1] == bytes[last.start]
            return !(isPair && text.count == 1 && (text.first == UInt8(ascii: "+") || text.first == UInt8(ascii: "-")))
        default: return true
        }
    }

    private static let wordsBeforeExpressions: Set = [
        "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "instanceof", "yield",
        "await", "default",
    ]

    /// A regular expression or a division.
    mutating func slash() {
        guard isExpressionStart, let end = regularExpressionEnd else {
            return add(.other, to: position + (byte(1) == "=" ? 2 : 1))
        }
        add(.literal, to: end)
    }

    /// A longer one is taken for a division; the bound keeps the time linear.
    private static let longestExpression = 4096

    /// Where the regular expression that begins here ends, with its flags; nil when it does not end on this line.
    private var regularExpressionEnd: Int? {
        var index = position + 1
        var isInClass = false
        let limit = min(bytes.count, position + Self.longestExpression)
        while index < limit, bytes[index] != "\n" {
            switch bytes[index] {
            case "\\": index += 1
            case "[": isInClass = true
            case "]": isInClass = false
            case "/" where !isInClass:
                index += 1
                while index < bytes.count, bytes[index].isLetter { index += 1 }
                return index
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The part of a template up to the next `${` or to its end.
    mutating func template() {
        var end = position
        while end < bytes.count {
            switch bytes[end] {
            case "\\": end += 1
            case "`":
                modes.removeLast()
                return add(.literal, to: end + 1)
            case "$" where end + 1 < bytes.count && bytes[end + 1] == "{":
                if end > position { add(.literal, to: end) }
                return enterCode(openingLength: 2)
            default: break
            }
            end += 1
        }
        add(.literal, to: bytes.count)
    }

    // MARK: - JSX

    /// Whether `<` begins an element, not the parameters of a generic function.
    var opensMarkup: Bool {
        let next = byte(1)
        guard next.isLetter || next == "_" || next == "$" || next == ">" else { return false }
        // a <<b
        if position > 0, bytes[position - 1] == "<" { return false }
        guard language == .typescript else { return true }
        // <T,>(x) => x and <T extends U>(x) => x
        var index = position + 1
        while index < bytes.count, isWord(bytes[index]) { index += 1 }
        while index < bytes.count, bytes[index].isBlank { index += 1 }
        guard index < bytes.count else { return true }
        return bytes[index] != "," && !bytes[index...].prefix(8).elementsEqual("extends ".utf8)
    }

    mutating func startMarkup() {
        modes.append(.markup(depth: 0, isInTag: true, isClosing: false))
        add(.markup, to: position + 1)
    }

    mutating func markup(_ depth: Int, _ isInTag: Bool, _ isClosing: Bool) {
        isInTag ? tag(depth, isClosing) : children(depth)
    }

    /// A part of a tag: a text in quotes, code in braces, its end.
    private mutating func tag(_ depth: Int, _ isClosing: Bool) {
        let start = position
        var end = position
        while end < bytes.count {
            switch bytes[end] {
            case "\"", "'":
                let quote = bytes[end]
                end += 1
                while end < bytes.count, bytes[end] != quote { end += 1 }
            case "{":
                if end > start { add(.markup, to: end) }
                return enterCode(openingLength: 1)
            case "=" where end + 1 < bytes.count && bytes[end + 1] == ">": end += 1
            case ">":
                let isEmpty = end > 0 && bytes[end - 1] == "/"
                return endTag(isClosing ? depth - 1 : isEmpty ? depth : depth + 1, at: end + 1)
            default: break
            }
            end += 1
        }
        add(.markup, to: bytes.count)
    }

    private mutating func endTag(_ depth: Int, at end: Int) {
        add(.markup, to: end)
        if depth <= 0 {
            modes.removeLast()
        } else {
            modes[modes.count - 1] = .markup(depth: depth, isInTag: false, isClosing: false)
        }
    }

    /// What stands between tags: text, code in braces, the next tag.
    private mutating func children(_ depth: Int) {
        var end = position
        while end < bytes.count, bytes[end] != "{", bytes[end] != "<" { end += 1 }
        if end > position { skip(to: end) }
        guard position < bytes.count else { return }
        if bytes[position] == "{" { return enterCode(openingLength: 1) }
        modes[modes.count - 1] = .markup(depth: depth, isInTag: true, isClosing: byte(1) == "/")
        add(.markup, to: position + 1)
    }
}
