/// Absolute paths of Unix: "/etc/passwd", "~/.ssh/id_rsa".
///
/// A path begins at the start of a line, behind a blank, a quote, an opening bracket, `=`, `:`, `,`, `*`, `|` or `>`. It
/// has two names or more, one of them with a letter, or begins with a folder that every system has ("/tmp"). The target of
/// a request of HTTP is none. A space is part of it only behind a backslash or in a name of `SpacedNames`.
enum UnixPathMatcher {
    /// - Parameter start: Of the slash, or of "~/".
    static func match(at start: Int, in text: RefangedText) -> IndicatorMatch? {
        let isHome = text[start] == "~"
        let root = isHome ? start + 1 : start
        guard text[root] == "/", text[root + 1] != "/", canBegin(start, in: text), isHome || isPath(root, in: text)
        else {
            return nil
        }
        let range = start..<end(from: root, in: text)
        guard range.upperBound > root + 1 else { return nil }
        return IndicatorMatch(type: .filePath, range: range, value: text.string(range))
    }

    private static func canBegin(_ start: Int, in text: RefangedText) -> Bool {
        let before = text[start - 1]
        switch before {
        case ":" where text[start - 2] == "/" || text[start + 1] == "/": return false
        case "(", "[", "{", "=", ":", ",", "*", "|", ">", ";", "\"", "'", "`": return true
        case " ":
            guard let word = text.word(before: start)?.word else { return true }
            return !requests.contains(word)
        default:
            return before.isSpaceOrControl || (before >= 0x80 && !text.isWord(before: start))
        }
    }

    /// Whether the first two names are those of a path. What is refused is refused after a bounded number of bytes.
    private static func isPath(_ root: Int, in text: RefangedText) -> Bool {
        let first = (root + 1)..<text.end(from: root + 1, limit: 256) { isNameByte($0) || $0 >= 0x80 }
        if let top = ShortWord(text.bytes[first]), topFolders.contains(top) { return true }
        let isHidden = text[root + 1] == "." && text[root + 2].isLetter
        guard first.count <= 255, isHidden || text.startsName(at: root + 1), text[first.upperBound] == "/" else {
            return false
        }
        let second =
            (first.upperBound + 1)..<text.end(from: first.upperBound + 1, limit: 255) { isNameByte($0) || $0 >= 0x80 }
        return !second.isEmpty && (text.bytes[first] + text.bytes[second]).contains { $0.isLetter || $0 >= 0x80 }
    }

    /// Where a path ends, from its first slash.
    private static func end(from root: Int, in text: RefangedText) -> Int {
        var brackets = Brackets()
        var (index, name) = (root, root)
        reading: while index < text.count {
            let byte = text.bytes[index]
            switch byte {
            case "/":
                if text[index + 1] == "/" { break reading }
                name = index + 1
            case "\\" where text[index + 1] == " ": index += 1
            case " ":
                guard let end = SpacedNames.end(at: name, in: text), end > index else { break reading }
                index = end - 1
            case "<", "[":
                guard let end = text.placeholderEnd(at: index) else { break reading }
                index = end - 1
            case 0x80...:
                let letter = text.letter(at: index)
                if letter.length == 0 || letter.isDense { break reading }
                index += letter.length - 1
            default: if !isNameByte(byte) || !brackets.take(byte) { break reading }
            }
            index += 1
        }
        while index > root + 1, isPunctuation(text[index - 1]) { index -= 1 }
        return index
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", "_", "-", "+", "@", "%", "~", "#", "=", "*", "$", "{", "}": true
        default: byte.isAlphanumeric
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", "*", "{", "=", "$": true
        default: false
        }
    }

    private static let topFolders = ShortWord.set(
        """
        bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var Applications Library \
        System Users Volumes private data sdcard
        """)
    private static let requests = ShortWord.set("get post put head delete patch options connect")
}
