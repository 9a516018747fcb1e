/// Replaces the names that a function's authors have chosen: `fun1`, `fun2`, ... for functions and `var1`, `var2`, ... for
/// variables, fields and constants, in the order in which they appear. A model then cannot tell projects apart by their
/// vocabulary. It is the symbolic representation of VulDeePecker (Li et al. 2018, arXiv 1801.01681) with rules of its own for
/// what to keep, for the languages that `CodeLexer` reads.
///
/// - One name gets one symbol: `funN` when an opening parenthesis follows its first appearance, otherwise `varN`.
/// - Kept are reserved words, what is listed of standard libraries (of functions only calls), numbers, and texts in quotes.
/// - Kept is what stands where a type does (`Foo *p`, `struct foo`, `new Foo`, `(foo *)`, names that end with `_t`), what is
///   called on an object (`request.getParameter(`) or belongs to something known (`os.environ`), since it is defined
///   elsewhere, directives of the preprocessor, included files, and annotations.
/// - Comments are dropped, and the lines that have nothing else. Other space stays as it is.
///
/// Any text is accepted, and takes time linear in its length.
public struct IdentifierNormalizer: Sendable {
    public init() {}

    /// The text with other names.
    public func callAsFunction(_ code: String) -> String {
        let bytes = Array(code.utf8)
        let words = CodeWords(bytes)
        var output = NormalizedCode()
        var symbols: [String: String] = [:]
        var (functions, variables) = (0, 0)
        for (index, token) in words.tokens.enumerated() {
            guard token.kind == .word, let name = words.replaceableName(index) else {
                output.append(token, bytes)
                continue
            }
            if symbols[name] == nil {
                if words.isCalled(index) {
                    functions += 1
                    symbols[name] = "fun\(functions)"
                } else {
                    variables += 1
                    symbols[name] = "var\(variables)"
                }
            }
            output.append(word: symbols[name] ?? name)
        }
        return output.finish()
    }
}

/// The text that is made: without comments and the lines that had nothing else.
private struct NormalizedCode {
    private var bytes: [UInt8] = []
    /// Whether a comment was dropped from the line.
    private var isCommented = false
    /// Whether what comes next stood behind a comment.
    private var isBehindComment = false

    /// All of it; nothing can be added afterwards.
    mutating func finish() -> String {
        if isCommented { trim() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func trim() {
        while let last = bytes.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { bytes.removeLast() }
    }

    mutating func append(word: String) {
        separate(isWord: true)
        bytes += Array(word.utf8)
    }

    mutating func append(_ token: CodeToken, _ source: [UInt8]) {
        switch token.kind {
        case .comment:
            isCommented = true
            isBehindComment = true
        case .newline:
            if isCommented { trim() }
            let isEmpty = bytes.last.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? true
            if !(isCommented && isEmpty) { bytes += source[token.range] }
            isCommented = false
            isBehindComment = false
        default:
            separate(isWord: CodeLexer.isWord(source[token.range.lowerBound]))
            bytes += source[token.range]
        }
    }

    /// Words that only a comment has kept apart stay apart.
    private mutating func separate(isWord: Bool) {
        if isBehindComment, isWord, let last = bytes.last, CodeLexer.isWord(last) { bytes.append(UInt8(ascii: " ")) }
        isBehindComment = false
    }
}
