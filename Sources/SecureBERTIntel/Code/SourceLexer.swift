/// Cuts a file of a known language into the tokens that show its structure.
///
/// It never fails: what is not closed ends with its line, or with the file where it may have several lines. Every byte is looked
/// at a bounded number of times, so the time is linear in the length of the file.
struct SourceLexer {
    let bytes: [UInt8]
    let language: SourceLanguage
    /// Whether `<` can begin an element of JSX.
    let hasMarkup: Bool
    var position = 0
    var tokens: [SourceToken] = []
    var isLineStart = true
    /// What the code is inside of: templates, markup, PHP's text. The last is the innermost.
    var modes: [Mode]
    var preprocessor = Preprocessor()
    /// For each open parenthesis whether it belongs to `if`, `while`, `for` or `with`: behind it a regular expression can stand.
    var controlParens: [Bool] = []
    var closedControl = false

    enum Mode {
        /// Code, and how many braces are open in it.
        case code(braces: Int)
        /// A template literal of JavaScript.
        case template
        /// An element of JSX: how many elements are open, and whether it is in a tag.
        case markup(depth: Int, isInTag: Bool, isClosing: Bool)
        /// What surrounds the code of PHP.
        case text
    }

    /// The tokens of a file, with those of one branch only where the branches of `#if` open other blocks than they close.
    static func tokens(_ bytes: [UInt8], _ language: SourceLanguage, hasMarkup: Bool) -> SourceTokens {
        var lexer = SourceLexer(
            bytes: bytes, language: language, hasMarkup: hasMarkup, modes: [language == .php ? .text : .code(braces: 0)]
        )
        while lexer.position < bytes.count { lexer.next() }
        let tokens = lexer.preprocessor.selected(lexer.tokens)
        return SourceTokens(bytes: bytes, tokens: tokens, partners: BracketMatching.partners(tokens, bytes))
    }

    /// A byte ahead; 0 behind the end.
    func byte(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }

    /// Whether the text goes on with these characters.
    func continues(with text: StaticString, at offset: Int = 0) -> Bool {
        guard position + offset + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { text in
            bytes[(position + offset)...].prefix(text.count).elementsEqual(text)
        }
    }

    mutating func add(_ kind: SourceToken.Kind, to end: Int) {
        let end = min(end, bytes.count)
        tokens.append(SourceToken(kind: kind, isFirstOnLine: isLineStart, start: position, end: end))
        isLineStart = false
        position = end
    }

    /// Goes on behind something that is no token.
    mutating func skip(to end: Int) {
        let end = min(end, bytes.count)
        if !isLineStart, bytes[position..<end].contains(UInt8(ascii: "\n")) { isLineStart = true }
        position = end
    }

    private mutating func next() {
        switch modes.last {
        case .template: template()
        case .markup(let depth, let isInTag, let isClosing): markup(depth, isInTag, isClosing)
        case .text: text()
        case .code, nil: code()
        }
    }

    // MARK: - Code

    private mutating func code() {
        let first = bytes[position]
        switch first {
        case "\n":
            isLineStart = true
            position += 1
        case " ", "\t", "\r", 0x0B, 0x0C, 0: position += 1
        case "/" where byte(1) == "/": comment()
        case "/" where byte(1) == "*": skip(to: closed(by: "*/", from: position + 2))
        case "\\" where language != .php: position += 1
        case "#": hash()
        case "\"", "'", "`": quoted()
        case _ where first.isDigit: number()
        case "." where byte(1).isDigit: number()
        case _ where isWord(first): word()
        case "/" where isScript: slash()
        case "<" where hasMarkup && isExpressionStart && opensMarkup: startMarkup()
        case "<" where language == .php && continues(with: "<<<"): heredoc()
        case "?" where language == .php && byte(1) == ">": closeTag()
        default: symbol(first)
        }
    }

    var isScript: Bool { language == .javascript || language == .typescript }
    var isC: Bool { language == .c || language == .cpp }

    func isWord(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == "_" || byte >= 0x80 || (byte == "$" && language != .go)
    }

    private mutating func comment() {
        var end = position
        while end < bytes.count, bytes[end] != "\n" {
            if language == .php, bytes[end] == "?", end + 1 < bytes.count, bytes[end + 1] == ">" { break }
            // A comment of C goes on behind a backslash at the end of its line.
            if isC, bytes[end] == "\\", end + 1 < bytes.count, bytes[end + 1] == "\n" { end += 1 }
            end += 1
        }
        position = min(end, bytes.count)
    }

    private mutating func hash() {
        switch language {
        case .php where byte(1) != "[": comment()
        case .c where isLineStart, .cpp where isLineStart: directive()
        case .javascript, .typescript:
            // `#private`, or the first line of a script.
            if position == 0, byte(1) == "!" { return comment() }
            isWord(byte(1)) ? word() : add(.hash, to: position + 1)
        default: add(.hash, to: position + 1)
        }
    }

    /// A line of the C preprocessor.
    private mutating func directive() {
        let start = position
        position += 1
        while byte(0).isBlank { position += 1 }
        let nameStart = position
        while byte(0).isLetter { position += 1 }
        let name = String(decoding: bytes[nameStart..<position].prefix(8), as: UTF8.self)
        let conditionStart = position
        while position < bytes.count, bytes[position] != "\n" {
            if continues(with: "/*") {
                position = closed(by: "*/", from: position + 2)
                continue
            }
            if bytes[position] == "\\" {
                position += byte(1) == "\r" && byte(2) == "\n" ? 2 : 1
            }
            position += 1
        }
        position = min(position, bytes.count)
        let condition = bytes[min(conditionStart, position)..<position].filter { !$0.isSpaceOrControl }
        preprocessor.add(name, isZero: condition == [UInt8(ascii: "0")], at: tokens.count)
        isLineStart = isLineStart || start == 0
    }

    private mutating func number() {
        var end = position + 1
        let isHexadecimal = bytes[position] == "0" && byte(1).lowercased == "x"
        while end < bytes.count {
            let (last, current) = (bytes[end - 1].lowercased, bytes[end])
            let isSign = (current == "+" || current == "-") && last == (isHexadecimal ? "p" : "e")
            let isSeparator = current == "'" && isC && end + 1 < bytes.count && bytes[end + 1].isAlphanumeric
            let isDot = current == "." && !(end + 1 < bytes.count && bytes[end + 1] == ".")
            guard isWord(current) || isDot || isSign || isSeparator else { break }
            end += 1
        }
        add(.literal, to: end)
    }

    private mutating func word() {
        var end = position + 1
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        if isC, end < bytes.count, bytes[end] == "\"", bytes[end - 1] == "R", end - position <= 3 {
            return rawString(quote: end)
        }
        add(.word, to: end)
    }

    private mutating func symbol(_ first: UInt8) {
        let second = byte(1)
        switch (first, second) {
        case (":", ":"): add(.scope, to: position + 2)
        case (":", "="): add(.define, to: position + 2)
        case ("-", ">"): add(.thinArrow, to: position + 2)
        case ("?", "-") where language == .php && byte(2) == ">": add(.thinArrow, to: position + 3)
        case ("=", ">"): add(.fatArrow, to: position + 2)
        case ("=", "="), ("!", "="): add(.other, to: position + (byte(2) == "=" ? 3 : 2))
        case ("<", "="), (">", "="), ("+", "="), ("-", "="), ("*", "="), ("/", "="), ("%", "="), ("&", "="), ("|", "="),
            ("^", "="), (".", "="), ("?", "."):
            add(.other, to: position + 2)
        case ("(", _): openParen()
        case (")", _):
            closedControl = controlParens.popLast() ?? false
            add(.closeParen, to: position + 1)
        case ("[", _): add(.openBracket, to: position + 1)
        case ("]", _): add(.closeBracket, to: position + 1)
        case ("{", _):
            if case .code(let braces) = modes.last { modes[modes.count - 1] = .code(braces: braces + 1) }
            add(.openBrace, to: position + 1)
        case ("}", _): closeBrace()
        case (",", _): add(.comma, to: position + 1)
        case (";", _): add(.semicolon, to: position + 1)
        case (":", _): add(.colon, to: position + 1)
        case (".", _): add(.dot, to: position + 1)
        case ("?", _): add(.question, to: position + 1)
        case ("@", _): add(.at, to: position + 1)
        case ("=", _): add(.assign, to: position + 1)
        case ("<", _): add(.less, to: position + 1)
        case (">", _): add(.greater, to: position + 1)
        case ("*", _): add(.star, to: position + 1)
        case ("&", _): add(.ampersand, to: position + (second == "&" ? 2 : 1))
        case ("~", _): add(.tilde, to: position + 1)
        default: add(.other, to: position + 1)
        }
    }

    private mutating func openParen() {
        let last = tokens.last.map { $0.kind == .word ? $0 : nil } ?? nil
        let keyword = last.map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) } ?? ""
        controlParens.append(["if", "while", "for", "with"].contains(keyword))
        add(.openParen, to: position + 1)
    }

    /// A closing brace, which can be the end of the code inside a template or markup.
    private mutating func closeBrace() {
        if case .code(let braces) = modes.last {
            if braces > 0 {
                modes[modes.count - 1] = .code(braces: braces - 1)
            } else if modes.count > 1 {
                modes.removeLast()
            }
        }
        add(.closeBrace, to: position + 1)
    }

    /// Code inside a template or markup, up to the brace that closes what has just been opened.
    mutating func enterCode(openingLength: Int) {
        add(.openBrace, to: position + openingLength)
        modes.append(.code(braces: 0))
    }
}
