import SecureBERT

/// Sentences with one word missing, and the word: the cloze test of the SecureBERT papers.
public struct ClozeSet: Sendable, Equatable {
    /// A sentence around a missing word.
    public struct Item: Sendable, Equatable {
        /// The text before the missing word.
        public let before: String
        /// The missing word.
        public let answer: String
        /// The text behind it.
        public let after: String
        /// The line of the file.
        public let line: Int
    }

    /// The name of the file without folder and endings: "objects".
    public let name: String
    /// The file.
    public let file: String
    /// The sentences, in order.
    public let items: [Item]

    /// Reads a CSV file with the columns `sentence`, which holds `<mask>` or `[MASK]` once, and `answer`.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String) throws { try self.init(CSVTable(path: path)) }

    /// Takes the columns `sentence` and `answer` of a table.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(_ table: CSVTable) throws(CorpusError) {
        let (sentence, answer) = (try table.index(of: "sentence"), try table.index(of: "answer"))
        file = table.file
        name =
            table.file.split(separator: "/").last.flatMap { $0.split(separator: ".").first }.map(String.init)
            ?? table.file
        var items: [Item] = []
        for row in table.rows {
            let (parts, word) = (Self.split(row.fields[sentence]), row.fields[answer])
            guard parts.count == 2 else {
                throw CorpusError(
                    .malformed, file: file, line: row.line,
                    "the sentence has \(parts.count - 1) masks, expected one \(FillMask.maskSpellings[0])")
            }
            guard !word.isEmpty else {
                throw CorpusError(.malformed, file: file, line: row.line, "the answer is empty")
            }
            items.append(Item(before: parts[0], answer: word, after: parts[1], line: row.line))
        }
        guard !items.isEmpty else {
            throw CorpusError(.malformed, file: file, "has no sentences below the header")
        }
        self.items = items
    }

    /// The sentence cut at its masks.
    private static func split(_ sentence: String) -> [String] {
        let text = Array(sentence.utf8)
        let masks = FillMask.maskSpellings.map { Array($0.utf8) }
        var parts: [[UInt8]] = [[]]
        var position = 0
        while position < text.count {
            if let mask = masks.first(where: { text[position...].starts(with: $0) }) {
                parts.append([])
                position += mask.count
            } else {
                parts[parts.count - 1].append(text[position])
                position += 1
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}
