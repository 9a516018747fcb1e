/// The scheme of a URL before its colon, also defanged: "hxxp", "hXXps", "h**p", "h__p", "hxtp", "htxp", "fxp", "meow".
struct URLScheme {
    /// Where it begins.
    let start: Int
    /// Refanged.
    let name: String
    let isDefanged: Bool

    /// The scheme that ends before a colon. Behind another letter only those of HTTP are one ("linkhttp://").
    init?(endingAt colon: Int, in text: RefangedText) {
        for length in stride(from: 5, through: 2, by: -1) {
            let start = colon - length
            guard start >= 0, let word = ShortWord(text.bytes[start..<colon]), let name = Self.schemes[word] else {
                continue
            }
            guard name.hasPrefix("http") || !text[start - 1].isLetter else { continue }
            (self.start, self.name, isDefanged) = (start, name, ShortWord(name.utf8) != word)
            return
        }
        return nil
    }

    /// Whether a scheme and its colon begin at a position.
    static func begins(at start: Int, in text: RefangedText) -> Bool {
        let colon = text.end(from: start, limit: 6) { $0 != ":" }
        return text[colon] == ":" && text[colon + 1] == "/" && URLScheme(endingAt: colon, in: text)?.start == start
    }

    private static let schemes: [ShortWord: String] = {
        var schemes: [ShortWord: String] = ["meow": "http", "fxp": "ftp", "fxps": "ftps"]
        for name in [
            "http", "https", "ftp", "ftps", "sftp", "ssh", "ws", "wss", "tcp", "udp", "ldap", "ldaps", "rmi", "smb",
            "irc", "file",
        ] {
            if let word = ShortWord(name.utf8) { schemes[word] = name }
        }
        for middle in ["xx", "xt", "tx", "**", "__", "--"] {
            for (ending, name) in [("p", "http"), ("ps", "https")] {
                if let word = ShortWord("h\(middle)\(ending)".utf8) { schemes[word] = name }
            }
        }
        return schemes
    }()
}
