/// Keys of the Windows registry from a root key, in full or short, also as PowerShell writes them ("HKLM:\") and behind
/// "Computer\".
///
/// A key ends before a line's end, a tab, quotes, `< > | : ; , = *`, and a closing bracket that was not opened in it;
/// before the punctuation of a sentence too, and before a backslash at its end. A space goes on with it
/// - inside of a name of `SpacedNames`;
/// - when the key is in quotes, up to an option;
/// - when the name ends with a backslash within four words, the first of which begins with a capital, a digit or a
///   bracket, and the last of which is not a root key.
///
/// The value has single backslashes, the root key as it is written, and nothing before it.
enum RegistryKeyMatcher {
    /// - Parameter start: Of the root key, or of "Computer\".
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        var root = start
        if text.matches("computer\\", at: start) {
            root = text.end(from: start + 8, limit: 2) { $0 == "\\" }
        }
        let rootEnd = text.end(from: root, limit: 24) { $0.isLetter || $0 == "_" }
        guard isHive(text.bytes[root..<rootEnd]) else { return nil }
        let separator = text[rootEnd] == ":" ? rootEnd + 1 : rootEnd
        guard text[separator] == "\\" else { return nil }
        let first = text.end(from: separator, limit: 4) { $0 == "\\" }
        let end = end(from: first, isQuoted: text.isQuoted(at: start), in: text)
        guard end > first else { return nil }
        let value = text.string(root..<rootEnd) + text.singleBackslashes(separator..<end)
        return IndicatorMatch(type: .registryKey, range: start..<end, value: value)
    }

    /// Whether a word is a root key.
    static func isHive(_ word: ArraySlice<UInt8>) -> Bool {
        hives.contains { word.count == $0.utf8CodeUnitCount && matches($0, word) }
    }

    private static func matches(_ literal: StaticString, _ word: ArraySlice<UInt8>) -> Bool {
        literal.withUTF8Buffer { zip($0, word).allSatisfy { $0 == $1.lowercased } }
    }

    private static let hives: [StaticString] = [
        "hklm", "hkcu", "hku", "hkcr", "hkcc", "hkey_local_machine", "hkey_current_user", "hkey_users",
        "hkey_classes_root", "hkey_current_config", "hkey_performance_data",
    ]

    private static func end(from start: Int, isQuoted: Bool, in text: RefangedText) -> Int {
        var brackets = Brackets()
        var (index, name) = (start, start)
        reading: while index < text.count {
            let byte = text.bytes[index]
            switch byte {
            case "\\": name = index + 1
            case " ":
                let isInside = isQuoted && text[index + 1] != "/" && text[index + 1] != "-"
                guard let next = isInside ? index + 1 : continuation(at: index, name: name, in: text) else {
                    break reading
                }
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
            default: if isEnd(byte) || !brackets.take(byte) { break reading }
            }
            index += 1
        }
        while index > start, isPunctuation(text[index - 1]) { index -= 1 }
        return index
    }

    private static func continuation(at space: Int, name: Int, in text: RefangedText) -> Int? {
        if let end = SpacedNames.end(at: name, in: text), end > space { return end }
        var word = space + 1
        guard text[word].isUppercase || text[word].isDigit || text[word] == "(" || text[word] == "{" else { return nil }
        for _ in 1...4 {
            let end = text.end(from: word, limit: 40) { $0 != " " && $0 != "\\" && !isEnd($0) && $0 < 0x80 }
            if text[end] == "\\" { return isHive(text.bytes[word..<end]) ? nil : end }
            guard text[end] == " ", text[end - 1] != "." else { return nil }
            word = end + 1
        }
        return nil
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case "\"", "'", "`", "<", ">", "|", ":", ";", ",", "=", "*", "?": true
        default: byte < 0x20 || byte == 0x7F
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", "!", "(", "[", "{", "\\", " ": true
        default: false
        }
    }
}
