/// Learns a byte-level byte-pair vocabulary (Sennrich, Haddow and Birch 2016): starting from bytes, the most frequent
/// pair of adjacent symbols becomes a symbol, until the vocabulary is full.
///
/// Merges and ids are those of the reference's `BpeTrainer` with a `ByteLevel` pre-tokenizer and its alphabet: special
/// tokens first, then the bytes in the order of their printable stand-ins, then what was learned; of equally frequent
/// pairs the one with the smaller ids goes first. The result depends on nothing but the counts.
public struct BytePairTrainer: Sendable {
    /// What is to be learned.
    public struct Options: Sendable, Equatable {
        /// Number of tokens, special ones and the 256 bytes included.
        public var vocabularySize: Int
        /// Pairs that occur less often than this are not merged.
        public var minimumFrequency: Int
        /// Special tokens in the order of their ids, from 0.
        public var specialTokens: [String]

        /// A vocabulary of that size with ModernBERT's special tokens.
        public init(vocabularySize: Int, minimumFrequency: Int = 0, specialTokens: [String] = modernBertSpecialTokens) {
            self.vocabularySize = vocabularySize
            self.minimumFrequency = minimumFrequency
            self.specialTokens = specialTokens
        }

        /// Unknown, classification, separator, padding and mask, in the order ModernBERT has them.
        public static let modernBertSpecialTokens = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    }

    private let options: Options

    /// The largest vocabulary that can be learned.
    public static let maximumVocabularySize = Vocabulary.idLimit

    /// - Throws: ``TokenizerError`` when the vocabulary is too small for bytes and special tokens, or too large, or a
    ///   special token is empty, given twice, or the stand-in of a byte.
    public init(_ options: Options) throws(TokenizerError) {
        let (special, least) = (options.specialTokens, options.specialTokens.count + 256)
        guard options.vocabularySize >= least else {
            throw TokenizerError(
                .invalidRequest,
                "a vocabulary of \(options.vocabularySize) tokens is too small: \(special.count) special tokens and the"
                    + " 256 bytes need \(least); ask for more")
        }
        guard options.vocabularySize <= Self.maximumVocabularySize else {
            throw TokenizerError(
                .invalidRequest,
                "a vocabulary of \(options.vocabularySize) tokens is more than the \(Self.maximumVocabularySize) allowed"
            )
        }
        var seen = Set((0...255).map { ByteLevelAlphabet.utf8(of: UInt8($0)) })
        for token in special {
            guard !token.isEmpty else { throw TokenizerError(.invalidRequest, "a special token is empty") }
            guard seen.insert(Array(token.utf8)).inserted else {
                throw TokenizerError(
                    .invalidRequest, "the special token \"\(token)\" is given twice or is the stand-in of a byte")
            }
        }
        self.options = options
    }

    /// Learns merges.
    /// - Parameters:
    ///   - counts: how often each pre-token occurs.
    ///   - progress: called now and then with the number of tokens so far.
    /// - Returns: at most ``Options/vocabularySize`` tokens; fewer when no pair is left that is frequent enough.
    /// - Throws: ``TokenizerError`` when there is nothing to learn from.
    public func train(
        _ counts: PretokenCounts, progress: (Int) -> Void = { _ in }
    ) throws(TokenizerError) -> LearnedVocabulary {
        guard counts.count > 0 else { throw TokenizerError(.invalidRequest, "the input is empty: there is no text") }
        var learned = LearnedVocabulary(specialTokens: options.specialTokens)
        var words = TrainingWords(counts, symbolOfByte: learned.idOfByte)
        var pairs = PairTable()
        var queue = MergeQueue()
        words.countPairs(into: &pairs)
        Self.queue(&pairs, &queue)
        while learned.tokens.count < options.vocabularySize, var best = queue.pop() {
            let count = pairs.counts[best.number]
            guard best.count == count else {
                best.count = count
                if count > 0 { queue.insert(best) }
                continue
            }
            if count < options.minimumFrequency { break }
            let (left, right) = PairTable.symbols(best.pair)
            let merged = learned.merge(left, right)
            for word in queue.takeWords(of: best) {
                words.merge(left, right, into: merged, word: word, pairs: &pairs)
            }
            Self.queue(&pairs, &queue)
            if learned.tokens.count & 255 == 0 { progress(learned.tokens.count) }
        }
        return learned
    }

    private static func queue(_ pairs: inout PairTable, _ queue: inout MergeQueue) {
        for number in pairs.touched.map(Int.init) {
            let words = pairs.takeWords(of: number)
            guard pairs.counts[number] > 0 else { continue }
            queue.push(count: pairs.counts[number], pair: pairs.pairs[number], number: number, words: words)
        }
        pairs.clearTouched()
    }
}
