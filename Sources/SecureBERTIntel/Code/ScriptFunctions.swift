/// Reads the definitions of JavaScript and TypeScript: `function`, `=>`, and names before parameters and a brace.
struct ScriptFunctions {
    let tokens: SourceTokens
    let isTyped: Bool
    var found = FoundFunctions()
    /// The brackets around what is read, and what they hold.
    var around: [(open: Int, content: Content)] = []
    /// The `=>` of types.
    var typeArrows: Set<Int> = []
    /// The braces of classes and interfaces.
    var typeBraces: [Int: Content] = [:]

    enum Content {
        case members
        case properties
        case types
        case statements
        /// Parameters, arguments, elements.
        case list
    }

    /// - Parameter isTyped: Whether the language is TypeScript, where `=>` occurs in types too.
    static func find(in tokens: SourceTokens, isTyped: Bool) -> FoundFunctions {
        var reader = ScriptFunctions(tokens: tokens, isTyped: isTyped)
        for index in tokens.tokens.indices { reader.read(index) }
        return reader.found
    }

    private init(tokens: SourceTokens, isTyped: Bool) { (self.tokens, self.isTyped) = (tokens, isTyped) }

    mutating func read(_ index: Int) {
        switch tokens.tokens[index].kind {
        case .fatArrow: arrow(index)
        case .openParen:
            method(index)
            around.append((index, .list))
        case .openBracket: around.append((index, .list))
        case .openBrace: around.append((index, content(ofBrace: index)))
        case .closeParen, .closeBracket, .closeBrace:
            guard let open = tokens.partner(index) else { return }
            while let last = around.last, last.open >= open { around.removeLast() }
        case .word where tokens.kind(index - 1) != .dot:
            switch tokens.word(index) {
            case "function": function(index)
            case "class": type(index, .members)
            case "interface": if tokens.kind(index + 1) == .word { type(index, .types) }
            case "namespace", "module": if tokens.kind(index + 1) == .word { type(index, .statements) }
            default: break
            }
        default: break
        }
    }

    /// What stands between braces.
    func content(ofBrace open: Int) -> Content {
        if let header = typeBraces[open] { return header }
        switch tokens.kind(open - 1) {
        case .assign:
            return tokens.word(open - 3) == "type" ? .types : .properties
        case .openParen, .comma, .openBracket, .question: return .properties
        case .other: return tokens.text(open - 1) == "|" ? .types : .properties
        case .less, .ampersand: return tokens.text(open - 1) == "&&" ? .properties : .types
        case .colon:
            switch around.last?.content {
            case .properties: return .properties
            case .types, .members: return .types
            case .list: return .types
            case .statements, nil: return .statements
            }
        case .word:
            return ["return", "default", "yield", "await", "in", "of", "typeof", "new", "throw"]
                .contains(tokens.word(open - 1)) ? .properties : .statements
        default: return .statements
        }
    }

    // MARK: - function

    mutating func function(_ keyword: Int) {
        var index = keyword + 1
        if tokens.kind(index) == .star { index += 1 }
        let name = tokens.kind(index) == .word ? tokens.word(index) : nil
        if name != nil { index += 1 }
        index = behindTypeParameters(index)
        guard tokens.kind(index) == .openParen, let end = tokens.partner(index), let body = body(behind: end)
        else { return }
        let start = tokens.word(keyword - 1) == "async" ? keyword - 1 : keyword
        add(name, start, tokens.blockEnd(body))
    }

    /// Adds a function expression under its own name or that of what it is given to.
    mutating func add(_ name: String?, _ start: Int, _ end: Int) {
        // What is called at once gives its result to the name, not itself.
        if tokens.kind(end + 1) != .openParen, let (given, first) = givenName(start) {
            return found.add(given, from: first, to: end)
        }
        found.add(name, from: start, to: end)
    }

    /// `name =`, `object.name =`, `name: T =` or `key:` before a function.
    func givenName(_ start: Int) -> (name: String, start: Int)? {
        switch tokens.kind(start - 1) {
        case .assign:
            let last = start - 2
            if let annotated = annotatedName(last) { return (tokens.word(annotated), first(annotated)) }
            switch tokens.kind(last) {
            case .word: return (tokens.word(last), first(last))
            case .closeBracket: return (bracketed(last), first(last))
            default: return nil
            }
        case .colon:
            let key = start - 2
            guard [.openBrace, .comma].contains(tokens.kind(tokens.groupStart(key) - 1)) else { return nil }
            switch tokens.kind(key) {
            case .word: return (tokens.word(key), key)
            case .literal: return (unquoted(key), key)
            case .closeBracket: return (bracketed(key), tokens.groupStart(key))
            default: return nil
            }
        default: return nil
        }
    }

    /// What stands in `[ ... ]`, a few tokens at most.
    func bracketed(_ close: Int) -> String {
        guard let open = tokens.partner(close) else { return "" }
        return (open + 1..<close).prefix(5).map(tokens.text).joined().withoutQuotes
    }

    func unquoted(_ index: Int) -> String {
        tokens.text(index).withoutQuotes
    }

    /// The name in `name: Type =`, given the last token of the type; nil when there is no type.
    func annotatedName(_ last: Int) -> Int? {
        var index = last
        while index > 0, last - index < 64 {
            switch tokens.tokens[index].kind {
            case .colon:
                let name = tokens.kind(index - 1) == .question ? index - 2 : index - 1
                return tokens.kind(name) == .word && index < last ? name : nil
            case .closeParen, .closeBracket, .closeBrace: index = tokens.groupStart(index) - 1
            case .word where ["const", "let", "var", "return"].contains(tokens.word(index)): return nil
            case .word, .literal, .dot, .less, .greater, .other, .ampersand, .fatArrow, .question, .comma: index -= 1
            default: return nil
            }
        }
        return nil
    }

    /// The beginning of `a.b.name`, of a field with its modifiers, given its last token.
    func first(_ last: Int) -> Int {
        var index = tokens.groupStart(last)
        while index > 0, last - index < 64 {
            if tokens.kind(index - 1) == .dot {
                index = tokens.groupStart(index - 2)
            } else if tokens.kind(index) == .openBracket,
                [.word, .closeBracket, .closeParen].contains(tokens.kind(index - 1))
            {
                index = tokens.groupStart(index - 1)
            } else if Self.modifiers.contains(tokens.word(index - 1)), tokens.word(index - 1) != "async" {
                index -= 1
            } else {
                break
            }
        }
        return max(0, index)
    }

    // MARK: - Methods

    /// `name(...) {`, `name<T>(...): Type {`: no statement looks like this, since what it begins with is reserved.
    mutating func method(_ open: Int) {
        guard let end = tokens.partner(open) else { return }
        var last = open - 1
        if tokens.kind(last) == .greater, let less = typeParametersStart(last) { last = less - 1 }
        if tokens.kind(last) == .question { last -= 1 }
        guard let name = methodName(last) else { return }
        guard let body = body(behind: end), tokens.kind(body - 1) != .fatArrow else { return }
        let start = methodStart(tokens.groupStart(last))
        guard canBeginMethod(start) else { return }
        if tokens.isFirstOnLine(body), ![.members, .properties].contains(around.last?.content) { return }
        found.add(name, from: start, to: tokens.blockEnd(body))
    }

    func methodName(_ last: Int) -> String? {
        switch tokens.kind(last) {
        case .word:
            let word = tokens.word(last)
            guard !Self.statements.contains(word), tokens.kind(last - 1) != .dot,
                !["function", "new"].contains(tokens.word(last - 1)),
                !(tokens.kind(last - 1) == .star && tokens.word(last - 2) == "function")
            else { return nil }
            return word
        case .literal: return unquoted(last)
        case .closeBracket: return bracketed(last)
        default: return nil
        }
    }

    func methodStart(_ name: Int) -> Int {
        var index = name
        while index > 0, name - index < 16 {
            let before = index - 1
            if tokens.kind(before) == .star || Self.modifiers.contains(tokens.word(before)) {
                // A field or method can be called `get` or `static`.
                index = before
            } else {
                break
            }
        }
        return index
    }

    /// Whether what stands before a method can end a declaration or a property, or begins a class or an object.
    func canBeginMethod(_ start: Int) -> Bool {
        switch tokens.kind(start - 1) {
        case nil, .openBrace, .comma, .semicolon: true
        case .closeBrace, .closeParen, .word, .literal, .closeBracket, .greater, .other:
            tokens.isFirstOnLine(start) || tokens.kind(start - 1) == .closeBrace
                || (tokens.kind(start - 1) == .closeParen && isDecorator(start - 1))
        default: false
        }
    }

    /// Whether parentheses end a decorator: `@Get('/path') method() {`.
    func isDecorator(_ close: Int) -> Bool {
        let open = tokens.groupStart(close)
        return tokens.kind(open - 2) == .at
    }

    /// The brace behind parameters and the type of the result; nil when there is none.
    func body(behind parameters: Int) -> Int? {
        var index = parameters + 1
        if tokens.kind(index) == .openBrace { return index }
        guard tokens.kind(index) == .colon else { return nil }
        index += 1
        var expectsType = true
        while index < tokens.count, index - parameters < 200 {
            // A declaration without a body, the next one follows.
            if tokens.isFirstOnLine(index), Self.beginnings.contains(tokens.word(index)) { return nil }
            switch tokens.tokens[index].kind {
            case .openBrace:
                // A type in braces, or the body.
                guard expectsType else { return index }
                index = tokens.groupEnd(index)
                expectsType = false
            case .openParen, .openBracket:
                index = tokens.groupEnd(index)
                expectsType = false
            case .less:
                let end = behindTypeParameters(index)
                guard end > index else { return nil }
                index = end - 1
                expectsType = false
            case .word:
                let word = tokens.word(index)
                expectsType = ["is", "keyof", "typeof", "asserts", "readonly", "extends", "infer"].contains(word)
            case .literal: expectsType = false
            case .dot, .question, .colon, .fatArrow, .ampersand: expectsType = true
            case .other: expectsType = true
            default: return nil
            }
            index += 1
        }
        return nil
    }

    // MARK: - Types

    mutating func type(_ keyword: Int, _ content: Content) {
        var index = keyword + 1
        let hasName = tokens.kind(index) == .word && !["extends", "implements"].contains(tokens.word(index))
        let given = hasName ? index : (tokens.kind(keyword - 1) == .assign ? keyword - 2 : nil)
        while index < tokens.count, index - keyword < 200 {
            switch tokens.tokens[index].kind {
            case .openBrace:
                typeBraces[index] = content
                return found.addContainer(
                    given.map(tokens.word) ?? "", from: index, to: tokens.blockEnd(index))
            case .openParen, .openBracket: index = tokens.groupEnd(index)
            case .word, .dot, .comma, .less, .greater, .other, .ampersand, .literal, .colon: break
            default: return
            }
            index += 1
        }
    }

    static let modifiers: Set = [
        "async", "get", "set", "static", "public", "private", "protected", "override", "readonly", "abstract",
        "declare",
        "accessor",
    ]
    /// Words that a statement begins with.
    static let beginnings: Set = [
        "function", "export", "import", "const", "let", "var", "class", "interface", "type", "async", "declare",
        "return",
    ]
    /// What can stand before parentheses and a block without being the name of a method.
    static let statements: Set = [
        "if", "for", "while", "switch", "catch", "with", "function", "await", "return", "super", "typeof", "else",
    ]
}
