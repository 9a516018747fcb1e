/// Reads the definitions of Java: methods and constructors in the bodies of types, and lambdas with a name.
struct JavaFunctions {
    private let tokens: SourceTokens
    private var found = FoundFunctions()
    private var open: [Block] = []
    /// Where the declaration or statement begins, and what has been seen of it.
    private var start = 0
    private var hasAssignment = false
    /// `class`, `interface`, `enum`, `record`.
    private var typeKeyword: Int?
    /// The last parentheses outside of others.
    private var group: Int?

    private struct Block {
        enum Kind: Equatable {
            case type(String)
            /// The constants at the beginning of an enumeration.
            case constants(String)
            case body
            /// What a field is given; the declaration goes on behind it.
            case value(start: Int)
        }

        var kind: Kind
        let end: Int
    }

    static func find(in tokens: SourceTokens) -> FoundFunctions {
        var reader = JavaFunctions(tokens: tokens)
        var index = 0
        while index < tokens.count { index = reader.read(index) }
        return reader.found
    }

    private init(tokens: SourceTokens) { self.tokens = tokens }

    private var isInBody: Bool {
        switch open.last?.kind {
        case .body, .value: true
        default: false
        }
    }

    private mutating func restart(at index: Int) {
        (start, hasAssignment, typeKeyword, group) = (index, false, nil, nil)
    }

    private mutating func read(_ index: Int) -> Int {
        while let last = open.last, index > last.end {
            open.removeLast()
            restart(at: index)
            if case .value(let start) = last.kind { (self.start, hasAssignment) = (start, true) }
        }
        switch tokens.tokens[index].kind {
        case .semicolon:
            restart(at: index + 1)
            if case .constants(let name) = open.last?.kind { open[open.count - 1].kind = .type(name) }
        case .closeBrace: restart(at: index + 1)
        case .comma where isInConstants: restart(at: index + 1)
        case .openBrace: brace(index)
        case .assign: hasAssignment = true
        case .thinArrow:
            // The body of a lambda without braces.
            if tokens.kind(index + 1) != .openBrace, let name = lambdaName(arrow: index) {
                found.add(
                    tokens.word(name), from: first(name), to: tokens.expressionEnd(index + 1, endsAtLine: false))
            }
        case .openParen:
            group = index
            // Between parentheses of a body classes and lambdas can stand, elsewhere only parameters and annotations.
            if !isInBody, !hasAssignment { return tokens.groupEnd(index) + 1 }
        case .word: word(index)
        default: break
        }
        return index + 1
    }

    private var isInConstants: Bool { if case .constants = open.last?.kind { true } else { false } }

    private mutating func word(_ index: Int) {
        guard tokens.kind(index - 1) != .dot else { return }
        switch tokens.word(index) {
        case "class", "interface", "enum": typeKeyword = index
        case "record" where tokens.kind(index + 1) == .word && [.openParen, .less].contains(tokens.kind(index + 2)):
            typeKeyword = index
        default: break
        }
    }

    private mutating func brace(_ index: Int) {
        let end = tokens.blockEnd(index)
        open.append(Block(kind: meaning(index, end), end: end))
        restart(at: index + 1)
    }

    private mutating func meaning(_ index: Int, _ end: Int) -> Block.Kind {
        if let typeKeyword {
            let name = tokens.word(typeKeyword + 1)
            found.addContainer(name, from: index, to: end)
            return tokens.word(typeKeyword) == "enum" ? .constants(name) : .type(name)
        }
        if isInConstants || isAnonymousClass(index) { return .type("") }
        if tokens.kind(index - 1) == .thinArrow {
            if let name = lambdaName(arrow: index - 1) { found.add(tokens.word(name), from: first(name), to: end) }
            return hasAssignment && !isInBody ? .value(start: start) : .body
        }
        if hasAssignment { return .value(start: start) }
        guard case .type(let type) = open.last?.kind, start < index else { return .body }
        if let name = methodName(index) {
            found.add(tokens.word(name), from: start, to: end)
        } else if tokens.word(index - 1) == type, !type.isEmpty {
            // A constructor of a record without parameters of its own.
            found.add(type, from: start, to: end)
        }
        return .body
    }

    /// The word before the parameters, which nothing but `throws` and square brackets follow.
    private func methodName(_ brace: Int) -> Int? {
        guard let group, let end = tokens.partner(group), tokens.kind(group - 1) == .word else { return nil }
        let next = end + 1
        guard next == brace || tokens.word(next) == "throws" || tokens.kind(next) == .openBracket else { return nil }
        return group - 1
    }

    /// Whether `new T(...)` stands before a brace.
    private func isAnonymousClass(_ brace: Int) -> Bool {
        guard tokens.kind(brace - 1) == .closeParen, let open = tokens.partner(brace - 1) else { return false }
        var index = open - 1
        var depth = 0
        while index >= 0, open - index < 64 {
            switch tokens.tokens[index].kind {
            case .word:
                if tokens.word(index) == "new" { return true }
            case .dot, .comma, .question, .ampersand, .at: break
            case .greater: depth += 1
            case .less: depth -= 1
            default: return false
            }
            // Two names in a row, outside of type arguments, are no type.
            if depth == 0, tokens.kind(index) == .word, tokens.kind(index - 1) == .word,
                tokens.word(index - 1) != "new"
            {
                return false
            }
            index -= 1
        }
        return false
    }

    /// The beginning of `this.name`.
    private func first(_ name: Int) -> Int {
        tokens.kind(name - 1) == .dot && tokens.kind(name - 2) == .word ? name - 2 : name
    }

    /// The word that `= (...) ->` gives a lambda to.
    private func lambdaName(arrow: Int) -> Int? {
        var index = arrow - 1
        if tokens.kind(index) == .closeParen { index = tokens.groupStart(index) }
        guard tokens.kind(index - 1) == .assign, tokens.kind(index - 2) == .word else { return nil }
        return index - 2
    }
}
