/// What stands between quotation marks of the same kind on one line: `"`, `'`, `` ` ``, or curly ones.
struct QuotedText {
    let content: Range<Int>

    /// - Parameters:
    ///   - start: Of the opening mark.
    ///   - limit: Bytes that the content has at most. It has one at least.
    init?(at start: Int, limit: Int, in text: RefangedText) {
        let mark = text[start]
        let isCurly = mark == 0xE2 && text[start + 1] == 0x80 && (text[start + 2] == 0x9C || text[start + 2] == 0x98)
        guard mark.isQuote || isCurly else { return nil }
        let first = isCurly ? start + 3 : start + 1
        let end = text.end(from: first, limit: limit + 1) { $0 >= 0x20 && $0 != mark }
        guard (1...limit).contains(end - first), text[end] == mark else { return nil }
        // In Unicode the closing mark is the one after the opening mark.
        if isCurly, text[end + 1] != 0x80 || text[end + 2] != text[start + 2] + 1 { return nil }
        content = first..<end
    }
}
