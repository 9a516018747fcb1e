/// A word of at most eight ASCII characters in one integer, in lower case; for tables of short words.
struct ShortWord: Hashable, ExpressibleByStringLiteral {
    private let packed: UInt64

    /// Nil for words that are empty, longer, or not ASCII.
    init?(_ bytes: some Collection<UInt8>) {
        guard (1...8).contains(bytes.count) else { return nil }
        var packed: UInt64 = 0
        for byte in bytes {
            guard byte < 0x80 else { return nil }
            packed = packed << 8 | UInt64(byte.lowercased)
        }
        self.packed = packed
    }

    /// - Parameter literal: Of its characters the last eight count.
    init(stringLiteral literal: StaticString) {
        packed = literal.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt64($1.lowercased) } }
    }

    /// The words of a text that are separated by spaces.
    static func set(_ words: String) -> Set<ShortWord> {
        Set(words.utf8.split(separator: UInt8(ascii: " ")).compactMap { ShortWord($0) })
    }
}
