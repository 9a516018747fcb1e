extension String {
    /// The text between quotes; a text without them as it is.
    var withoutQuotes: String {
        guard let first = utf8.first, first.isQuote, utf8.last == first, utf8.count >= 2 else { return self }
        return String(dropFirst().dropLast())
    }
}

extension SourceTokens {
    /// The last token of the expression that begins at a token.
    /// - Parameter endsAtLine: Whether a line that cannot go on ends it, as in JavaScript.
    func expressionEnd(_ start: Int, endsAtLine: Bool) -> Int {
        var index = start
        while index < count {
            switch tokens[index].kind {
            case .comma, .semicolon, .closeParen, .closeBracket, .closeBrace: return max(start, index - 1)
            default: break
            }
            if endsAtLine, index > start, tokens[index].isFirstOnLine, !joins(index) { return index - 1 }
            index = groupEnd(index) + 1
        }
        return max(start, min(index, count) - 1)
    }

    /// Whether an expression goes on over the end of the line before a token.
    private func joins(_ index: Int) -> Bool {
        switch tokens[index - 1].kind {
        case .word, .literal, .closeParen, .closeBracket: break
        case .closeBrace, .markup: if tokens[index].kind == .markup { return true }
        default: return true
        }
        switch tokens[index].kind {
        case .dot, .question, .colon, .other, .star, .less, .greater, .ampersand, .markup, .assign: return true
        case .word: return ["in", "instanceof", "as", "satisfies"].contains(word(index))
        default: return false
        }
    }
}
