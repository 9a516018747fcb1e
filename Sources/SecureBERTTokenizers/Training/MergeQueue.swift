/// The pairs that could be merged next: the most frequent first, of equally frequent ones that with the smaller ids.
struct MergeQueue {
    /// A pair with the words it is to be merged in.
    struct Candidate {
        var count: Int
        let pair: UInt64
        /// The number of the pair in the table of pairs.
        let number: Int
        /// When it was queued; decides between two candidates with the same pair.
        let order: Int

        @inline(__always)
        func precedes(_ other: Candidate) -> Bool {
            if count != other.count { return count > other.count }
            if pair != other.pair { return pair < other.pair }
            return order < other.order
        }
    }

    private var heap: [Candidate] = []
    /// Words of each candidate, by its order; emptied when it is taken.
    private var words: [[Int32]] = []

    /// Queues a pair.
    mutating func push(count: Int, pair: UInt64, number: Int, words: [Int32]) {
        insert(Candidate(count: count, pair: pair, number: number, order: self.words.count))
        self.words.append(words)
    }

    /// Puts a candidate back whose count was out of date.
    mutating func insert(_ candidate: Candidate) {
        var child = heap.count
        heap.append(candidate)
        while child > 0 {
            let parent = (child - 1) / 2
            guard candidate.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = candidate
    }

    /// Takes the first candidate.
    mutating func pop() -> Candidate? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last) }
        return first
    }

    private mutating func sink(_ candidate: Candidate) {
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(candidate) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = candidate
    }

    /// Hands the words of a candidate out.
    mutating func takeWords(of candidate: Candidate) -> [Int32] {
        let result = words[candidate.order]
        words[candidate.order] = []
        return result
    }
}
