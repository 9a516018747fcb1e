/// Descriptions in MITRE's bundles as plain text.
enum StixText {
    /// The first sentences of a description, of at most `limit` characters; without links, citations and tags.
    static func summary(_ text: String, limit: Int) -> String {
        let words = plain(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard words.count > limit else { return words }
        let head = words.prefix(limit)
        if let end = head.ranges(of: ". ").last?.lowerBound { return String(head[...end]) }
        return head.split(separator: " ").dropLast().joined(separator: " ") + " …"
    }

    /// `[name](address)` becomes the name; `(Citation: ...)` and `<code>` go.
    private static func plain(_ text: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "["), let link = link(rest) {
                result += link.name
                rest = link.rest
            } else if rest.starts(with: "(Citation:".utf8), let end = rest.firstIndex(of: UInt8(ascii: ")")) {
                rest = rest[(end + 1)...]
            } else if let tag = ["<code>", "</code>", "<br>"].first(where: { rest.starts(with: $0.utf8) }) {
                rest = rest.dropFirst(tag.utf8.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func link(_ text: ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        // Bounded, so that a description of brackets takes no quadratic time.
        let near = text.prefix(600)
        guard let close = near.firstIndex(of: UInt8(ascii: "]")), near[(close + 1)...].first == UInt8(ascii: "("),
            let end = near[(close + 1)...].firstIndex(of: UInt8(ascii: ")"))
        else { return nil }
        return (text[(text.startIndex + 1)..<close], text[(end + 1)...])
    }
}
