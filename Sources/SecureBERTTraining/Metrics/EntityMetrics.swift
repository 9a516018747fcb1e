/// How well named entities were found: an entity counts when both ends and its type are right.
///
/// The figures are those of seqeval 1.2.2: with ``TagReading/lenient`` of its default mode, which is conlleval's, and with
/// ``TagReading/strict`` of `mode="strict", scheme=IOB2`.
public struct EntityMetrics: Sendable {
    /// The types that occur in references or predictions, by the bytes of their names.
    public let types: [String]
    /// The counts of each of them.
    public let counts: [MatchCounts]
    /// Micro, macro and weighted averages over them.
    public let averages: ClassAverages
    /// For each sentence the types it has anything of, by index, with their counts.
    private let sentences: [[(type: Int, counts: MatchCounts)]]

    /// Compares tags.
    /// - Parameters:
    ///   - references: for each sentence the right tags.
    ///   - predictions: the tags found, for the same sentences and words.
    ///   - reading: how tags become entities.
    public init(references: [[String]], predictions: [[String]], reading: TagReading = .lenient) {
        self.init(references: references.map(reading.spans), predictions: predictions.map(reading.spans))
    }

    /// Compares entities, for example by their places in a text.
    /// - Parameters:
    ///   - references: for each sentence or text the right ones, each once.
    ///   - predictions: those found, for the same sentences.
    public init(references: [[EntitySpan]], predictions: [[EntitySpan]]) {
        precondition(references.count == predictions.count, "references and predictions are of different sentences")
        let names = Set((references + predictions).joined().map(\.type))
        types = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let indices = Dictionary(uniqueKeysWithValues: types.enumerated().map { ($0.element, $0.offset) })
        sentences = zip(references, predictions).map { references, predictions in
            var counts: [Int: MatchCounts] = [:]
            let (actual, predicted) = (Set(references), Set(predictions))
            for entity in actual {
                guard let index = indices[entity.type] else { continue }
                counts[index, default: .init()].actual += 1
                if predicted.contains(entity) { counts[index, default: .init()].truePositives += 1 }
            }
            for entity in predicted {
                guard let index = indices[entity.type] else { continue }
                counts[index, default: .init()].predicted += 1
            }
            return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        var totals = [MatchCounts](repeating: .init(), count: types.count)
        for (type, counts) in sentences.joined() { totals[type] += counts }
        counts = totals
        averages = ClassAverages(totals)
    }

    /// Number of sentences.
    public var sentenceCount: Int { sentences.count }

    /// The 95 % interval of a figure by resampling sentences; nil without sentences.
    /// - Parameters:
    ///   - seed: of the samples.
    ///   - statistic: of the averages and the counts of ``types``, for example `{ averages, _ in averages.micro.f1 }`.
    public func interval(
        seed: UInt64 = 0, _ statistic: (ClassAverages, [MatchCounts]) -> Double
    ) -> ClosedRange<Double>? {
        Bootstrap.interval(count: sentences.count, seed: seed) { sample in
            let counts = counts(ofSentences: sample)
            return statistic(ClassAverages(counts), counts)
        }
    }

    /// The counts of each of ``types`` in some sentences, each as often as it is given.
    func counts(ofSentences sample: [Int]) -> [MatchCounts] {
        var totals = [MatchCounts](repeating: .init(), count: types.count)
        for sentence in sample {
            for (type, counts) in sentences[sentence] { totals[type] += counts }
        }
        return totals
    }
}
