import SecureBERTTokenizers

/// How a vocabulary cuts a collection of texts.
public struct VocabularyStatistics: Sendable, Equatable {
    /// Number of texts.
    public var documents = 0
    /// Bytes of the texts.
    public var bytes = 0
    /// Words: what white space separates.
    public var words = 0
    /// Tokens, special ones left out.
    public var tokens = 0
    /// Tokens that stand for what the vocabulary cannot express.
    public var unknownTokens = 0
    /// Words that are one token behind a space, once punctuation at both ends is taken off.
    public var singleTokenWords = 0
    /// Words of which something was left without the punctuation.
    public var bareWords = 0

    /// Fertility: tokens for each word.
    public var tokensPerWord: Double { Self.ratio(tokens, words) }
    /// How much text a token stands for.
    public var bytesPerToken: Double { Self.ratio(bytes, tokens) }
    /// Share of the words that are one token.
    public var singleTokenShare: Double { Self.ratio(singleTokenWords, bareWords) }

    private static func ratio(_ count: Int, _ total: Int) -> Double { total == 0 ? 0 : Double(count) / Double(total) }

    /// Adds the counts of other texts.
    mutating func add(_ other: VocabularyStatistics) {
        documents += other.documents
        bytes += other.bytes
        words += other.words
        tokens += other.tokens
        unknownTokens += other.unknownTokens
        singleTokenWords += other.singleTokenWords
        bareWords += other.bareWords
    }
}

/// Compares vocabularies on the same texts.
public struct VocabularyComparison: Sendable {
    private let tokenizers: [Tokenizer]
    private let reader: TextFiles
    private let groupKey: String

    /// - Parameters:
    ///   - tokenizers: what is compared.
    ///   - reader: the texts.
    ///   - groupKey: the key in JSON lines by which texts are told apart; texts without it are of the group "text".
    public init(_ tokenizers: [Tokenizer], reader: TextFiles, groupKey: String = "kind") {
        self.tokenizers = tokenizers
        self.reader = reader
        self.groupKey = groupKey
    }

    /// A group of texts.
    public struct Group: Sendable {
        /// What the texts say they are: "text", "code".
        public let name: String
        /// For each tokenizer, in order.
        public let statistics: [VocabularyStatistics]
    }

    /// Counts of a thread: tokens by group, and words to be looked up at the end.
    private struct Part: Sendable {
        var groups: [String: (statistics: [VocabularyStatistics], words: PretokenCounts)] = [:]
    }

    /// Reads and tokenizes the texts.
    /// - Parameters:
    ///   - threads: how many share the work.
    ///   - progress: called now and then with the bytes read so far, from any thread.
    /// - Returns: the groups, ordered by name.
    /// - Throws: ``CorpusError`` when a file cannot be read; `TokenizerError` for a text that is too long.
    public func run(threads: Int, progress: @Sendable (Int) -> Void = { _ in }) throws -> [Group] {
        let parts = try reader.reduce(threads: threads, initial: Part(), progress: progress) { part, document in
            try count(document, into: &part)
        }
        var total = Part()
        for part in parts {
            for (name, group) in part.groups {
                var sum = total.groups[name] ?? empty
                for index in tokenizers.indices { sum.statistics[index].add(group.statistics[index]) }
                try sum.words.add(group.words)
                total.groups[name] = sum
            }
        }
        return try total.groups.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { name, group in
            var statistics = group.statistics
            for index in tokenizers.indices {
                try lookUp(group.words, with: tokenizers[index], into: &statistics[index])
            }
            return Group(name: name, statistics: statistics)
        }
    }

    private var empty: (statistics: [VocabularyStatistics], words: PretokenCounts) {
        (Array(repeating: VocabularyStatistics(), count: tokenizers.count), PretokenCounts())
    }

    private func count(_ document: TextDocument, into part: inout Part) throws {
        let name = document.property(groupKey) ?? "text"
        var group = part.groups.removeValue(forKey: name) ?? empty
        let words = try Self.countWords(document.text, into: &group.words)
        let text = document.string
        for (index, tokenizer) in tokenizers.enumerated() {
            let ids = try tokenizer.encode(text, addSpecialTokens: false).ids
            let unknown = tokenizer.specialTokens.unknown?.id
            group.statistics[index].documents += 1
            group.statistics[index].bytes += document.text.count
            group.statistics[index].words += words
            group.statistics[index].tokens += ids.count
            group.statistics[index].unknownTokens += ids.count { $0 == unknown }
        }
        part.groups[name] = group
    }

    /// Counts what white space separates, and collects it without ASCII punctuation at the ends; returns the number.
    private static func countWords(
        _ text: UnsafeBufferPointer<UInt8>, into words: inout PretokenCounts
    ) throws -> Int {
        func isPunctuation(_ byte: UInt8) -> Bool {
            byte > 0x20 && byte < 0x7F && !(byte &- 0x30 < 10) && !((byte | 0x20) &- 0x61 < 26)
        }
        var (count, position) = (0, 0)
        while position < text.count {
            var end = position
            while end < text.count, text[end] > 0x20 { end += 1 }
            if end > position {
                count += 1
                var (first, last) = (position, end)
                while first < last, isPunctuation(text[first]) { first += 1 }
                while first < last, isPunctuation(text[last - 1]) { last -= 1 }
                if first < last { try words.add(UnsafeBufferPointer(rebasing: text[first..<last])) }
            }
            position = end + 1
        }
        return count
    }

    private func lookUp(
        _ words: PretokenCounts, with tokenizer: Tokenizer, into statistics: inout VocabularyStatistics
    ) throws {
        for (bytes, count) in words.sorted() {
            let ids = try tokenizer.encode(" " + String(decoding: bytes, as: UTF8.self), addSpecialTokens: false).ids
            statistics.bareWords += count
            if ids.count == 1, ids[0] != tokenizer.specialTokens.unknown?.id { statistics.singleTokenWords += count }
        }
    }
}
