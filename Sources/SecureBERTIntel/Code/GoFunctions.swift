/// Reads the definitions of Go: everything begins with `func`.
struct GoFunctions {
    private let tokens: SourceTokens
    private var found = FoundFunctions()

    static func find(in tokens: SourceTokens) -> FoundFunctions {
        var reader = GoFunctions(tokens: tokens)
        for index in tokens.tokens.indices where tokens.word(index) == "func" { reader.read(index) }
        return reader.found
    }

    private init(tokens: SourceTokens) { self.tokens = tokens }

    private mutating func read(_ start: Int) {
        // map[string]func() {...} is a map, not a function.
        guard tokens.kind(start - 1) != .closeBracket else { return }
        var index = start + 1
        var receiver = ""
        if tokens.kind(index) == .openParen, tokens.isFirstOnLine(start), let end = tokens.partner(index),
            tokens.kind(end + 1) == .word, [.openParen, .openBracket].contains(tokens.kind(end + 2))
        {
            receiver = receiverType(index, end)
            index = end + 1
        }
        let name = tokens.word(index)
        if !name.isEmpty {
            index += 1
            // Type parameters.
            if tokens.kind(index) == .openBracket { index = tokens.groupEnd(index) + 1 }
        }
        guard tokens.kind(index) == .openParen, let end = tokens.partner(index),
            let body = body(behind: end)
        else { return }
        if !name.isEmpty { return found.add(name, qualifier: receiver, from: start, to: tokens.blockEnd(body)) }
        // What is called at once gives its result to the name, not itself.
        let isCalled = tokens.kind(tokens.blockEnd(body) + 1) == .openParen
        let given = isCalled ? nil : givenName(start)
        found.add(given.map { tokens.text($0).withoutQuotes }, from: given ?? start, to: tokens.blockEnd(body))
    }

    /// `T` of `(t *T)`, `(t T[K])`, `(T)`.
    private func receiverType(_ open: Int, _ end: Int) -> String {
        var type = ""
        for index in open + 1..<end {
            if tokens.kind(index) == .openBracket { break }
            if tokens.kind(index) == .word { type = tokens.word(index) }
        }
        return type
    }

    /// The brace behind parameters and results, on their line; nil for a type or a declaration.
    private func body(behind parameters: Int) -> Int? {
        var index = parameters + 1
        while index < tokens.count, index - parameters < 200 {
            if tokens.isFirstOnLine(index) { return nil }
            switch tokens.tokens[index].kind {
            case .openBrace:
                guard ["struct", "interface"].contains(tokens.word(index - 1)) else { return index }
                index = tokens.groupEnd(index)
            case .openParen, .openBracket: index = tokens.groupEnd(index)
            case .word, .dot, .star, .less, .other, .tilde: break
            default: return nil
            }
            index += 1
        }
        return nil
    }

    /// The name that a function literal is given: `f := func`, `f = func`, `var f T = func`, `Key: func`.
    private func givenName(_ start: Int) -> Int? {
        switch tokens.kind(start - 1) {
        case .define: return tokens.kind(start - 2) == .word ? start - 2 : nil
        case .colon: return [.word, .literal].contains(tokens.kind(start - 2)) ? start - 2 : nil
        case .assign:
            var index = start - 2
            // var f func(int) error = func ...
            while index > 0, start - index < 32, !tokens.isFirstOnLine(index), tokens.word(index - 1) != "var" {
                switch tokens.tokens[index].kind {
                case .closeParen, .closeBracket: index = tokens.groupStart(index) - 1
                case .word where [.word, .star].contains(tokens.kind(index - 1)), .star: index -= 1
                default: return tokens.kind(index) == .word ? index : nil
                }
            }
            return tokens.kind(index) == .word ? index : nil
        default: return nil
        }
    }
}
