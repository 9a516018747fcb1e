/// Words with one tag each, in BIO, and what stands between them.
public struct TaggedSentence: Sendable, Equatable {
    public var words: [String]
    /// "O", "B-Malware", "I-Malware"; of as many elements.
    public var tags: [String]
    /// What stands before each word, such as a space; of as many elements.
    public var gaps: [String]

    /// Words with a space between.
    public init(words: [String], tags: [String]) {
        self.words = words
        self.tags = tags
        gaps = words.indices.map { $0 == 0 ? "" : " " }
    }
}

extension TaggedSentence {
    /// The words as running text, and where each lies in its UTF-8.
    var text: (text: String, ranges: [Range<Int>]) {
        var text = ""
        var ranges: [Range<Int>] = []
        for (word, gap) in zip(words, gaps) {
            text += gap
            let start = text.utf8.count
            text += word
            ranges.append(start..<text.utf8.count)
        }
        return (text, ranges)
    }

    /// Leaves out the spaces that ordinary text does not have: before closing punctuation and behind an opening bracket.
    mutating func tighten() {
        let closing: Set<String> = [",", ".", ";", ":", "!", "?", ")", "]", "}", "'s", "n't", "%", "’s"]
        let opening: Set<String> = ["(", "[", "{"]
        for index in words.indices.dropFirst()
        where closing.contains(words[index]) || opening.contains(words[index - 1]) {
            gaps[index] = ""
        }
    }

    /// Puts other words in the place of an entity.
    mutating func replace(_ range: Range<Int>, with words: [String], type: String) {
        let gap = gaps[range.lowerBound]
        self.words.replaceSubrange(range, with: words)
        tags.replaceSubrange(range, with: words.indices.map { $0 == 0 ? "B-\(type)" : "I-\(type)" })
        gaps.replaceSubrange(range, with: words.indices.map { $0 == 0 ? gap : " " })
    }
}

extension TaggedSentence {
    /// A labelled text with its own spacing.
    public init(_ text: LabeledText) {
        let scalars = Array(text.text.unicodeScalars)
        func part(_ range: Range<Int>) -> String {
            var part = ""
            part.unicodeScalars.append(contentsOf: scalars[range])
            return part
        }
        words = text.words.map(part)
        tags = text.tags
        var end = 0
        gaps = text.words.map { range in
            defer { end = range.upperBound }
            return part(end..<range.lowerBound)
        }
    }
}
