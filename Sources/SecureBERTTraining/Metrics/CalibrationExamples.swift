/// What each example adds to a ``Calibration``, so that examples can be resampled: the decision on its class, or one on each of
/// several labels.
public struct CalibrationExamples: Sendable {
    private let binCount: Int
    /// For each example the bins that something of it falls into.
    private let examples: [[(bin: Int, tally: Calibration.Tally)]]

    /// Sorts the probabilities of examples into bins.
    /// - Parameters:
    ///   - probabilities: For each example those of its decisions, 0...1.
    ///   - cameTrue: For the same decisions whether it is so.
    ///   - binCount: The number of bins, at least 1.
    public init(
        probabilities: [[Double]], cameTrue: [[Bool]], binCount: Int = Calibration.defaultBinCount
    ) {
        precondition(probabilities.count == cameTrue.count, "probabilities are of different examples")
        self.binCount = binCount
        let edges = Calibration.edges(binCount)
        examples = zip(probabilities, cameTrue).map { probabilities, cameTrue in
            precondition(probabilities.count == cameTrue.count, "probabilities are of different decisions")
            var tallies: [Int: Calibration.Tally] = [:]
            for (probability, hit) in zip(probabilities, cameTrue) {
                tallies[Calibration.bin(of: probability, edges), default: .init()].add(probability, hit)
            }
            return tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    /// Number of examples.
    public var count: Int { examples.count }

    /// The calibration of all examples.
    public var calibration: Calibration { calibration(of: Array(examples.indices)) }

    /// The calibration of some examples.
    /// - Parameter sample: Their indices, each as often as the example counts.
    public func calibration(of sample: [Int]) -> Calibration {
        var tallies = [Calibration.Tally](repeating: .init(), count: binCount)
        for example in sample {
            for (bin, tally) in examples[example] { tallies[bin] += tally }
        }
        return Calibration(tallies)
    }
}
