import SecureBERTTokenizers

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A predictor that knows only how frequent each token is: what a model must beat to have learned anything from context.
public struct UnigramBaseline: Sendable {
    /// The tokenizer whose tokens were counted.
    public let tokenizer: Tokenizer
    /// How often each id occurs in the corpus.
    public let counts: [Int]
    /// The place of each id among all ids by frequency, from 0; of equally frequent ones the smaller id goes first.
    public let ranks: [Int]
    private let total: Int

    /// Counts the tokens of a corpus.
    /// - Parameters:
    ///   - tokenizer: cuts the texts.
    ///   - reader: the corpus.
    ///   - threads: how many share the work.
    /// - Throws: ``CorpusError`` when a file cannot be read or there is no text.
    public init(_ tokenizer: Tokenizer, reader: TextFiles, threads: Int) throws {
        let size = tokenizer.idBound
        let parts = try reader.reduce(threads: threads, initial: [Int](repeating: 0, count: size)) { counts, document in
            for id in try tokenizer.encode(document.string, addSpecialTokens: false).ids { counts[Int(id)] += 1 }
        }
        var counts = [Int](repeating: 0, count: size)
        for part in parts {
            for id in 0..<size { counts[id] += part[id] }
        }
        try self.init(tokenizer, counts: counts, file: reader.files.first ?? "")
    }

    /// Takes counts by id.
    package init(_ tokenizer: Tokenizer, counts: [Int], file: String = "") throws(CorpusError) {
        total = counts.reduce(0, +)
        guard total > 0 else { throw CorpusError(.empty, file: file, "the corpus of the baseline has no text") }
        self.tokenizer = tokenizer
        self.counts = counts
        var ranks = [Int](repeating: 0, count: counts.count)
        let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        for (rank, id) in order.enumerated() { ranks[id] = rank }
        self.ranks = ranks
    }

    /// The negative logarithm of a token's probability, every token counted once more than it occurs.
    public func loss(of id: Int32) -> Double {
        -log(Double(counts[Int(id)] + 1) / Double(total + counts.count))
    }
}
