#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keyword search: Okapi BM25 in Lucene's variant, whose weights of words are never negative and whose scores leave out
/// the constant factor (k1 + 1), as in bm25s' default.
///
/// A document's score is the sum over the query's words, as often as they occur in the query, of
/// `log(1 + (N - n + 0.5) / (n + 0.5)) * f / (f + k1 * (1 - b + b * length / mean length))`, where the word occurs f times in the
/// document and in n of the N documents.
public struct BM25: Sendable {
    /// The two constants.
    public struct Options: Sendable {
        /// How slowly more occurrences of a word stop counting.
        public var k1 = 1.5
        /// How much long documents are held back, 0...1.
        public var b = 0.75

        /// k1 = 1.5 and b = 0.75.
        public init() {}
    }

    /// A document found.
    public struct Hit: Sendable, Equatable {
        /// The index of the document.
        public let document: Int
        /// Its score, above 0.
        public let score: Double
    }

    /// What a word adds to the score of a document that has it.
    private struct Posting {
        let document: Int32
        let score: Double
    }

    /// Number of documents.
    public let documentCount: Int
    private let words: SearchWords
    private let indices: [String: Int]
    private let postings: [[Posting]]

    /// Indexes documents. Memory: about 16 bytes for each different word of each document.
    /// - Parameters:
    ///   - documents: the texts, at most 2^31.
    ///   - words: cuts documents and queries into words.
    ///   - options: the two constants.
    public init(documents: [String], words: SearchWords = SearchWords(), options: Options = Options()) {
        documentCount = documents.count
        self.words = words
        var indices: [String: Int] = [:]
        var occurrences: [[(document: Int32, count: Int32)]] = []
        var lengths: [Double] = []
        lengths.reserveCapacity(documents.count)
        for (document, text) in documents.enumerated() {
            let words = words(text)
            lengths.append(Double(words.count))
            for word in words {
                let index = indices[word] ?? occurrences.count
                if index == occurrences.count {
                    indices[word] = index
                    occurrences.append([])
                }
                if let last = occurrences[index].indices.last, occurrences[index][last].document == document {
                    occurrences[index][last].count += 1
                } else {
                    occurrences[index].append((Int32(document), 1))
                }
            }
        }
        self.indices = indices
        let total = Double(documents.count)
        let meanLength = lengths.reduce(0, +) / max(1, total)
        postings = occurrences.map { occurrences in
            let documents = Double(occurrences.count)
            let weight = log(1 + (total - documents + 0.5) / (documents + 0.5))
            return occurrences.map { document, count in
                let length = lengths[Int(document)] / meanLength
                let frequency = Double(count)
                return Posting(
                    document: document,
                    score: weight * frequency / (frequency + options.k1 * (1 - options.b + options.b * length)))
            }
        }
    }

    /// The score of every document; 0 for those without a word of the query.
    public func scores(_ query: String) -> [Double] {
        var scores = [Double](repeating: 0, count: documentCount)
        for word in words(query) {
            guard let index = indices[word] else { continue }
            for posting in postings[index] { scores[Int(posting.document)] += posting.score }
        }
        return scores
    }

    /// The best documents that have a word of the query, best first; of equal scores the one indexed first.
    public func search(_ query: String, limit: Int) -> [Hit] {
        let scores = scores(query)
        let found = scores.indices.filter { scores[$0] > 0 }
        let best = found.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        return best.prefix(max(0, limit)).map { Hit(document: $0, score: scores[$0]) }
    }
}
