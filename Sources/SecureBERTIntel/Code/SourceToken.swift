/// A piece of source code that shows its structure; space, comments and lines of the C preprocessor are left out.
struct SourceToken {
    enum Kind: UInt8 {
        case word
        /// A number, a text or character in quotes, a regular expression, a heredoc.
        case literal
        /// Tags and text of JSX.
        case markup
        case openParen, closeParen, openBracket, closeBracket, openBrace, closeBrace
        case comma, semicolon, colon, scope, dot, question, at, hash
        /// `=` alone; `==` and `+=` are ``other``.
        case assign
        /// `:=`
        case define
        /// `->`
        case thinArrow
        /// `=>`
        case fatArrow
        case less, greater, star, ampersand, tilde
        /// Any other operator.
        case other
    }

    let kind: Kind
    /// Whether only space and comments stand before it on its line.
    let isFirstOnLine: Bool
    /// Where it is among the bytes of the file.
    let start: Int
    let end: Int
}

/// The tokens of a file, and which brackets belong together.
struct SourceTokens {
    let bytes: [UInt8]
    let tokens: [SourceToken]
    /// For each bracket the index of its partner; -1 for tokens that have none.
    let partners: [Int]

    var count: Int { tokens.count }

    /// The kind of a token; nil outside.
    func kind(_ index: Int) -> SourceToken.Kind? { tokens.indices.contains(index) ? tokens[index].kind : nil }

    /// The text of a word; empty for other tokens.
    func word(_ index: Int) -> String {
        guard kind(index) == .word else { return "" }
        return text(index)
    }

    /// The text of a token; empty outside.
    func text(_ index: Int) -> String {
        guard tokens.indices.contains(index) else { return "" }
        return String(decoding: bytes[tokens[index].start..<tokens[index].end], as: UTF8.self)
    }

    /// The partner of a bracket; nil when it has none.
    func partner(_ index: Int) -> Int? {
        guard partners.indices.contains(index), partners[index] >= 0 else { return nil }
        return partners[index]
    }

    /// Where the group that ends with a token begins: the token itself unless it is a closing bracket.
    func groupStart(_ index: Int) -> Int {
        switch kind(index) {
        case .closeParen, .closeBracket, .closeBrace: partner(index) ?? index
        default: index
        }
    }

    /// Where the group that begins with a token ends: the token itself unless it is an opening bracket.
    func groupEnd(_ index: Int) -> Int {
        switch kind(index) {
        case .openParen, .openBracket, .openBrace: partner(index) ?? index
        default: index
        }
    }

    /// The end of a block: the brace that closes it, or the last token when none does.
    func blockEnd(_ open: Int) -> Int { partner(open) ?? count - 1 }

    func isFirstOnLine(_ index: Int) -> Bool { tokens.indices.contains(index) && tokens[index].isFirstOnLine }
}
