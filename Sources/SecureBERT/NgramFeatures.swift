#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A text as the runs of tokens that occur in it: TF-IDF over hashed n-grams of token ids, of length 1.
///
/// A run that occurs c times has the value (1 + ln c) times its inverse document frequency. Runs that fall into the same bucket
/// are counted together (feature hashing, Weinberger et al. 2009, arXiv 0902.2206).
public struct NgramFeatures: Sendable {
    /// The longest runs, in tokens.
    public let order: Int
    /// The inverse document frequency of each bucket; their number is a power of two.
    let inverseFrequency: [Float]

    /// The longest runs there can be.
    package static let orders = 1...5
    /// The most buckets, as a power of two.
    package static let bits = 1...24

    /// - Parameters:
    ///   - order: In ``orders``.
    ///   - inverseFrequency: One for each bucket.
    init(order: Int, inverseFrequency: [Float]) {
        (self.order, self.inverseFrequency) = (order, inverseFrequency)
    }

    /// Counts in how many texts each bucket occurs: its inverse frequency is ln((1 + texts) / (1 + count)) + 1, as in
    /// scikit-learn's TfidfVectorizer.
    package init(order: Int, bits: Int, texts: [[Int32]]) {
        var counts = [Float](repeating: 0, count: 1 << bits)
        for text in texts {
            for bucket in Self.counts(of: text, order: order, buckets: counts.count).keys { counts[bucket] += 1 }
        }
        let total = Float(texts.count)
        self.init(order: order, inverseFrequency: counts.map { log((1 + total) / (1 + $0)) + 1 })
    }

    /// The number of buckets.
    public var buckets: Int { inverseFrequency.count }

    /// The buckets of a text that are not empty, in order, with their values.
    package func callAsFunction(_ ids: [Int32]) -> [(bucket: Int, value: Float)] {
        var values = Self.counts(of: ids, order: order, buckets: buckets)
            .map { (bucket: $0.key, value: (1 + log(Float($0.value))) * inverseFrequency[$0.key]) }
        values.sort { $0.bucket < $1.bucket }
        let length = values.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
        guard length > 0 else { return [] }
        return values.map { ($0.bucket, $0.value / length) }
    }

    /// How often runs of each bucket occur. Ids are mixed as FNV-1a mixes bytes; the highest bits of a product with the golden
    /// ratio choose the bucket (Fibonacci hashing).
    private static func counts(of ids: [Int32], order: Int, buckets: Int) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        forEachRun(of: ids, order: order, buckets: buckets) { bucket, _ in counts[bucket, default: 0] += 1 }
        return counts
    }

    /// Calls the body with every run of tokens: its bucket, and where it stands.
    private static func forEachRun(of ids: [Int32], order: Int, buckets: Int, _ body: (Int, Range<Int>) -> Void) {
        let shift = UInt64(64 - buckets.trailingZeroBitCount)
        for start in ids.indices {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for index in start..<min(start + order, ids.count) {
                hash = (hash ^ UInt64(UInt32(bitPattern: ids[index]))) &* 0x100_0000_01b3
                body(Int((hash &* 0x9e37_79b9_7f4a_7c15) >> shift), start..<index + 1)
            }
        }
    }

    /// For each token its part of a linear function of the features: a bucket's value, times its weight, is shared by the runs that
    /// fall into it, and the part of a run by its tokens. The parts add up to the function.
    func shares(of ids: [Int32], weight: (_ bucket: Int) -> Float) -> [Float] {
        let counts = Self.counts(of: ids, order: order, buckets: buckets)
        let values = Dictionary(self(ids).map { ($0.bucket, $0.value) }, uniquingKeysWith: { first, _ in first })
        var shares = [Float](repeating: 0, count: ids.count)
        Self.forEachRun(of: ids, order: order, buckets: buckets) { bucket, run in
            guard let value = values[bucket], let count = counts[bucket] else { return }
            let share = value * weight(bucket) / Float(count * run.count)
            for index in run { shares[index] += share }
        }
        return shares
    }
}
