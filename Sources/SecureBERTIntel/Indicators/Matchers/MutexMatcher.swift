/// Names of mutexes: in the namespaces of kernel objects ("Global\x", "Local\x", in this case, as accounts are often
/// written "LOCAL\user"), and behind the word "mutex" or "mutant".
///
/// Behind the word, with "name", "named", "called" and the like between, a name is what stands in quotes, or behind a
/// colon or an equals sign, or behind "named" or "called"; right behind it only what does not look like a word: with a
/// digit, an underscore, a brace or a capital inside.
enum MutexMatcher {
    /// - Parameter start: Of "Global\" or "Local\".
    static func namespaced(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard text[start - 1] != "\\", text[start - 1] != "/", text[start + 1].isLowercase else { return nil }
        let slash = text.end(from: start, limit: 6, while: \.isLetter)
        let first = text.end(from: slash, limit: 2) { $0 == "\\" }
        let end = nameEnd(from: first, in: text)
        guard first > slash, end - first >= 3, text[end] != "\\", !text.matches("temp", at: first) else { return nil }
        return match(start..<end, in: text)
    }

    /// - Parameter end: Of the word "mutex" or "mutant".
    static func named(behind end: Int, in text: RefangedText) -> IndicatorMatch? {
        var index = end
        var isAnnounced = false
        for _ in 0..<3 {
            let word = text.end(from: index, limit: 2, while: \.isBlank)
            let wordEnd = text.end(from: word, limit: 10, while: \.isLetter)
            guard word > index, let short = ShortWord(text.bytes[word..<wordEnd]), connectives.contains(short) else {
                break
            }
            isAnnounced = isAnnounced || announcements.contains(short)
            index = wordEnd
        }
        // A quote around the name of a field, as in JSON.
        if text[index].isQuote, text[index + 1] == ":" { index += 1 }
        index = text.end(from: index, limit: 2, while: \.isBlank)
        if text[index] == ":" || text[index] == "=" {
            isAnnounced = true
            index = text.end(from: index + 1, limit: 2, while: \.isBlank)
        }
        // Emphasis of Markdown.
        index = text.end(from: index, limit: 3) { $0 == "*" }
        guard index > end else { return nil }
        if let quoted = QuotedText(at: index, limit: 200, in: text) {
            return quoted.content.count >= 3 ? match(quoted.content, in: text) : nil
        }
        let nameEnd = nameEnd(from: index, in: text)
        guard nameEnd - index >= 4, isAnnounced || isSymbol(text.bytes[index..<nameEnd]),
            !(ShortWord(text.bytes[index..<nameEnd]).map(fillers.contains) ?? false)
        else { return nil }
        return match(index..<nameEnd, in: text)
    }

    private static func match(_ range: Range<Int>, in text: RefangedText) -> IndicatorMatch {
        IndicatorMatch(type: .mutex, range: range, value: text.singleBackslashes(range))
    }

    private static func nameEnd(from start: Int, in text: RefangedText) -> Int {
        var end = text.end(from: start, limit: 200) { byte in
            switch byte {
            case "_", "-", ".", "{", "}", "#", "@", "!", "$", "%", "&", "+", "~", "^", "\\": true
            default: byte.isAlphanumeric
            }
        }
        while end > start, text[end - 1] == "." || text[end - 1] == "\\" || text[end - 1] == "!" { end -= 1 }
        return end
    }

    private static func isSymbol(_ name: ArraySlice<UInt8>) -> Bool {
        let isFunction = name.starts(with: "CreateMutex".utf8) || name.starts(with: "OpenMutex".utf8)
        let isMixed = name.dropFirst().contains(where: \.isUppercase) && name.contains(where: \.isLowercase)
        return !isFunction && (isMixed || name.contains { $0.isDigit || $0 == "_" || $0 == "{" })
    }

    private static let connectives = ShortWord.set("name named called object is with the of value string")
    private static let announcements = ShortWord.set("named called")
    private static let fillers = ShortWord.set("none null name true false object unknown that which this the with used")
}
