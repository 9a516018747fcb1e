import SecureBERTCheckpoint

/// The sentences of a file with one word a line.
struct ConllColumns {
    private(set) var texts: [LabeledText] = []
    private(set) var violations: [EntityDataset.Violation] = []
    let scheme: TagScheme

    private struct Sentence {
        var words: [String] = []
        var spellings: [String] = []
        var tags: [ChunkTag] = []
        var lines: [Int] = []
    }

    init(_ file: LineFile, _ options: EntityDataset.Options) throws {
        let sentences = try Self.read(file, types: options.types)
        let scheme = options.scheme ?? TagScheme(detecting: sentences.map(\.tags))
        self.scheme = scheme
        for sentence in sentences {
            var previous = ChunkTag.outside
            for (index, tag) in sentence.tags.enumerated() {
                if !scheme.allows(tag, after: previous) {
                    let before: String? = index == 0 ? nil : sentence.spellings[index - 1]
                    let place = before.map { "behind \($0.quoted)" } ?? "at the start of a sentence"
                    guard !options.isStrict else {
                        throw file.error(
                            line: sentence.lines[index],
                            "the tag \(sentence.spellings[index].quoted) stands \(place), which \(scheme.rawValue.uppercased()) does not allow; correct it, or read the file without being strict"
                        )
                    }
                    violations.append(
                        .init(line: sentence.lines[index], tag: sentence.spellings[index], previous: before))
                }
                previous = tag
            }
            let spans = TagReading.lenient.spans(sentence.tags)
            texts.append(
                LabeledText(
                    words: sentence.words, tags: TagReading.tags(spans, count: sentence.words.count),
                    line: sentence.lines.first ?? 0))
        }
    }

    private static func read(_ file: LineFile, types: [String]?) throws -> [Sentence] {
        var sentences: [Sentence] = []
        var sentence = Sentence()
        var width: Int?
        func finish() {
            if !sentence.words.isEmpty { sentences.append(sentence) }
            sentence = Sentence()
        }
        try file.forEach { line, number in
            guard line.utf8.contains(where: { $0 > 0x20 }) else { return finish() }
            let columns = columns(line)
            let word = columns[0]
            if word == "-DOCSTART-" || word == "<DOCSTART>" { return finish() }
            guard columns.count >= 2 else {
                throw file.error(line: number, "has one column, expected a word, a tab and a tag")
            }
            if let width, width != columns.count {
                throw file.error(
                    line: number, "has \(columns.count) columns, expected \(width) as in the lines above")
            }
            width = columns.count
            let spelling = String(columns[columns.count - 1])
            guard let tag = ChunkTag(spelling), tag.place == .outside || tag.type != "_" else {
                throw file.error(
                    line: number,
                    "the tag \(spelling.quoted) is neither \"O\" nor a letter of B, I, E, S, L, U with a type, as \"B-Malware\""
                )
            }
            if let types, tag.place != .outside, !types.contains(where: { $0 == tag.type }) {
                throw file.error(
                    line: number, "the type \(String(tag.type).quoted) is none of \(types.quotedList)")
            }
            sentence.words.append(String(word))
            sentence.spellings.append(spelling)
            sentence.tags.append(tag)
            sentence.lines.append(number)
        }
        finish()
        return sentences
    }

    /// At least one.
    private static func columns(_ line: Substring) -> [Substring] {
        let tab = UInt8(ascii: "\t")
        if line.utf8.contains(tab) {
            return line.utf8.split(separator: tab, omittingEmptySubsequences: false).map { Substring($0) }
        }
        return line.utf8.split(separator: UInt8(ascii: " ")).map { Substring($0) }
    }
}
