/// A statement that writes log lines, as far as its lines show it: constant words, and `<*>` where they differ.
public struct LogTemplate: Sendable, Hashable {
    /// Unique among the templates of a miner, from 1, and never used again.
    public let id: Int
    /// The words with one blank between; a last `...` when lines have more words than are kept.
    public let text: String
    /// Lines that matched.
    public let count: Int

    /// What a language model is to read: the words, with a number in the place of each wildcard.
    static func readable(_ text: String) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: LogWords.wildcard) {
                out.append(UInt8(ascii: "0"))
                position += LogWords.wildcard.count
            } else {
                out.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
