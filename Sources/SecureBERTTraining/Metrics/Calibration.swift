/// How far the probabilities a model gives are from how often it is right: the reliability curve and the expected calibration
/// error (Naeini et al. 2015) over bins of equal width.
public struct Calibration: Sendable {
    /// A range of probabilities.
    public struct Bin: Sendable, Equatable {
        /// The lower end, not included except 0.
        public let lower: Double
        /// The upper end, included.
        public let upper: Double
        /// Number of probabilities in it.
        public let count: Int
        /// Their mean; 0 without any.
        public let meanProbability: Double
        /// How often it came true; 0 without any.
        public let frequency: Double
    }

    /// The bins, in order, also those without probabilities.
    public let bins: [Bin]

    /// How many bins there are unless another number is given.
    public static let defaultBinCount = 15

    /// Compares probabilities with what came true.
    /// - Parameters:
    ///   - probabilities: 0...1; of a class in question, or of the class predicted.
    ///   - cameTrue: whether the example is of the class.
    ///   - binCount: the number of bins, at least 1.
    public init(probabilities: [Double], cameTrue: [Bool], binCount: Int = defaultBinCount) {
        precondition(probabilities.count == cameTrue.count, "probabilities are of different examples")
        let edges = Self.edges(binCount)
        var tallies = [Tally](repeating: Tally(), count: binCount)
        for (probability, hit) in zip(probabilities, cameTrue) {
            tallies[Self.bin(of: probability, edges)].add(probability, hit)
        }
        self.init(tallies)
    }

    /// A calibration counted elsewhere.
    /// - Parameter tallies: Of the bins, in order.
    init(_ tallies: [Tally]) {
        let edges = Self.edges(tallies.count)
        bins = tallies.enumerated().map { index, tally in
            Bin(
                lower: edges[index], upper: edges[index + 1], count: tally.count,
                meanProbability: Ratio.of(tally.probability, Double(tally.count)),
                frequency: Ratio.of(tally.hits, tally.count))
        }
    }

    /// What fell into a bin.
    struct Tally: Sendable {
        private(set) var count = 0
        /// The sum of the probabilities.
        private(set) var probability = 0.0
        /// How often it came true.
        private(set) var hits = 0

        mutating func add(_ probability: Double, _ hit: Bool) {
            count += 1
            self.probability += probability
            hits += hit ? 1 : 0
        }

        static func += (sum: inout Tally, other: Tally) {
            sum.count += other.count
            sum.probability += other.probability
            sum.hits += other.hits
        }
    }

    /// The ends of the bins, one more than bins.
    static func edges(_ binCount: Int) -> [Double] {
        precondition(binCount > 0, "there must be a bin")
        return (0...binCount).map { Double($0) * (1 / Double(binCount)) }
    }

    /// The first bin whose upper end is not below the probability; the last has no upper end.
    static func bin(of probability: Double, _ edges: [Double]) -> Int {
        let last = edges.count - 2
        return edges[1..<last + 1].firstIndex { $0 >= probability }.map { $0 - 1 } ?? last
    }

    /// Of the classes predicted from a softmax: is the largest probability as often right as it says?
    /// - Parameters:
    ///   - probabilities: for each example those of all classes.
    ///   - references: its right class.
    ///   - binCount: how many bins of equal width the probabilities are sorted into.
    public init(probabilities: [[Double]], references: [Int], binCount: Int = defaultBinCount) {
        let predictions = probabilities.map { $0.indexOfMaximum ?? 0 }
        self.init(
            probabilities: zip(probabilities, predictions).map { $1 < $0.count ? $0[$1] : 0 },
            cameTrue: zip(predictions, references).map { $0 == $1 }, binCount: binCount)
    }

    private var total: Int { bins.reduce(0) { $0 + $1.count } }

    /// The mean distance between probability and frequency, each bin weighted by its count.
    public var expectedError: Double {
        Ratio.of(
            bins.reduce(0) { $0 + abs($1.meanProbability - $1.frequency) * Double($1.count) }, Double(total))
    }

    /// The largest distance in a bin that has probabilities.
    public var maximumError: Double { bins.lazy.map { abs($0.meanProbability - $0.frequency) }.max() ?? 0 }
}
