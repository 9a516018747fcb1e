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
        precondition(binCount > 0, "there must be a bin")
        let edges = (0...binCount).map { Double($0) * (1 / Double(binCount)) }
        var sums = [(count: Int, probability: Double, hits: Int)](repeating: (0, 0, 0), count: binCount)
        for (probability, hit) in zip(probabilities, cameTrue) {
            // The first bin whose upper end is not below the probability; the last has no upper end.
            let bin = edges[1..<binCount].firstIndex { $0 >= probability }.map { $0 - 1 } ?? binCount - 1
            sums[bin].count += 1
            sums[bin].probability += probability
            sums[bin].hits += hit ? 1 : 0
        }
        bins = sums.enumerated().map { index, sum in
            Bin(
                lower: edges[index], upper: edges[index + 1], count: sum.count,
                meanProbability: Ratio.of(sum.probability, Double(sum.count)), frequency: Ratio.of(sum.hits, sum.count))
        }
    }

    /// Of the classes predicted from a softmax: is the largest probability as often right as it says?
    /// - Parameters:
    ///   - probabilities: for each example those of all classes.
    ///   - references: its right class.
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
