/// Reads the definitions of C and C++: a declaration is what stands between `;`, `{` and `}` outside of functions, and is one of a
/// function when what comes before its brace ends with parameters.
struct CFunctions {
    private let tokens: SourceTokens
    private var found = FoundFunctions()
    private var header: CHeader
    /// The ends of the namespaces, classes and functions that are open, and whether declarations stand in them.
    private var open: [(end: Int, hasDeclarations: Bool)] = []

    static func find(in tokens: SourceTokens) -> FoundFunctions {
        var reader = CFunctions(tokens: tokens, header: CHeader(tokens, start: 0))
        reader.run()
        return reader.found
    }

    private init(tokens: SourceTokens, header: CHeader) { (self.tokens, self.header) = (tokens, header) }

    private mutating func run() {
        var index = 0
        while index < tokens.count {
            while let last = open.last, index > last.end {
                open.removeLast()
                header = CHeader(tokens, start: index)
            }
            index = open.last?.hasDeclarations ?? true ? declaration(at: index) : body(at: index)
        }
    }

    /// Returns where to go on.
    private mutating func declaration(at index: Int) -> Int {
        switch tokens.tokens[index].kind {
        case .semicolon:
            if !header.continuesBehindSemicolon(index) { header = CHeader(tokens, start: index + 1) }
        case .closeBrace: header = CHeader(tokens, start: index + 1)
        case .openBrace: return brace(at: index)
        case .openParen:
            header.addGroup(index)
            return tokens.groupEnd(index) + 1
        case .openBracket: return tokens.groupEnd(index) + 1
        case .less where tokens.word(index - 1) == "template":
            let end = templateEnd(index)
            header = CHeader(tokens, start: end + 1)
            return end + 1
        case .colon where header.isAccessLabel(index): header = CHeader(tokens, start: index + 1)
        default: header.add(index)
        }
        return index + 1
    }

    private mutating func brace(at index: Int) -> Int {
        let end = tokens.blockEnd(index)
        switch header.meaning(ofBrace: index) {
        case .initializer: return end + 1
        case .function(let name, let qualifier, let start):
            found.add(name, qualifier: qualifier, from: start, to: end)
            open.append((end, false))
        case .container(let name):
            found.addContainer(name, from: index, to: end)
            open.append((end, true))
        case .lambda(let name, let start):
            found.add(name, from: start, to: end)
            return end + 1
        case .other:
            header = CHeader(tokens, start: end + 1)
            return end + 1
        }
        header = CHeader(tokens, start: index + 1)
        return index + 1
    }

    /// Inside of a function only classes and lambdas with names are looked for.
    private mutating func body(at index: Int) -> Int {
        switch tokens.tokens[index].kind {
        case .semicolon, .closeBrace: header = CHeader(tokens, start: index + 1)
        case .openBrace:
            let end = tokens.blockEnd(index)
            if let (name, start) = header.lambda(atBrace: index) {
                found.add(name, from: start, to: end)
            } else if case .container(let name) = header.meaning(ofBrace: index, isInBody: true) {
                found.addContainer(name, from: index, to: end)
                open.append((end, true))
            }
            header = CHeader(tokens, start: index + 1)
        case .openParen, .openBracket: return tokens.groupEnd(index) + 1
        case .word, .assign: header.add(index)
        default: break
        }
        return index + 1
    }

    /// A longer list of parameters is not read as one; the bound keeps the time linear.
    private static let longestTemplate = 1000

    /// The `>` that belongs to the `<` of `template <`.
    private func templateEnd(_ start: Int) -> Int {
        var depth = 0
        var index = start
        while index < min(tokens.count, start + Self.longestTemplate) {
            switch tokens.tokens[index].kind {
            case .less: depth += 1
            case .greater:
                depth -= 1
                if depth == 0 { return index }
            case .openParen, .openBracket, .openBrace: index = tokens.groupEnd(index)
            case .semicolon, .closeBrace: return index - 1
            default: break
            }
            index += 1
        }
        return start
    }
}
