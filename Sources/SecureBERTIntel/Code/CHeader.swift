/// What stands before a brace in C or C++, read as it comes, so that each token is looked at a bounded number of times.
struct CHeader {
    enum Meaning {
        case function(name: String, qualifier: String, start: Int)
        case container(String)
        case lambda(name: String, start: Int)
        case initializer
        case other
    }

    private let tokens: SourceTokens
    private let start: Int
    private var hasAssignment = false
    /// `class`, `struct`, `union` or `enum`, the last one.
    private var typeKeyword: Int?
    private var namespace: Int?
    private var isLinkage = false
    /// The `:` before a constructor's initializers.
    private var initializers: Int?
    /// The `->` before the type that is returned.
    private var arrow: Int?
    /// Parentheses behind a word, the last ones.
    private var group: Int?
    /// The names between parentheses, when what follows can be their declarations in the style of K&R.
    private var parameters: Set<String>?
    private var parameterGroup: Int?
    /// Whether one of those names has been declared since the last semicolon.
    private var declaresParameter = false

    init(_ tokens: SourceTokens, start: Int) { (self.tokens, self.start) = (tokens, start) }

    // MARK: - Reading

    mutating func add(_ index: Int) {
        switch tokens.tokens[index].kind {
        case .word: addWord(index)
        case .assign:
            // operator=
            if tokens.word(index - 1) != "operator" { hasAssignment = true }
        case .thinArrow: if group != nil, arrow == nil, tokens.word(index - 1) != "operator" { arrow = index }
        case .colon: if initializers == nil, endsParameters(index - 1) { initializers = index }
        case .literal: if index == start + 1, tokens.word(start) == "extern" { isLinkage = true }
        default: break
        }
    }

    private mutating func addWord(_ index: Int) {
        let word = tokens.word(index)
        switch word {
        case "class", "struct", "union", "enum": typeKeyword = index
        case "namespace": namespace = index
        default: break
        }
        if let parameters, parameters.contains(word) { declaresParameter = true }
        if parameters == nil, let group, index == tokens.groupEnd(group) + 1, !Self.qualifiers.contains(word) {
            parameters = names(in: group)
            parameterGroup = group
        }
    }

    mutating func addGroup(_ open: Int) {
        if parameters == nil, !(initializers != nil) { group = open }
    }

    /// The names of `(a, b, c)`; nil when there is anything else.
    private func names(in group: Int) -> Set<String>? {
        guard let end = tokens.partner(group), end > group + 1, end - group < 200 else { return nil }
        var names: Set<String> = []
        for index in group + 1..<end {
            if (index - group).isMultiple(of: 2) {
                guard tokens.kind(index) == .comma else { return nil }
            } else {
                guard tokens.kind(index) == .word else { return nil }
                names.insert(tokens.word(index))
            }
        }
        return names
    }

    /// Whether the semicolon ends the declaration of a parameter rather than the whole.
    mutating func continuesBehindSemicolon(_ index: Int) -> Bool {
        guard parameters != nil, declaresParameter, !hasAssignment else { return false }
        declaresParameter = false
        return true
    }

    func isAccessLabel(_ colon: Int) -> Bool {
        ["public", "private", "protected", "signals", "slots", "Q_SIGNALS", "Q_SLOTS"].contains(tokens.word(colon - 1))
    }

    /// Whether parameters, or what can stand behind them, end with a token.
    private func endsParameters(_ index: Int) -> Bool {
        guard group != nil else { return false }
        return tokens.kind(index) == .closeParen || Self.qualifiers.contains(tokens.word(index))
    }

    // MARK: - Meaning

    func meaning(ofBrace brace: Int, isInBody: Bool = false) -> Meaning {
        if initializers != nil, tokens.kind(brace - 1) == .word || tokens.kind(brace - 1) == .greater {
            return .initializer
        }
        if brace == start { return .other }
        if hasAssignment {
            if let (name, start) = lambda(atBrace: brace) { return .lambda(name: name, start: start) }
            return .initializer
        }
        if let namespace { return .container(path(from: namespace + 1, to: brace)) }
        if isLinkage, brace == start + 2 { return .container("") }
        if !isInBody, let function = function(before: brace) { return function }
        if let typeKeyword, !isInBody || typeKeyword <= start + 2 {
            return tokens.word(typeKeyword) == "enum" || tokens.word(typeKeyword - 1) == "enum"
                ? .initializer : .container(className(behind: typeKeyword, brace))
        }
        return .other
    }

    private func path(from first: Int, to end: Int) -> String {
        (first..<end).prefix(16).filter { tokens.kind($0) == .word }.map(tokens.word)
            .filter { $0 != "inline" }.joined(separator: "::")
    }

    /// The last word before the bases: macros can stand before the name.
    private func className(behind keyword: Int, _ brace: Int) -> String {
        var name = ""
        var index = keyword + 1
        while index < brace {
            switch tokens.tokens[index].kind {
            case .word:
                let word = tokens.word(index)
                if word != "final" { name = word }
            case .colon, .less: return name
            case .openParen, .openBracket: index = tokens.groupEnd(index)
            default: break
            }
            index += 1
        }
        return name
    }

    /// What is defined when parameters stand before the brace, maybe with `const`, attributes and the like behind them.
    private func function(before brace: Int) -> Meaning? {
        if let parameterGroup, tokens.kind(brace - 1) == .semicolon { return named(before: parameterGroup) }
        var index = brace - 1
        if let initializers { index = initializers - 1 } else if let arrow { index = arrow - 1 }
        while index > start {
            switch tokens.tokens[index].kind {
            case .word where Self.qualifiers.contains(tokens.word(index)): index -= 1
            case .word where Self.isMacro(tokens.word(index)) && endsParameters(index - 1): index -= 1
            case .ampersand: index -= 1
            case .closeBracket:
                let open = tokens.groupStart(index)
                guard tokens.kind(open + 1) == .openBracket else { return nil }
                index = open - 1
            case .closeParen:
                guard let open = tokens.partner(index), open > start else { return nil }
                if isAttribute(open) {
                    index = open - 2
                    continue
                }
                return named(before: open)
            default: return nil
            }
        }
        return nil
    }

    /// Whether parentheses belong to an attribute behind parameters: `__attribute__((x))`, `noexcept(x)`, `LOCKS(x)`.
    private func isAttribute(_ open: Int) -> Bool {
        let word = tokens.word(open - 1)
        if Self.attributes.contains(word) { return true }
        let before = open - 2
        guard Self.isMacro(word), before > start else { return false }
        guard let earlier = tokens.partner(before), tokens.kind(before) == .closeParen else {
            return Self.trailing.contains(tokens.word(before))
        }
        let isOtherMacro = tokens.isFirstOnLine(open - 1) && earlier == start + 1 && Self.isMacro(tokens.word(start))
        return earlier > start && !isOtherMacro && !Self.attributes.contains(tokens.word(earlier - 1))
    }

    /// The function whose parameters begin at a parenthesis.
    private func named(before open: Int) -> Meaning? {
        if let name = operatorName(before: open) {
            return function(name.text, firstToken: name.start)
        }
        let last = open - 1
        switch tokens.kind(last) {
        case .word:
            let word = tokens.word(last)
            guard !Self.keywords.contains(word) else { return nil }
            let isDestructor = tokens.kind(last - 1) == .tilde
            return function((isDestructor ? "~" : "") + word, firstToken: isDestructor ? last - 1 : last)
        case .greater:
            // A specialization: f<int>(...)
            var index = last
            var depth = 0
            while index > start {
                if tokens.kind(index) == .greater { depth += 1 }
                if tokens.kind(index) == .less { depth -= 1 }
                if depth == 0 { break }
                index -= 1
            }
            let word = tokens.word(index - 1)
            return word.isEmpty || Self.keywords.contains(word) ? nil : function(word, firstToken: index - 1)
        case .closeParen:
            // A function that returns a pointer to one, or a name in parentheses.
            let inner = tokens.groupStart(last)
            guard
                let name = (inner..<last).prefix(8).first(where: { index in
                    tokens.kind(index) == .word && [.openParen, .closeParen].contains(tokens.kind(index + 1))
                })
            else { return nil }
            return function(tokens.word(name), firstToken: name)
        default: return nil
        }
    }

    private func function(_ name: String, firstToken: Int) -> Meaning {
        var qualifier: [String] = []
        var index = firstToken
        while index - 1 > start, tokens.kind(index - 1) == .scope, qualifier.count < 16 {
            var word = index - 2
            if tokens.kind(word) == .greater {
                var depth = 0
                while word > start {
                    if tokens.kind(word) == .greater { depth += 1 }
                    if tokens.kind(word) == .less { depth -= 1 }
                    if depth == 0 { break }
                    word -= 1
                }
                word -= 1
            }
            guard word >= start, tokens.kind(word) == .word else { break }
            qualifier.append(tokens.word(word))
            index = word
        }
        return .function(
            name: name, qualifier: qualifier.reversed().joined(separator: "::"), start: definitionStart(before: index))
    }

    /// Where the definition begins: behind macros that have a line of their own, and `extern "C"`.
    private func definitionStart(before name: Int) -> Int {
        var first = start
        while first < name {
            if tokens.word(first) == "extern", tokens.kind(first + 1) == .literal {
                first += 2
                continue
            }
            guard tokens.kind(first) == .word, tokens.kind(first + 1) == .openParen,
                !Self.attributes.contains(tokens.word(first))
            else { return first }
            let end = tokens.groupEnd(first + 1)
            guard end + 1 < name || (end + 1 == name && Self.isMacro(tokens.word(first))), tokens.isFirstOnLine(end + 1)
            else { return first }
            first = end + 1
        }
        return first
    }

    /// `operator==`, `operator new`, `operator bool`: what ends before the parameters.
    private func operatorName(before open: Int) -> (text: String, start: Int)? {
        var index = open - 1
        while index > start, open - index <= 8 {
            if tokens.word(index) == "operator" {
                let parts = (index + 1..<open).map(tokens.text)
                let isWord = tokens.kind(index + 1) == .word
                return ("operator" + (isWord ? " " : "") + parts.joined(), index)
            }
            switch tokens.kind(index) {
            case .semicolon, .openBrace, .closeBrace, .comma: return nil
            default: index -= 1
            }
        }
        if tokens.word(index) == "operator" {
            return ("operator" + (index + 1..<open).map(tokens.text).joined(), index)
        }
        return nil
    }

    /// `name = [...](...) {`: the name and where the lambda begins.
    func lambda(atBrace brace: Int) -> (name: String, start: Int)? {
        var index = brace - 1
        var steps = 0
        while index > start, steps < 24 {
            switch tokens.tokens[index].kind {
            case .closeParen: index = tokens.groupStart(index) - 1
            case .closeBracket:
                let open = tokens.groupStart(index)
                guard tokens.kind(open - 1) == .assign, tokens.kind(open - 2) == .word else { return nil }
                return (tokens.word(open - 2), open - 2)
            case .word, .thinArrow, .scope, .less, .greater, .star, .ampersand: index -= 1
            default: return nil
            }
            steps += 1
        }
        return nil
    }
}
