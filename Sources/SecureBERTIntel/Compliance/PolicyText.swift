import SecureBERT

/// A policy, report or configuration cut into what is mapped as one: paragraphs with the lists they introduce, settings with their
/// comments.
struct PolicyText {
    /// What is mapped as one.
    struct Passage {
        /// Bytes of UTF-8.
        let range: Range<Int>
        /// First and last line, counted from 1.
        let lines: ClosedRange<Int>
        /// Sentences, of settings lines: what can be evidence.
        let sentences: [Range<Int>]
        /// The heading above.
        let heading: Range<Int>?
    }

    let isConfiguration: Bool
    private(set) var passages: [Passage] = []
    private let bytes: [UInt8]
    private let name: String

    /// Lists are joined with what introduces them up to about this many bytes, and longer paragraphs are cut.
    private static let longPassage = 1500
    /// Passages with fewer words say nothing that can be mapped.
    private static let fewestWords = 4

    /// - Parameters:
    ///   - text: The whole document.
    ///   - name: Of its file, whose ending tells configuration from prose where the text does not.
    init(_ text: String, name: String) {
        bytes = Array(text.utf8)
        self.name = name
        isConfiguration = ConfigurationText.isConfiguration(bytes, name: name)
        let parts = isConfiguration ? ConfigurationText.blocks(bytes) : Self.prose(text, bytes)
        passages = parts.filter { part in
            let own = part.sentences.reduce(0) { $0 + wordCount(in: $1) }
            // A setting may be one word whose meaning is known.
            return own > 0 && own + Self.wordCount(explanation(part)) >= Self.fewestWords
        }
    }

    private static func prose(_ text: String, _ bytes: [UInt8]) -> [Passage] {
        var sentences = TextSentences.ranges(in: text)[...]
        var passages: [Passage] = []
        var heading: Range<Int>?
        for paragraph in TextParagraphs(text) {
            var own: [Range<Int>] = []
            while let next = sentences.first, next.lowerBound < paragraph.range.upperBound {
                own.append(next)
                sentences = sentences.dropFirst()
            }
            let content = bytes[paragraph.range]
            if content.first == UInt8(ascii: "#") {
                heading =
                    paragraph.range.lowerBound
                    + content.prefix { $0 == 0x23 || $0 == 0x20 }.count..<paragraph.range.upperBound
                continue
            }
            if let last = passages.last, last.heading == heading, content.beginsListItem,
                bytes[last.range].introducesList || bytes[last.range].hasList,
                paragraph.range.upperBound - last.range.lowerBound <= longPassage
            {
                passages[passages.count - 1] = Passage(
                    range: last.range.lowerBound..<paragraph.range.upperBound,
                    lines: last.lines.lowerBound...paragraph.lines.upperBound, sentences: last.sentences + own,
                    heading: heading)
                continue
            }
            for part in parts(own, bytes) {
                passages.append(
                    Passage(
                        range: part[0].lowerBound..<part[part.count - 1].upperBound, lines: paragraph.lines,
                        sentences: part, heading: heading))
            }
            if content.isTitle { heading = paragraph.range }
        }
        return passages
    }

    /// Sentences of a paragraph, in parts that are not too long; a longer sentence is cut between characters.
    private static func parts(_ sentences: [Range<Int>], _ bytes: [UInt8]) -> [[Range<Int>]] {
        var parts: [[Range<Int>]] = []
        for sentence in sentences {
            var start = sentence.lowerBound
            while start < sentence.upperBound {
                var end = min(start + longPassage, sentence.upperBound)
                while end < sentence.upperBound, end > start + 1, bytes[end] & 0xC0 == 0x80 { end -= 1 }
                if let first = parts.last?.first, end - first.lowerBound <= longPassage {
                    parts[parts.count - 1].append(start..<end)
                } else {
                    parts.append([start..<end])
                }
                start = end
            }
        }
        return parts
    }

    /// What is looked for: the passage below its heading; names of settings in words, with what controls call it.
    func query(_ passage: Passage, isExplained: Bool = true) -> String {
        let explanation = isExplained ? explanation(passage) : ""
        return query(passage.range, below: passage.heading) + (explanation.isEmpty ? "" : " " + explanation)
    }

    /// What controls call the settings of a passage; empty for prose and comments.
    private func explanation(_ passage: Passage) -> String {
        guard isConfiguration else { return "" }
        let settings = passage.sentences.filter { !ConfigurationText.isComment(bytes[$0]) }
        return settings.isEmpty
            ? "" : SettingWords.explanation(of: settings.map { words(in: $0) }.joined(separator: " "), in: name)
    }

    /// The same for each sentence; none when there is only one, or for settings, which are mapped one by one anyway.
    func sentenceQueries(_ passage: Passage) -> [String] {
        guard !isConfiguration, passage.sentences.count > 1 else { return [] }
        return passage.sentences.map { query($0, below: passage.heading) }
    }

    private func query(_ range: Range<Int>, below heading: Range<Int>?) -> String {
        (heading.map { words(in: $0) + (isConfiguration ? " " : ". ") } ?? "") + words(in: range)
    }

    /// A part of the text; of settings their names in words.
    func words(in range: Range<Int>) -> String {
        isConfiguration ? ConfigurationText.inWords(text(in: range)) : text(in: range)
    }

    func text(in range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Words with a letter; of settings also the parts of their names.
    private func wordCount(in range: Range<Int>) -> Int { Self.wordCount(words(in: range)) }

    private static func wordCount(_ text: String) -> Int {
        text.split(whereSeparator: \.isWhitespace).count { $0.contains(where: \.isLetter) }
    }
}

extension ArraySlice<UInt8> {
    /// Whether the last letter is a colon.
    fileprivate var introducesList: Bool { last { $0 > 0x20 } == UInt8(ascii: ":") }

    /// Whether its last line is a list item and its first is none.
    fileprivate var hasList: Bool {
        guard !beginsListItem, let end = lastIndex(of: 0x0A) else { return false }
        return self[(end + 1)...].beginsListItem
    }

    /// Whether it is one short line without a mark at its end, as titles are.
    fileprivate var isTitle: Bool {
        guard count <= 80, !contains(0x0A), !beginsListItem, let last, !".:;,!?".utf8.contains(last), let first
        else { return false }
        return (0x41...0x5A).contains(first) || (0x30...0x39).contains(first)
    }

    /// Whether the line starts like `- item`, `* item`, `1. item` or `(a) item`.
    fileprivate var beginsListItem: Bool {
        let rest = drop { $0 == 0x20 || $0 == 0x09 }
        for bullet in ["- ", "* ", "+ ", "• ", "● ", "‣ ", "| "] where rest.starts(with: bullet.utf8) { return true }
        let label = rest.drop { $0 == UInt8(ascii: "(") }.prefix {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
        }
        guard (1...3).contains(label.count), label.endIndex < endIndex else { return false }
        let tail = self[label.endIndex...]
        return ".)".utf8.contains(self[label.endIndex]) && tail.dropFirst().first == 0x20
    }
}
