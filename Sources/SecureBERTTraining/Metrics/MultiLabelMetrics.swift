/// How well any number of labels an example was found, as scikit-learn defines the figures for indicator matrices.
public struct MultiLabelMetrics: Sendable {
    /// The labels' names.
    public let labels: [String]
    /// The counts of each label.
    public let counts: [MatchCounts]
    /// Averages over all labels, also those that never occur.
    public let averages: ClassAverages
    /// Means over the examples of their own precision, recall and F1; scikit-learn's `samples`. An example without labels
    /// and predictions counts 0.
    public let perExample: (precision: Double, recall: Double, f1: Double)
    /// The share of examples of which every label is right.
    public let subsetAccuracy: Double
    /// The share of wrong decisions among all, an example and a label each.
    public let hammingLoss: Double
    private let examples: [Example]

    private struct Example {
        let references: [Int]
        let predictions: [Int]
        let shared: [Int]

        var counts: MatchCounts {
            MatchCounts(truePositives: shared.count, predicted: predictions.count, actual: references.count)
        }
    }

    /// Compares predictions with references.
    /// - Parameters:
    ///   - references: for each example the indices of its labels, each once.
    ///   - predictions: for the same examples those predicted, each once.
    ///   - labels: the names of the labels.
    public init(references: [[Int]], predictions: [[Int]], labels: [String]) {
        precondition(references.count == predictions.count, "references and predictions are of different examples")
        self.labels = labels
        examples = zip(references, predictions).map {
            let found = Set($1)
            return Example(references: $0, predictions: $1, shared: $0.filter(found.contains))
        }
        counts = Self.counts(examples.indices, examples, labels.count)
        averages = ClassAverages(counts)
        let own = examples.map(\.counts)
        perExample = (Ratio.mean(own.map(\.precision)), Ratio.mean(own.map(\.recall)), Ratio.mean(own.map(\.f1)))
        let wrong = own.map { $0.predicted + $0.actual - 2 * $0.truePositives }
        subsetAccuracy = Ratio.of(wrong.count { $0 == 0 }, wrong.count)
        hammingLoss = Ratio.of(wrong.reduce(0, +), wrong.count * labels.count)
    }

    /// Matthews' correlation coefficient of each label; nil for labels that all examples or none have.
    public var matthewsCorrelations: [Double?] { counts.map { $0.matthewsCorrelation(among: examples.count) } }

    /// The mean of ``matthewsCorrelations`` over the labels where it is defined; nil when there are none.
    public var macroMatthewsCorrelation: Double? { Ratio.meanOfDefined(matthewsCorrelations) }

    /// What was given in place of what. `confusion[r][p]`: with r = p, examples of label r that were given it; otherwise examples
    /// that were not given their label r and wrongly were given p, each such pair of an example once. The last row is of wrong
    /// labels of examples that miss none, the last column of missed labels of examples without a wrong one.
    public var confusion: [[Int]] {
        let none = labels.count
        var confusion = Array(repeating: Array(repeating: 0, count: none + 1), count: none + 1)
        for example in examples {
            let shared = Set(example.shared)
            for label in shared { confusion[label][label] += 1 }
            let missed = example.references.filter { !shared.contains($0) }
            let wrong = example.predictions.filter { !shared.contains($0) }
            guard !missed.isEmpty || !wrong.isEmpty else { continue }
            let (rows, columns) = (missed.isEmpty ? [none] : missed, wrong.isEmpty ? [none] : wrong)
            for row in rows { for column in columns { confusion[row][column] += 1 } }
        }
        return confusion
    }

    private static func counts(_ sample: some Sequence<Int>, _ examples: [Example], _ labels: Int) -> [MatchCounts] {
        var counts = [MatchCounts](repeating: .init(), count: labels)
        for index in sample {
            for label in examples[index].references { counts[label].actual += 1 }
            for label in examples[index].predictions { counts[label].predicted += 1 }
            for label in examples[index].shared { counts[label].truePositives += 1 }
        }
        return counts
    }

    /// The 95 % interval of a figure by resampling examples; nil without examples.
    /// - Parameters:
    ///   - seed: of the samples.
    ///   - statistic: of the averages and the counts of ``labels``.
    public func interval(
        seed: UInt64 = 0, _ statistic: (ClassAverages, [MatchCounts]) -> Double
    ) -> ClosedRange<Double>? {
        Bootstrap.interval(count: examples.count, seed: seed) { sample in
            let counts = Self.counts(sample, examples, labels.count)
            return statistic(ClassAverages(counts), counts)
        }
    }
}
