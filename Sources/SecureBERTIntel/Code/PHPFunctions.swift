/// Reads the definitions of PHP: everything begins with `function` or `fn`.
struct PHPFunctions {
    private let tokens: SourceTokens
    private var found = FoundFunctions()

    static func find(in tokens: SourceTokens) -> FoundFunctions {
        var reader = PHPFunctions(tokens: tokens)
        for index in tokens.tokens.indices where tokens.kind(index) == .word { reader.read(index) }
        return reader.found
    }

    private init(tokens: SourceTokens) { self.tokens = tokens }

    private mutating func read(_ index: Int) {
        let before = tokens.kind(index - 1)
        guard before != .scope, before != .thinArrow else { return }
        switch tokens.word(index).lowercased() {
        case "function" where tokens.word(index - 1).lowercased() != "use": function(index)
        case "fn": arrow(index)
        case "class", "interface", "trait", "enum": type(index)
        default: break
        }
    }

    private mutating func function(_ start: Int) {
        var index = start + 1
        if tokens.kind(index) == .ampersand { index += 1 }
        let name = tokens.word(index)
        if !name.isEmpty { index += 1 }
        guard tokens.kind(index) == .openParen, let end = tokens.partner(index), let body = body(behind: end)
        else { return }
        add(name.isEmpty ? nil : name, start, tokens.blockEnd(body))
    }

    /// `fn (...) => expression`
    private mutating func arrow(_ start: Int) {
        var index = start + 1
        if tokens.kind(index) == .ampersand { index += 1 }
        guard tokens.kind(index) == .openParen, let end = tokens.partner(index) else { return }
        index = end + 1
        while index < tokens.count, index - end < 32, tokens.kind(index) != .fatArrow {
            guard [.colon, .word, .question, .other, .ampersand].contains(tokens.kind(index)) else { return }
            index += 1
        }
        guard tokens.kind(index) == .fatArrow else { return }
        add(nil, start, tokens.expressionEnd(index + 1, endsAtLine: false))
    }

    private mutating func add(_ name: String?, _ start: Int, _ end: Int) {
        guard name == nil else { return found.add(name, from: first(start), to: end) }
        var start = start
        if tokens.word(start - 1).lowercased() == "static" { start -= 1 }
        let isGiven = tokens.kind(start - 1) == .assign && tokens.kind(start - 2) == .word
        found.add(isGiven ? tokens.word(start - 2) : nil, from: isGiven ? start - 2 : start, to: end)
    }

    /// Where the modifiers and attributes before a function begin.
    private func first(_ start: Int) -> Int {
        var index = start
        while index > 0, start - index < 64 {
            if ["public", "private", "protected", "static", "abstract", "final"]
                .contains(tokens.word(index - 1).lowercased())
            {
                index -= 1
            } else if tokens.kind(index - 1) == .closeBracket, let open = tokens.partner(index - 1),
                tokens.kind(open - 1) == .hash
            {
                index = open - 1
            } else {
                break
            }
        }
        return index
    }

    /// The brace behind parameters, `use (...)` and the type of the result; nil for a declaration.
    private func body(behind parameters: Int) -> Int? {
        var index = parameters + 1
        while index < tokens.count, index - parameters < 64 {
            switch tokens.tokens[index].kind {
            case .openBrace: return index
            case .openParen: index = tokens.groupEnd(index)
            case .word, .colon, .question, .other, .ampersand: break
            default: return nil
            }
            index += 1
        }
        return nil
    }

    private mutating func type(_ keyword: Int) {
        var index = keyword + 1
        while index < tokens.count, index - keyword < 512 {
            switch tokens.tokens[index].kind {
            case .openBrace:
                let name = tokens.kind(keyword + 1) == .word ? tokens.word(keyword + 1) : ""
                return found.addContainer(
                    tokens.word(keyword - 1).lowercased() == "new" ? "" : name, from: index,
                    to: tokens.blockEnd(index))
            case .openParen: index = tokens.groupEnd(index)
            case .word, .comma, .colon, .other, .question: break
            default: return
            }
            index += 1
        }
    }
}
