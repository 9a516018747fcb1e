/// A text with its named entities, cut into words that each have a BIO tag.
///
/// Serves training, which maps tokens to ``words`` by their offsets or encodes the words one by one, and evaluation, which
/// compares ``tags`` or ``entities``. All offsets count Unicode scalars, as Python's slices do.
public struct LabeledText: Sendable, Equatable {
    /// What the data call it; nil when they do not.
    public let id: String?
    /// The text; of words that were given one by one, the words with a space between.
    public let text: String
    /// Where the words are in the text, in order.
    public let words: [Range<Int>]
    /// A tag for each word: "O", "B-Malware", "I-Malware".
    public let tags: [String]
    /// The entities, in order and without overlap, as ranges of the text.
    public let entities: [EntitySpan]
    /// The line of the file it starts on, from 1; 0 when it is from no file.
    public let line: Int

    /// A sentence given as words.
    /// - Parameters:
    ///   - words: the words.
    ///   - tags: one for each word, in any scheme; an `I-` that continues nothing begins an entity, as in seqeval.
    ///   - id: what its file calls it.
    ///   - line: the line of the file it starts on, from 1; 0 when it is from no file.
    public init(words: [String], tags: [String], id: String? = nil, line: Int = 0) {
        precondition(words.count == tags.count, "\(words.count) words have \(tags.count) tags")
        var ranges: [Range<Int>] = []
        var offset = 0
        for word in words {
            let end = offset + word.unicodeScalars.count
            ranges.append(offset..<end)
            offset = end + 1
        }
        let spans = TagReading.lenient.spans(tags)
        self.id = id
        self.line = line
        text = words.joined(separator: " ")
        self.words = ranges
        self.tags = TagReading.tags(spans, count: tags.count)
        entities = spans.map { span in
            let (first, last) = (ranges[span.range.lowerBound], ranges[span.range.upperBound - 1])
            return EntitySpan(type: span.type, range: first.lowerBound..<last.upperBound)
        }
    }

    /// A text and the places of its entities.
    ///
    /// A word is a run of letters, digits, marks and underscores, or another character that is not white space by itself; where an
    /// entity begins or ends inside such a run, the run is cut.
    /// - Parameter entities: inside the text, in order, without overlap, not only white space.
    init(text: String, entities: [EntitySpan], id: String?, line: Int) {
        let words = WordScanner.words(
            of: text, cuts: Set(entities.flatMap { [$0.range.lowerBound, $0.range.upperBound] }))
        var tags = [String](repeating: "O", count: words.count)
        var word = 0
        for entity in entities {
            while word < words.count, words[word].lowerBound < entity.range.lowerBound { word += 1 }
            var isFirst = true
            while word < words.count, words[word].upperBound <= entity.range.upperBound {
                tags[word] = (isFirst ? "B-" : "I-") + entity.type
                isFirst = false
                word += 1
            }
        }
        self.id = id
        self.line = line
        self.text = text
        self.words = words
        self.tags = tags
        self.entities = entities
    }

    /// The words as strings.
    public var wordTexts: [String] {
        let scalars = Array(text.unicodeScalars)
        return words.map { range in
            var word = ""
            word.unicodeScalars.append(contentsOf: scalars[range])
            return word
        }
    }
}

/// Cuts a text into words.
enum WordScanner {
    /// The words as ranges of Unicode scalars.
    /// - Parameter cuts: places where a word ends in any case.
    static func words(of text: String, cuts: Set<Int>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        var offset = 0
        for scalar in text.unicodeScalars {
            if let first = start, !scalar.isInWord || cuts.contains(offset) {
                words.append(first..<offset)
                start = nil
            }
            if scalar.isInWord {
                start = start ?? offset
            } else if !scalar.properties.isWhitespace {
                words.append(offset..<offset + 1)
            }
            offset += 1
        }
        if let start { words.append(start..<offset) }
        return words
    }
}

extension Unicode.Scalar {
    /// Whether this is a letter, a digit, a combining mark or an underscore.
    fileprivate var isInWord: Bool {
        if isASCII { return (48...57).contains(value) || (65...90).contains(value & ~32) || value == 95 }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation:
            true
        default: false
        }
    }
}
