/// Paths of Windows from a drive, a share, an environment variable or a CSIDL name, with single or doubled backslashes.
///
/// A path ends before a line's end, a tab, quotes, `< > | : ; ,`, and a closing bracket that was not opened in it;
/// before the punctuation of a sentence too. Placeholders such as `<user>` are parts of it. A space goes on with the
/// path
/// - inside of a name of `SpacedNames`;
/// - when the path is in quotes, up to the next backslash, extension or option;
/// - when within four words, none of them one of `connectives` or the start of something else, the name ends with a
///   backslash, or within three words with the extension of a file.
///
/// No space goes on behind a name that ends with the extension of a file.
enum WindowsPathMatcher {
    /// A drive: "C:\x", "C:/x".
    /// - Parameter start: Of the letter.
    static func drive(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard text[start].isLetter, text[start + 1] == ":", isSeparator(text[start + 2]),
            !(text[start + 2] == "/" && text[start + 3] == "/")
        else { return nil }
        return match(start, name: start + 3, in: text)
    }

    /// A share or a device: "\\server\share", "\\.\pipe\name".
    /// - Parameter start: Of the backslashes.
    static func share(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard text[start + 1] == "\\", text[start - 1] != "\\", !text.isWord(before: start) else { return nil }
        // All backslashes are doubled, or none: "\\Users\\x" is a relative path in a string of C.
        let isDoubled = text[start + 2] == "\\" && text[start + 3] == "\\"
        let server = start + (isDoubled ? 4 : 2)
        let end = text.end(from: server, limit: 64) {
            $0.isAlphanumeric || $0 == "-" || $0 == "." || $0 == "_" || $0 == "?"
        }
        // One letter or a byte in hexadecimal is an escape sequence.
        let isEscape = text[server].isLetter && (end - server == 1 || (end - server == 3 && text[server] == "x"))
        guard end > server, !isEscape, text[end] == "\\", isDoubled == (text[end + 1] == "\\") else { return nil }
        return match(start, name: end + 1, in: text)
    }

    /// "%APPDATA%\x", "$env:TEMP\x".
    /// - Parameter start: Of the sign.
    static func variable(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        let isPercent = text[start] == "%"
        let first = isPercent ? start + 1 : start + 5
        guard isPercent || text.matches("$env:", at: start), text[first].isLetter else { return nil }
        let end = text.end(from: first, limit: 32) { $0.isAlphanumeric || $0 == "_" || $0 == "(" || $0 == ")" }
        guard !isPercent || text[end] == "%" else { return nil }
        let separator = isPercent ? end + 1 : end
        return isSeparator(text[separator]) ? match(start, name: separator + 1, in: text) : nil
    }

    /// "CSIDL_APPDATA\x", as some vendors write.
    static func knownFolder(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        guard text.matches("csidl_", at: start) else { return nil }
        let end = text.end(from: start, limit: 40) { $0.isLetter || $0 == "_" }
        return text[end] == "\\" ? match(start, name: end + 1, in: text) : nil
    }

    /// - Parameter name: Where the first name behind the root begins.
    private static func match(_ start: Int, name: Int, in text: RefangedText) -> IndicatorMatch? {
        let first = text[name] == "\\" ? name + 1 : name
        var path = WindowsPath(start: start, name: first, in: text)
        let end = path.end()
        guard end > first else { return nil }
        return IndicatorMatch(type: .filePath, range: start..<end, value: value(start..<end, in: text))
    }

    /// With single backslashes, but for those before a server.
    private static func value(_ range: Range<Int>, in text: RefangedText) -> String {
        let path = text.singleBackslashes(range)
        return path.first == "\\" ? "\\" + path : path
    }

    static func isSeparator(_ byte: UInt8) -> Bool { byte == "\\" || byte == "/" }
}
