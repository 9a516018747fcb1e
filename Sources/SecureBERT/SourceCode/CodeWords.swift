/// The pieces of a text, and which of its words are names that can be replaced.
struct CodeWords {
    let tokens: [CodeToken]
    /// The text of each word and symbol; empty for other pieces.
    private let texts: [String]
    /// For each piece the one before it that is neither space nor comment, and the one behind it; -1 for none.
    private let before: [Int]
    private let behind: [Int]
    /// For each piece the number of its line.
    private let lines: [Int]
    /// Whether types stand behind names.
    private let isGo: Bool
    /// Which of the pieces are names that can be replaced.
    private var replaceable: [Bool] = []

    init(_ bytes: [UInt8]) {
        tokens = CodeLexer.tokens(bytes)
        texts = tokens.map { token in
            token.kind == .word || token.kind == .symbol ? String(decoding: bytes[token.range], as: UTF8.self) : ""
        }
        var (before, behind) = (Array(repeating: -1, count: tokens.count), Array(repeating: -1, count: tokens.count))
        var lines: [Int] = []
        var last = -1
        for (index, token) in tokens.enumerated() {
            lines.append((lines.last ?? 0) + (token.kind == .newline ? 1 : 0))
            before[index] = last
            guard ![.space, .newline, .comment].contains(token.kind) else { continue }
            if last >= 0 { behind[last] = index }
            last = index
        }
        (self.before, self.behind, self.lines) = (before, behind, lines)
        isGo = Self.looksLikeGo(tokens, texts)
        var types: Set<String> = []
        for index in tokens.indices where tokens[index].kind == .word {
            if let type = type(at: index) { types.insert(texts[type]) }
        }
        for index in tokens.indices {
            replaceable.append(tokens[index].kind == .word && isReplaceable(index, types: types))
        }
    }

    /// The name at an index when it can be replaced; nil when it has to stay.
    func replaceableName(_ index: Int) -> String? { replaceable[index] ? texts[index] : nil }

    /// - Parameter types: Names that stand somewhere in the place of a type.
    private func isReplaceable(_ index: Int, types: Set<String>) -> Bool {
        let name = texts[index]
        switch text(before[index]) {
        case "@": return false
        case "#" where CodeLexer.directives.contains(name): return false
        // Variables of PHP; those that the language has begin with a line.
        case "$": return name != "this" && !(name.hasPrefix("_") && CodeNames.objects.contains(name))
        case _ where isKeyword(name) || CodeNames.objects.contains(name) || types.contains(name): return false
        case _ where isCalled(index) && CodeNames.functions.contains(name): return false
        case ".", "->", "::":
            // What is called on an object is defined elsewhere, and so is what belongs to something known.
            let object = before[before[index]]
            let isOwn = object < 0 || replaceable[object] || ["this", "self", ")", "]"].contains(text(object))
            return !isCalled(index) && isOwn
        default: return isCalled(index) || !name.hasSuffix("_t")
        }
    }

    /// Whether an opening parenthesis follows.
    func isCalled(_ index: Int) -> Bool { text(behind[index]) == "(" }

    /// Whether a function or a method is defined with `func`, which in other languages is a name.
    private static func looksLikeGo(_ tokens: [CodeToken], _ texts: [String]) -> Bool {
        tokens.indices.dropLast(2).contains { index in
            guard texts[index] == "func", tokens[index + 1].kind == .space else { return false }
            let isLineStart = index == 0 || tokens[index - 1].kind == .newline
            return tokens[index + 2].kind == .word || (isLineStart && texts[index + 2] == "(")
        }
    }

    private func text(_ index: Int) -> String { index < 0 ? "" : texts[index] }

    private func isKeyword(_ name: String) -> Bool {
        CodeNames.keywords.contains(name) || (isGo && CodeNames.goKeywords.contains(name))
    }

    private func isName(_ index: Int) -> Bool {
        index >= 0 && tokens[index].kind == .word && !isKeyword(texts[index])
    }

    /// The word of a declaration at an index that is a type: the word itself, or in Go the one behind it.
    private func type(at index: Int) -> Int? {
        if CodeNames.introducers.contains(text(before[index])) { return index }
        guard isName(index) else { return nil }
        var next = behind[index]
        let firstStar = next
        // Stars belong to one word only, so all words together pass each of them once.
        while next >= 0, texts[next] == "*" || texts[next] == "&" { next = behind[next] }
        guard next >= 0, lines[next] == lines[index] else { return nil }
        if next != firstStar {
            if texts[next] == ")", text(before[index]) == "(" { return index }
            // `Foo *p` and `Foo* p` declare, `a * b` and `a*b` multiply.
            guard isName(next), isSpaced(firstStar) != isSpaced(next) else { return nil }
            return isGo ? next : index
        }
        if texts[next] == "$" || texts[next] == "const" || texts[next] == "volatile" { return index }
        guard isName(next) else { return nil }
        return isGo ? next : index
    }

    /// Whether there is space before a piece.
    private func isSpaced(_ index: Int) -> Bool { index > 0 && tokens[index - 1].kind == .space }
}
