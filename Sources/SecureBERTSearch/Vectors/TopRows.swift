/// A row of a vector file and how near it is to the query.
public struct Neighbor: Sendable, Equatable {
    /// Counted from 0 at the start of the file.
    public let row: Int
    /// The inner product of query and row as the file stores them; higher is nearer. Of signs alone, the part of the dimensions
    /// that agree less the part that do not, -1 to 1.
    public let score: Float

    /// A row and its score.
    public init(row: Int, score: Float) {
        self.row = row
        self.score = score
    }

    /// Whether this one belongs before the other in a result: the higher score, of equal ones the lower row.
    func precedes(_ other: Neighbor) -> Bool {
        score > other.score || (score == other.score && row < other.row)
    }
}

/// The best so many rows of those offered, whatever their order.
struct TopRows {
    /// A heap whose first element is the worst.
    private var heap: [Neighbor] = []
    private let limit: Int
    /// Rows with a lower score cannot get in any more.
    private(set) var threshold = -Float.infinity

    /// - Parameter limit: How many to keep; at most the number of rows there are, so that it bounds the memory.
    init(limit: Int) {
        self.limit = max(0, limit)
        heap.reserveCapacity(self.limit)
    }

    /// The best rows, best first.
    var sorted: [Neighbor] { heap.sorted { $0.precedes($1) } }

    /// Takes a row if it is among the best so far. A score that is not a number never is.
    mutating func offer(row: Int, score: Float) {
        // Written so that NaN fails.
        guard score >= threshold, limit > 0 else { return }
        let new = Neighbor(row: row, score: score)
        if heap.count < limit {
            heap.append(new)
            rise(from: heap.count - 1)
            if heap.count == limit { threshold = heap[0].score }
        } else if new.precedes(heap[0]) {
            heap[0] = new
            sink()
            threshold = heap[0].score
        }
    }

    /// Takes the rows of another.
    mutating func merge(_ other: TopRows) {
        for neighbor in other.heap { offer(row: neighbor.row, score: neighbor.score) }
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0, heap[(child - 1) / 2].precedes(heap[child]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[worst].precedes(heap[child])
            {
                worst = child
            }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
