import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds named entities: malware, indicators, organizations, or whatever the model was trained to label.
public struct EntityRecognizer: Sendable {
    public struct Entity: Sendable {
        /// The entity's type ("Malware"); with ``EntityAggregation/none`` the token's full label ("B-Malware").
        public let type: String
        /// The part of the text.
        public let text: String
        /// Where it is, in UTF-8 bytes, Unicode scalars and UTF-16 code units.
        public let range: TextRange
        public let score: Probability
        /// For ``EntityAggregation/none``: the token's index, special tokens included.
        public let tokenIndex: Int?
    }

    public struct Result: Sendable {
        /// In the order of the text.
        public let entities: [Entity]
        public let usage: InputUsage
    }

    private let model: PretrainedModel
    private let head: TokenHead
    /// The learned scores of label sequences, with the rules of BIO; nil for a model without.
    private let learnedPath: LabelPath?
    /// The model's labels in the order of its logits.
    public let labels: [String]

    /// - Throws: ``TaskError`` when the model has no token classification head.
    public init(_ model: PretrainedModel) throws(TaskError) {
        guard case .tokenClassification(let head) = model.transformer.head else {
            throw model.lacks("token classification")
        }
        self.model = model
        self.head = head
        let labels = model.folder.configuration.shared.labels
        self.labels = labels
        do {
            learnedPath = try head.randomField.map { field in
                try LabelPath(
                    labels: labels, transitions: field.transitions.floats(), start: field.start.floats(),
                    end: field.end.floats())
            }
        } catch {
            throw TaskError(.unsuitableModel, "\(model.path): its random field cannot be read: \(error)")
        }
    }

    /// Finds the entities of texts, in order.
    ///
    /// A text longer than the model is read in overlapping windows; each token takes its label from the window in which it
    /// stands farthest from a cut, and entities are formed afterwards, so none is cut or found twice.
    /// - Parameters:
    ///   - texts: Of any lengths.
    ///   - aggregation: How the labels of tokens become entities.
    ///   - truncate: Read only what fits the model, and say so in the result.
    public func callAsFunction(
        _ texts: [String], aggregation: EntityAggregation = .word, truncate: Bool = false
    ) throws -> [Result] {
        try run(texts.map { Input($0, aggregation: aggregation, truncate: truncate) })
    }

    /// Labels words that are given, as labelled sentences have them: each by its first token.
    /// - Parameters:
    ///   - words: For each text the words as ranges of its UTF-8, in order and without overlap.
    ///   - texts: Of any lengths; longer ones than the model are read in overlapping windows.
    ///   - choosesTogether: Whether the labels are chosen so that an "I-" always continues an entity of its type, or each by
    ///     itself; a model with a conditional random field always chooses together.
    /// - Returns: For each text a label for each word; "O" for a word that no token ends in.
    public func labels(
        ofWords words: [[Range<Int>]], in texts: [String], choosesTogether: Bool = true
    ) throws -> [[String]] {
        let path = learnedPath ?? (choosesTogether ? LabelPath(labels: labels) : nil)
        let readings = try texts.map { try read(Input($0)) }
        let rows = try rows(of: readings.flatMap(\.windows))
        var next = 0
        return try zip(words, readings).map { words, reading in
            let own = Array(rows[next..<next + reading.windows.count])
            next += own.count
            var result = [String](repeating: "O", count: words.count)
            let first = try tokens(reading, own, in: EntityWords(words)).filter { !$0.token.continuesWord }
            let rows = first.map { $0.token.probabilities.map { log($0 + Float.leastNormalMagnitude) } }
            let chosen = path.map { $0(rows) } ?? rows.map { $0.indicesOfLargest(1) { $0 }.first ?? 0 }
            for (token, label) in zip(first, chosen) { result[token.word] = labels[label] }
            return result
        }
    }

    /// The tokens of a text, each from its best window, with the rule for words of the reference's pipeline.
    private func tokens(_ reading: Reading, _ rows: [Tensor], of text: String) throws -> [LabelledToken] {
        let bytes = Array(text.utf8)
        let unknown = model.tokenizer.specialTokens.unknown?.id
        let encodings = reading.windows
        let spellings = model.tokenizer.marksContinuations ? encodings.map(\.tokens) : []
        return try labelledTokens(reading, rows) { place, range in
            let isUnknown = encodings[place.window].ids[place.index] == unknown
            let continues =
                model.tokenizer.marksContinuations
                ? Self.isLonger(spellings[place.window][place.index], than: bytes[range])
                : !Self.startsBehindSpace(range.lowerBound, bytes)
            return continues && !isUnknown
        }
    }

    /// The tokens that end in a word.
    private func tokens(
        _ reading: Reading, _ rows: [Tensor], in words: EntityWords
    ) throws -> [(word: Int, token: LabelledToken)] {
        var previous = -1
        var numbers: [Int?] = []
        let tokens = try labelledTokens(reading, rows) { _, range in
            let word = words.index(ofWordWithEnd: range)
            defer { previous = word ?? previous }
            numbers.append(word)
            return word == previous
        }
        return zip(numbers, tokens).compactMap { number, token in
            guard let number else { return nil }
            // A token may begin with the space before the word.
            return (number, token.covering(words.ranges[number]))
        }
    }

    private func labelledTokens(
        _ reading: Reading, _ rows: [Tensor], continuesWord: (TextWindows.Place, Range<Int>) -> Bool
    ) throws -> [LabelledToken] {
        let rows = try rows.map { try $0.floats() }
        guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw TaskError.notFinite(model.path) }
        let ranges = reading.windows.map(\.offsets)
        return reading.textWindows.bestWindowOfEachToken().map { place in
            let range = ranges[place.window][place.index]
            let start = place.index * labels.count
            return LabelledToken(
                range: range, index: place.position, continuesWord: continuesWord(place, range),
                probabilities: Array(rows[place.window][start..<start + labels.count]))
        }
    }

    /// WordPiece writes `##` before a piece that continues a word, which makes it longer than its text.
    private static func isLonger(_ token: String, than text: ArraySlice<UInt8>) -> Bool {
        token.unicodeScalars.count != text.count { $0 & 0xC0 != 0x80 }
    }

    /// A byte-level vocabulary does not mark words; a word starts at the text's start and next to white space. The reference
    /// looks for U+0020 only and so joins the last word of a line with the first of the next.
    private static func startsBehindSpace(_ start: Int, _ text: [UInt8]) -> Bool {
        guard start > 0 else { return true }
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        return isSpace(text[start - 1]) || start < text.count && isSpace(text[start])
    }
}

extension EntityRecognizer: WindowedTask {
    /// A text to find entities in.
    package struct Input: Sendable {
        let text: String
        let aggregation: EntityAggregation
        let truncate: Bool

        package init(_ text: String, aggregation: EntityAggregation = .word, truncate: Bool = false) {
            (self.text, self.aggregation, self.truncate) = (text, aggregation, truncate)
        }
    }

    package struct Reading: TaskReading {
        let input: Input
        let textWindows: TextWindows
        package var windows: [Encoding] { textWindows.encodings }
    }

    package func read(_ input: Input) throws -> Reading {
        Reading(input: input, textWindows: try model.windows(of: TextInput(input.text), truncate: input.truncate))
    }

    /// Probabilities of the labels, `[tokens, labels]` for each window.
    package func rows(of windows: [Encoding]) throws -> [Tensor] {
        var probabilities: [Tensor] = []
        try model.forEachBatch(windows) { batch in
            let scores = try model.compute.softmax(head(batch.hidden, model.compute))
            for index in batch.batch.sequences.indices {
                probabilities.append(try scores.rows(batch.batch.sequences[index]))
            }
        }
        return probabilities
    }

    package func finish(_ reading: Reading, _ rows: [Tensor]) throws -> Result {
        let (text, aggregation) = (reading.input.text, reading.input.aggregation)
        let path = learnedPath ?? (aggregation == .word ? LabelPath(labels: labels) : nil)
        var tokens =
            aggregation == .word
            ? try tokens(reading, rows, in: EntityWords(of: text)).map(\.token)
            : try tokens(reading, rows, of: text)
        if path != nil {
            // A token of nothing but a space stands between words and has no place in their path.
            let bytes = Array(text.utf8)
            tokens.removeAll { bytes[$0.range].allSatisfy { $0 == 0x20 } }
        }
        let offsets = TextOffsets(text)
        let entities = aggregation.entities(tokens, labels: labels, path: path).map { span in
            Entity(
                type: span.label, text: offsets.text(in: span.range), range: offsets.range(span.range),
                score: Probability(span.score), tokenIndex: span.index)
        }
        return Result(entities: entities, usage: reading.textWindows.usage)
    }
}
