#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a ``MaskedLossTest`` measured.
public struct MaskedLoss: Sendable {
    /// Sums over masked tokens.
    public struct Sum: Sendable, Equatable {
        /// Number of masked tokens.
        public var tokens = 0
        /// Sum of their losses in nats.
        public var loss = 0.0
        /// How many of them had the largest logit.
        public var found = 0

        mutating func add(_ other: Sum) {
            tokens += other.tokens
            loss += other.loss
            found += other.found
        }
    }

    /// The figures of a group of texts, or of all.
    public struct Score: Sendable, Equatable {
        /// Number of texts.
        public let documents: Int
        /// Number of masked tokens.
        public let maskedTokens: Int
        /// The mean of -log p(token) over the masked tokens, in nats.
        public let loss: Double
        /// The 95 % interval of the loss by resampling texts.
        public let interval: ClosedRange<Double>
        /// Share of the masked tokens that the model thought most probable.
        public let accuracy: Double
        /// The loss in bits, times the tokens each byte of text takes: comparable between vocabularies, which the loss is
        /// not.
        public let bitsPerByte: Double

        /// The exponential of the loss: among how many equally probable tokens the model was in doubt.
        public var perplexity: Double { exp(loss) }
    }

    private let seed: UInt64
    private var documents: [(group: String, sum: Sum)] = []
    private var sizes: [String: (tokens: Int, bytes: Int)] = [:]

    package init(seed: UInt64) { self.seed = seed }

    package mutating func add(_ loss: Double, isFound: Bool, document: Int, group: String) {
        while documents.count <= document { documents.append((group, Sum())) }
        documents[document].group = group
        documents[document].sum.add(Sum(tokens: 1, loss: loss, found: isFound ? 1 : 0))
    }

    package mutating func addText(tokens: Int, bytes: Int, group: String) {
        let size = sizes[group] ?? (0, 0)
        sizes[group] = (size.tokens + tokens, size.bytes + bytes)
    }

    /// The sums over all texts.
    public var total: Sum { Self.sum(documents) }

    private static func sum(_ documents: [(group: String, sum: Sum)]) -> Sum {
        documents.reduce(into: Sum()) { $0.add($1.sum) }
    }

    /// What the texts say they are, in order.
    public var groups: [String] { sizes.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// The figures of a group, or of all texts.
    public func score(group: String? = nil) -> Score {
        let documents = documents.filter { $0.sum.tokens > 0 && (group == nil || $0.group == group) }
        let sum = Self.sum(documents)
        let size = sizes.filter { group == nil || $0.key == group }.values.reduce((0, 0)) {
            ($0.0 + $1.tokens, $0.1 + $1.bytes)
        }
        let loss = sum.tokens == 0 ? 0 : sum.loss / Double(sum.tokens)
        let units = documents.map { ($0.sum.loss, Double($0.sum.tokens)) }
        return Score(
            documents: documents.count, maskedTokens: sum.tokens, loss: loss,
            interval: Bootstrap.interval(units, seed: seed) ?? loss...loss,
            accuracy: sum.tokens == 0 ? 0 : Double(sum.found) / Double(sum.tokens),
            bitsPerByte: size.1 == 0 ? 0 : loss / log(2) * Double(size.0) / Double(size.1))
    }
}
