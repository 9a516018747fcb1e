/// Chooses the labels of a sentence's words together, so that they make sense one after the other.
///
/// Without a random field only the rules of BIO count: an "I-" label continues an entity of its type. With one, the learned
/// scores of transitions count as well.
package struct LabelPath: Sendable {
    private let labelCount: Int
    /// `[labels, labels]`, from row to column.
    private let transitions: [Float]
    private let start: [Float]
    private let end: [Float]

    /// What a transition that BIO does not allow costs: more than any logits can make up for.
    private static let forbidden: Float = -1e6

    /// - Parameters:
    ///   - labels: By their numbers.
    ///   - transitions: Learned scores `[labels, labels]`, from row to column; nil for none.
    ///   - start: Learned scores of the first label.
    ///   - end: Learned scores of the last label.
    package init(labels: [String], transitions: [Float]? = nil, start: [Float]? = nil, end: [Float]? = nil) {
        let tags = labels.map { (label: $0, tag: EntityTag($0)) }
        labelCount = labels.count
        var matrix = transitions ?? Array(repeating: 0, count: labels.count * labels.count)
        var first = start ?? Array(repeating: 0, count: labels.count)
        for (to, next) in tags.enumerated() where next.label.hasPrefix("I-") {
            first[to] += Self.forbidden
            for (from, previous) in tags.enumerated() where previous.tag.type != next.tag.type {
                matrix[from * labels.count + to] += Self.forbidden
            }
        }
        self.transitions = matrix
        self.start = first
        self.end = end ?? Array(repeating: 0, count: labels.count)
    }

    /// The path with the largest sum of scores (Viterbi 1967).
    /// - Parameter scores: Of the labels of each word, logits or logarithms of probabilities.
    /// - Returns: The number of each word's label.
    package func callAsFunction(_ scores: [[Float]]) -> [Int] {
        guard let first = scores.first else { return [] }
        var best = (0..<labelCount).map { start[$0] + first[$0] }
        var origins: [[Int]] = []
        for row in scores.dropFirst() {
            var next = [Float](repeating: -.infinity, count: labelCount)
            var origin = [Int](repeating: 0, count: labelCount)
            for to in 0..<labelCount {
                for from in 0..<labelCount {
                    let score = best[from] + transitions[from * labelCount + to]
                    if score > next[to] { (next[to], origin[to]) = (score, from) }
                }
                next[to] += row[to]
            }
            best = next
            origins.append(origin)
        }
        let final = (0..<labelCount).map { best[$0] + end[$0] }
        var label = final.indices.max { final[$0] < final[$1] } ?? 0
        var path = [label]
        for origin in origins.reversed() {
            label = origin[label]
            path.append(label)
        }
        return path.reversed()
    }
}
