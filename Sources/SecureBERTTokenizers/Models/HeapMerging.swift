/// Merging of long pre-tokens in O(n log n): symbols in a linked list, candidate pairs in a binary heap ordered by rank,
/// then position. A candidate is stale when its pair no longer has the rank it was queued with.
struct HeapMerging {
    private let merges: MergeTable
    private let ids: UnsafeMutablePointer<Int32>
    private let lengths: UnsafeMutablePointer<UInt32>
    private let count: Int
    private var previous: ContiguousArray<Int32>
    private var next: ContiguousArray<Int32>
    /// Rank in the upper half, position in the lower.
    private var heap: ContiguousArray<UInt64> = []

    /// - Parameters:
    ///   - ids: the symbols, merged in place.
    ///   - lengths: their lengths, added up in place; a merged-away symbol gets length 0.
    ///   - count: at least 2 and below 2^31.
    init(merges: MergeTable, ids: UnsafeMutablePointer<Int32>, lengths: UnsafeMutablePointer<UInt32>, count: Int) {
        self.merges = merges
        self.ids = ids
        self.lengths = lengths
        self.count = count
        previous = ContiguousArray((0..<count).lazy.map { Int32(truncatingIfNeeded: $0 &- 1) })
        next = ContiguousArray((0..<count).lazy.map { Int32(truncatingIfNeeded: $0 &+ 1) })
        next[count - 1] = -1
    }

    /// Merges until nothing merges; returns how many symbols are left at the front of `ids` and `lengths`.
    mutating func run() -> Int {
        for position in 0..<(count - 1) {
            let rank = merges.lookup(ids[position], ids[position + 1]).rank
            if rank != MergeTable.noRank { heap.append(Self.key(rank, position)) }
        }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
        while let key = popFirst() {
            let position = Int(truncatingIfNeeded: key & 0xFFFF_FFFF)
            let right = Int(next[position])
            guard lengths[position] > 0, right >= 0 else { continue }
            let pair = merges.lookup(ids[position], ids[right])
            guard pair.rank == UInt32(truncatingIfNeeded: key >> 32) else { continue }
            ids[position] = pair.result
            lengths[position] += lengths[right]
            lengths[right] = 0
            let after = next[right]
            next[position] = after
            if after >= 0 {
                previous[Int(after)] = Int32(truncatingIfNeeded: position)
                push(position, Int(after))
            }
            let before = Int(previous[position])
            if before >= 0 { push(before, position) }
        }
        var kept = 0
        for position in 0..<count where lengths[position] > 0 {
            ids[kept] = ids[position]
            lengths[kept] = lengths[position]
            kept += 1
        }
        return kept
    }

    private static func key(_ rank: UInt32, _ position: Int) -> UInt64 {
        UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: position))
    }

    private mutating func push(_ left: Int, _ right: Int) {
        let rank = merges.lookup(ids[left], ids[right]).rank
        guard rank != MergeTable.noRank else { return }
        var child = heap.count
        let key = Self.key(rank, left)
        heap.append(key)
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent] <= key { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = key
    }

    private mutating func popFirst() -> UInt64? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        return first
    }

    private mutating func siftDown(_ start: Int) {
        let key = heap[start]
        var parent = start
        while true {
            var child = parent * 2 + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            if heap[child] >= key { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = key
    }
}
