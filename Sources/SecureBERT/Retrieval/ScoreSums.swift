/// Scores of documents, added up over rankings.
struct ScoreSums<Document: Hashable> {
    private var sums: [(document: Document, score: Double)] = []
    private var places: [Document: Int] = [:]

    mutating func add(_ score: Double, to document: Document) {
        if let place = places[document] {
            sums[place].score += score
        } else {
            places[document] = sums.count
            sums.append((document, score))
        }
    }

    /// The documents, best first; of equal scores the one that was added first.
    var ranked: [(document: Document, score: Double)] {
        sums.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    }
}
