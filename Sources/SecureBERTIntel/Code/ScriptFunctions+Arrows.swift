/// Functions with `=>`, and the types of TypeScript that look like them.
extension ScriptFunctions {
    mutating func arrow(_ arrow: Int) {
        guard var start = parametersStart(arrow - 1) else { return }
        if tokens.kind(start - 1) == .greater, let less = typeParametersStart(start - 1) { start = less }
        if tokens.word(start - 1) == "async", tokens.kind(start - 2) != .dot { start -= 1 }
        if isTyped, isType(start) {
            typeArrows.insert(arrow)
            return
        }
        let isBlock = tokens.kind(arrow + 1) == .openBrace
        let end =
            isBlock ? tokens.blockEnd(arrow + 1) : tokens.expressionEnd(arrow + 1, endsAtLine: true)
        add(nil, start, end)
    }

    /// Whether `(...) => T` is a type rather than a function, by what stands before it.
    func isType(_ start: Int) -> Bool {
        let before = start - 1
        switch tokens.kind(before) {
        case .assign:
            var index = before - 1
            if tokens.kind(index) == .greater, let less = typeParametersStart(index) { index = less - 1 }
            return tokens.kind(index) == .word && tokens.word(index - 1) == "type"
        case .colon:
            switch around.last?.content {
            case .properties: return false
            case .types, .members: return true
            case .list, .statements, nil: return !isBehindQuestion(before)
            }
        case .fatArrow: return typeArrows.contains(before)
        case .less: return true
        case .other: return tokens.text(before) == "|"
        case .ampersand: return tokens.text(before) == "&"
        case .openParen:
            // (() => void) | null
            let close = tokens.groupEnd(before)
            return tokens.text(close + 1) == "|" || isType(before)
        case .word: return ["as", "is", "extends", "keyof", "new", "satisfies"].contains(tokens.word(before))
        case .question, .comma, .openBracket, .openBrace: return around.last?.content == .types
        default: return false
        }
    }

    /// Whether a colon is the second half of `a ? b : c`.
    func isBehindQuestion(_ colon: Int) -> Bool {
        var index = colon - 1
        while index > 0, colon - index < 100 {
            switch tokens.tokens[index].kind {
            case .question: return tokens.kind(index + 1) != .colon
            case .closeParen, .closeBracket, .closeBrace: index = tokens.groupStart(index)
            case .openParen, .openBracket, .openBrace, .semicolon, .comma: return false
            default: break
            }
            index -= 1
        }
        return false
    }

    /// Where the parameters before `=>` begin, given the last token before it.
    func parametersStart(_ last: Int) -> Int? {
        switch tokens.kind(last) {
        case .word:
            if tokens.kind(last - 1) != .colon || tokens.kind(last - 2) != .closeParen { return typed(last) ?? last }
            return typed(last)
        case .closeParen:
            // (a): (b) => ... has the parameters of the first parentheses only when a colon stands between them.
            return typed(last) ?? tokens.partner(last)
        default: return typed(last)
        }
    }

    /// The parentheses of `(...): Type`, given the last token of the type; nil when there is no type.
    func typed(_ last: Int) -> Int? {
        var index = last
        while index > 0, last - index < 64 {
            switch tokens.tokens[index].kind {
            case .colon:
                guard tokens.kind(index - 1) == .closeParen, let open = tokens.partner(index - 1), isParameters(open)
                else { return nil }
                return open
            case .closeParen, .closeBracket, .closeBrace: index = tokens.groupStart(index) - 1
            case .word, .literal, .dot, .less, .greater, .other, .ampersand, .question: index -= 1
            case .comma where tokens.kind(last) == .greater: index -= 1
            default: return nil
            }
        }
        return nil
    }

    /// Whether parentheses before a colon can be parameters: not those of a call in `a ? f(b) : c => d`.
    func isParameters(_ open: Int) -> Bool {
        let before = tokens.kind(open - 1)
        return
            !(before == .closeParen || before == .closeBracket || before == .question
            || (before == .word && !["async", "default", "return"].contains(tokens.word(open - 1))))
    }

    func typeParametersStart(_ end: Int) -> Int? {
        var depth = 0
        var index = end
        while index >= 0, end - index < 64 {
            switch tokens.tokens[index].kind {
            case .greater: depth += 1
            case .less:
                depth -= 1
                if depth == 0 { return index }
            case .semicolon, .openBrace, .closeBrace: return nil
            default: break
            }
            index -= 1
        }
        return nil
    }

    func behindTypeParameters(_ start: Int) -> Int {
        guard tokens.kind(start) == .less else { return start }
        var depth = 0
        var index = start
        while index < tokens.count, index - start < 200 {
            switch tokens.tokens[index].kind {
            case .less: depth += 1
            case .greater:
                depth -= 1
                if depth == 0 { return index + 1 }
            case .openParen, .openBracket, .openBrace: index = tokens.groupEnd(index)
            default: break
            }
            index += 1
        }
        return start
    }
}
