/// Reads a path of Windows to its end, by the rules of `WindowsPathMatcher`.
struct WindowsPath {
    private let text: RefangedText
    /// Where the name at hand begins.
    private var name: Int
    private let isQuoted: Bool

    /// - Parameter name: Where the first name behind the root begins.
    init(start: Int, name: Int, in text: RefangedText) {
        (self.text, self.name, isQuoted) = (text, name, text.isQuoted(at: start))
    }

    mutating func end() -> Int {
        let first = name
        var brackets = Brackets()
        var index = first
        reading: while index < text.count {
            let byte = text.bytes[index]
            switch byte {
            case "\\", "/": name = index + 1
            case " ":
                guard let next = continuation(at: index) else { break reading }
                index = next - 1
            case "<", "[":
                if let end = text.placeholderEnd(at: index) {
                    index = end - 1
                } else if !brackets.take(byte) {
                    break reading
                }
            case 0x80...:
                let letter = text.letter(at: index)
                if letter.length == 0 { break reading }
                index += letter.length - 1
            default: if Self.isEnd(byte) || !brackets.take(byte) { break reading }
            }
            index += 1
        }
        while index > first, Self.isPunctuation(text[index - 1]) { index -= 1 }
        return index
    }

    // MARK: - Spaces

    /// Where the path goes on that has a space at a position: behind it, or behind more words.
    private func continuation(at space: Int) -> Int? {
        let known = text.bytes[name..<space]
        if let dot = known.lastIndex(of: UInt8(ascii: ".")), FileExtensions.contains(known[(dot + 1)...]) { return nil }
        if let end = SpacedNames.end(at: name, in: text), end > space { return end }
        if isQuoted {
            let next = text[space + 1]
            return next.isAlphanumeric || next == "(" || next == "&" || next >= 0x80 ? space + 1 : nil
        }
        return lookAhead(from: space + 1)
    }

    /// Where the last of a few words ends that belong to the name.
    private func lookAhead(from start: Int) -> Int? {
        var word = start
        for count in 1...4 {
            let isLoose = (text[word] == "-" || text[word] == "&") && text[word + 1] == " "
            guard text.startsName(at: word) || text[word] == "(" || isLoose else { return nil }
            let end = text.end(from: word, limit: 40) {
                $0 != " " && $0 != "\\" && $0 != "/" && !Self.isEnd($0) && $0 < 0x80
            }
            let bytes = text.bytes[word..<end]
            if let first = ShortWord(bytes.prefix(8)), Self.connectives.contains(first) { return nil }
            if text[end] == "\\" { return RegistryKeyMatcher.isHive(bytes) ? nil : end }
            if count < 4, let dot = bytes.lastIndex(of: UInt8(ascii: ".")) {
                let last = bytes[(dot + 1)...].prefix(while: \.isAlphanumeric)
                if FileExtensions.contains(last) { return last.endIndex }
            }
            guard text[end] == " ", !Self.isPunctuation(text[end - 1]) else { return nil }
            word = end + 1
        }
        return nil
    }

    /// By their first eight letters.
    private static let connectives = ShortWord.set(
        """
        and or to with in the a an which folder director is was are as via using then by for on into it that where \
        from under named called contains containi file files when after before has have be this will run runs \
        executes and/or
        """)

    // MARK: - Bytes

    private static func isEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case "\"", "'", "`", "<", ">", "|", ":", ";", ",", "?": true
        default: byte < 0x20 || byte == 0x7F
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", "!", "*", "(", "[", "{": true
        default: false
        }
    }
}
