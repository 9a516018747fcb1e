/// What kinds of mistakes were made on named entities.
///
/// Within a sentence each reference is matched with at most one prediction, in this order: equal ones; equal places with
/// another type; overlapping ones of the same type, the largest overlap first; overlapping ones of another type. What is left
/// was missed, or is spurious.
public struct EntityErrors: Sendable, Equatable {
    /// Types, by the bytes of their names.
    public let types: [String]
    /// Place and type right.
    public private(set) var correct = 0
    /// The place right, the type wrong.
    public private(set) var wrongType = 0
    /// The type right, the place overlapping.
    public private(set) var boundary = Boundary()
    /// The place overlapping, the type wrong.
    public private(set) var wrongTypeAndBoundary = 0
    /// References without a prediction.
    public private(set) var missed = 0
    /// Predictions without a reference.
    public private(set) var spurious = 0
    /// `confusion[r][p]`: references of type r matched with predictions of type p, in the order of ``types``; the last row is
    /// of spurious predictions and the last column of missed references.
    public private(set) var confusion: [[Int]]
    /// With a match of any overlap as right when the type is.
    public private(set) var overlapping = MatchCounts()

    /// How places of the right type differ.
    public struct Boundary: Sendable, Equatable {
        /// The prediction is inside of the reference.
        public fileprivate(set) var tooShort = 0
        /// The reference is inside of the prediction.
        public fileprivate(set) var tooLong = 0
        /// Neither is.
        public fileprivate(set) var shifted = 0

        /// All three.
        public var total: Int { tooShort + tooLong + shifted }
    }

    /// F1 with half a point for a boundary error, the "partial" measure of MUC-5 and SemEval-2013.
    public var partialF1: Double {
        Ratio.of(
            2 * (Double(correct) + Double(boundary.total) / 2), Double(overlapping.predicted + overlapping.actual))
    }

    /// Compares entities.
    /// - Parameters:
    ///   - references: for each sentence the right ones.
    ///   - predictions: those found, for the same sentences.
    public init(references: [[EntitySpan]], predictions: [[EntitySpan]]) {
        precondition(references.count == predictions.count, "references and predictions are of different sentences")
        let names = Set((references + predictions).joined().map(\.type))
        types = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        confusion = Array(repeating: Array(repeating: 0, count: types.count + 1), count: types.count + 1)
        let indices = Dictionary(uniqueKeysWithValues: types.enumerated().map { ($0.element, $0.offset) })
        for (references, predictions) in zip(references, predictions) {
            add(references, predictions, indices)
        }
    }

    /// Compares tags.
    public init(references: [[String]], predictions: [[String]], reading: TagReading = .lenient) {
        self.init(references: references.map(reading.spans), predictions: predictions.map(reading.spans))
    }

    private mutating func add(_ references: [EntitySpan], _ predictions: [EntitySpan], _ indices: [String: Int]) {
        var candidates: [(quality: Int, overlap: Int, reference: Int, prediction: Int)] = []
        for (first, reference) in references.enumerated() {
            for (second, prediction) in predictions.enumerated() {
                let overlap = reference.range.clamped(to: prediction.range).count
                guard overlap > 0 else { continue }
                let (samePlace, sameType) = (reference.range == prediction.range, reference.type == prediction.type)
                let quality = samePlace ? (sameType ? 0 : 1) : (sameType ? 2 : 3)
                candidates.append((quality, overlap, first, second))
            }
        }
        candidates.sort {
            ($0.quality, -$0.overlap, $0.reference, $0.prediction) < (
                $1.quality, -$1.overlap, $1.reference, $1.prediction
            )
        }
        var (open, free) = (Set(references.indices), Set(predictions.indices))
        for candidate in candidates where open.contains(candidate.reference) && free.contains(candidate.prediction) {
            open.remove(candidate.reference)
            free.remove(candidate.prediction)
            count(references[candidate.reference], predictions[candidate.prediction], candidate.quality, indices)
        }
        missed += open.count
        spurious += free.count
        for reference in open { tally(indices[references[reference].type], nil) }
        for prediction in free { tally(nil, indices[predictions[prediction].type]) }
        overlapping.actual += references.count
        overlapping.predicted += predictions.count
    }

    private mutating func count(
        _ reference: EntitySpan, _ prediction: EntitySpan, _ quality: Int, _ indices: [String: Int]
    ) {
        tally(indices[reference.type], indices[prediction.type])
        switch quality {
        case 0: correct += 1
        case 1: wrongType += 1
        case 3: wrongTypeAndBoundary += 1
        default:
            if prediction.range.clamped(to: reference.range) == prediction.range {
                boundary.tooShort += 1
            } else if reference.range.clamped(to: prediction.range) == reference.range {
                boundary.tooLong += 1
            } else {
                boundary.shifted += 1
            }
        }
        if reference.type == prediction.type { overlapping.truePositives += 1 }
    }

    private mutating func tally(_ reference: Int?, _ prediction: Int?) {
        confusion[reference ?? types.count][prediction ?? types.count] += 1
    }
}
