/// A piece of source code. All pieces of a text, in order, make up the text.
struct CodeToken: Sendable, Hashable {
    enum Kind: Sendable {
        case word, number, comment, space, newline
        /// A string or a character in quotes, or the rest of a line that includes a file.
        case literal
        /// One punctuation character, `->` or `::`.
        case symbol
    }

    let kind: Kind
    /// Where it is among the text's bytes.
    let range: Range<Int>
}

/// Cuts source code in the manner of C, C++, Java, JavaScript, Go, PHP or Python into pieces, without being told which.
///
/// It never fails: what is not closed ends with its line, or with the text where it may have several lines. Every byte is
/// looked at a bounded number of times, so the time is linear in the length of the text.
struct CodeLexer {
    private let bytes: [UInt8]
    /// Whether `#` begins a comment and `//` divides.
    private let isPython: Bool
    private var position = 0
    private var tokens: [CodeToken] = []
    /// Whether nothing but space has been seen of the line.
    private var isLineStart = true
    /// Whether the line is one of the C preprocessor.
    private var isDirective = false

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        isPython = Self.looksLikePython(bytes)
    }

    /// The pieces of a text in UTF-8.
    static func tokens(_ bytes: [UInt8]) -> [CodeToken] {
        var lexer = CodeLexer(bytes)
        while lexer.position < bytes.count { lexer.next() }
        return lexer.tokens
    }

    /// A byte ahead; 0 behind the end.
    private func byte(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == " " || byte == "\t" || byte == 0x0B || byte == 0x0C }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == "\n" || byte == "\r" }

    private mutating func add(_ kind: CodeToken.Kind, to end: Int) {
        let start = position
        tokens.append(CodeToken(kind: kind, range: start..<end))
        position = end
        switch kind {
        case .newline:
            isLineStart = true
            // A directive goes on behind a backslash at the end of its line.
            isDirective = isDirective && start > 0 && bytes[start - 1] == "\\"
        case .space: break
        default: isLineStart = false
        }
    }

    private mutating func next() {
        let first = bytes[position]
        switch first {
        case "\n", "\r": add(.newline, to: position + (first == "\r" && byte(1) == "\n" ? 2 : 1))
        case _ where Self.isSpace(first): add(.space, to: end(while: Self.isSpace))
        case "#": hash()
        case "/" where !isPython && byte(1) == "/": add(.comment, to: lineEnd(position))
        case "/" where !isPython && byte(1) == "*": add(.comment, to: closed(by: Array("*/".utf8), from: position + 2))
        case "\"", "'", "`": add(.literal, to: quoted(position))
        case "0"..."9": number()
        case "." where "0"..."9" ~= byte(1): number()
        case _ where Self.isWord(first): word()
        case "-" where byte(1) == ">": add(.symbol, to: position + 2)
        case ":" where byte(1) == ":": add(.symbol, to: position + 2)
        default: add(.symbol, to: position + 1)
        }
    }

    // MARK: - Pieces

    private mutating func word() {
        let end = end(while: Self.isWord)
        guard end < bytes.count, bytes[end] == "\"" || bytes[end] == "'", end - position <= 3 else {
            return add(.word, to: end)
        }
        let prefix = String(decoding: bytes[position..<end], as: UTF8.self)
        if prefix.hasSuffix("R"), ["R", "LR", "uR", "UR", "u8R"].contains(prefix), bytes[end] == "\"" {
            return add(.literal, to: rawString(end))
        }
        let isPrefix = ["l", "u", "u8", "r", "b", "f", "rb", "br", "fr", "rf"].contains(prefix.lowercased())
        add(isPrefix ? .literal : .word, to: isPrefix ? quoted(end) : end)
    }

    private mutating func number() {
        let isHexadecimal = bytes[position] == "0" && byte(1) | 0x20 == "x"
        var end = position + 1
        while end < bytes.count {
            let (last, current) = (bytes[end - 1] | 0x20, bytes[end])
            let isSign = (current == "+" || current == "-") && last == (isHexadecimal ? "p" : "e")
            let isSeparator = current == "'" && end + 1 < bytes.count && Self.isWord(bytes[end + 1]) && !isPython
            guard Self.isWord(current) || current == "." || isSign || isSeparator else { break }
            end += 1
        }
        add(.number, to: end)
    }

    /// A comment, or a line of the C preprocessor, whose names are names as elsewhere.
    private mutating func hash() {
        if isPython { return add(.comment, to: lineEnd(position)) }
        guard !isDirective else { return add(.symbol, to: position + 1) }
        if isLineStart {
            let start = end(from: position + 1, while: Self.isSpace)
            let name = String(decoding: bytes[start..<end(from: start, while: Self.isWord)].prefix(8), as: UTF8.self)
            if ["include", "import"].contains(name) { return add(.literal, to: lineEnd(position)) }
            if Self.directives.contains(name) {
                isDirective = true
                return add(.symbol, to: position + 1)
            }
        }
        let isBehindSpace = position == 0 || Self.isSpace(bytes[position - 1]) || Self.isLineEnd(bytes[position - 1])
        let isComment = isBehindSpace && (byte(1) == "!" || Self.isSpace(byte(1)) || Self.isLineEnd(byte(1)))
        add(isComment ? .comment : .symbol, to: isComment ? lineEnd(position) : position + 1)
    }

    /// Of the C preprocessor, without those that name a file.
    static let directives: Set = [
        "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "error", "warning", "line", "pragma",
    ]

    // MARK: - Ends

    private func end(from start: Int? = nil, while condition: (UInt8) -> Bool) -> Int {
        var end = start ?? position
        while end < bytes.count, condition(bytes[end]) { end += 1 }
        return end
    }

    private func lineEnd(_ start: Int) -> Int { end(from: start) { !Self.isLineEnd($0) } }

    /// The end of the next occurrence of a mark, or of the text.
    private func closed(by mark: [UInt8], from start: Int) -> Int {
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) { return index + mark.count }
            index += 1
        }
        return bytes.count
    }

    /// The end of a string whose opening quote is at an index.
    private func quoted(_ start: Int) -> Int {
        let quote = bytes[start]
        let isTriple =
            start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
            && (quote == "\"" || (quote == "'" && isPython))
        if isTriple { return closed(by: [quote, quote, quote], from: start + 3) }
        var index = start + 1
        while index < bytes.count {
            switch bytes[index] {
            case quote: return index + 1
            case "\\": index += 1
            case "\n" where quote != "`", "\r" where quote != "`": return index
            default: break
            }
            index += 1
        }
        return bytes.count
    }

    /// The end of `"delimiter( ... )delimiter"`, whose quote is at an index.
    private func rawString(_ start: Int) -> Int {
        let open = end(from: start + 1) { Self.isWord($0) || $0 == "-" }
        guard open < bytes.count, bytes[open] == "(", open - start <= 17 else { return quoted(start) }
        return closed(by: [UInt8(ascii: ")")] + bytes[start + 1..<open] + [UInt8(ascii: "\"")], from: open + 1)
    }

    // MARK: - Languages

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case "a"..."z", "A"..."Z", "0"..."9", "_", 0x80...0xFF: true
        default: false
        }
    }

    /// Whether a line defines a function with `def`, or begins with a statement of Python and ends with a colon.
    private static func looksLikePython(_ bytes: [UInt8]) -> Bool {
        let blocks: Set = ["if", "elif", "else", "for", "while", "try", "except", "finally", "with"]
        return bytes.split(whereSeparator: isLineEnd).contains { line in
            let content = line.drop(while: isSpace)
            let first = content.prefix(8).prefix(while: isWord)
            let word = String(decoding: first, as: UTF8.self)
            if word == "def" || (word == "async" && content.starts(with: "async def ".utf8)) {
                return content.dropFirst(first.count).first.map(isSpace) ?? false
            }
            return blocks.contains(word) && line.last { !isSpace($0) } == UInt8(ascii: ":")
        }
    }
}

// Bytes beside the characters they stand for.

private func == (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) == character.value }
private func != (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) != character.value }
private func ~= (character: Unicode.Scalar, byte: UInt8) -> Bool { UInt32(byte) == character.value }
private func ~= (characters: ClosedRange<Unicode.Scalar>, byte: UInt8) -> Bool {
    (characters.lowerBound.value...characters.upperBound.value).contains(UInt32(byte))
}
