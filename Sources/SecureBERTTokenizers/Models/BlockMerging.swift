/// Merging of long pre-tokens: always the pair of lowest rank, leftmost among equals, as for short ones, in time that grows
/// little faster than the length and in few bytes per symbol. A line may be one pre-token of millions of letters.
///
/// Symbols stand in blocks of at most ``blockSize``, each packed at the front of its part of the arrays, so that taking one away
/// moves few others and no links are needed between symbols. Beside each symbol stands the rank of its pair with the next. A heap
/// holds the lowest rank of every block; an entry is stale when it is no longer that.
struct BlockMerging {
    /// Symbols that a block starts with.
    static let blockSize = 128

    private let merges: MergeTable
    private let ids: UnsafeMutablePointer<Int32>
    private let lengths: UnsafeMutablePointer<UInt32>?
    private let symbolCount: Int
    /// Rank of the pair of each symbol with the next, without its last ``rankShift`` bits; `noPair` when they do not merge.
    private let pairs: UnsafeMutablePointer<UInt16>
    /// How many bits a rank is too long for `pairs`: none up to 65,535 merges.
    private let rankShift: UInt32
    private var blocks: ContiguousArray<Block> = []
    /// Rank in the upper half, block in the lower; a binary heap.
    private var queue: ContiguousArray<UInt64> = []

    private struct Block {
        var count: Int
        /// The neighbouring blocks that have symbols, -1 at the ends.
        var previous: Int
        var next: Int
        /// The rank the block is queued with: the lowest of a pair that starts in it.
        var rank = MergeTable.noRank
    }

    private static let noPair = UInt16.max

    /// Merges until nothing merges; returns how many symbols are left at the front of `ids` and `lengths`.
    /// - Parameters:
    ///   - merges: the merges and their ranks.
    ///   - ids: the symbols, merged in place.
    ///   - lengths: their lengths, added up in place; nil when nobody needs them.
    ///   - count: how many symbols; at least 2 and below 2^31.
    static func merge(
        _ merges: MergeTable, ids: UnsafeMutablePointer<Int32>, lengths: UnsafeMutablePointer<UInt32>?, count: Int
    ) -> Int {
        let pairs = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
        defer { pairs.deallocate() }
        var merging = BlockMerging(merges, ids: ids, lengths: lengths, count: count, pairs: pairs)
        merging.run()
        return merging.pack()
    }

    private init(
        _ merges: MergeTable, ids: UnsafeMutablePointer<Int32>, lengths: UnsafeMutablePointer<UInt32>?, count: Int,
        pairs: UnsafeMutablePointer<UInt16>
    ) {
        self.merges = merges
        self.ids = ids
        self.lengths = lengths
        self.pairs = pairs
        symbolCount = count
        var shift: UInt32 = 0
        while (merges.rankBound - 1) >> shift >= Int(Self.noPair) { shift += 1 }
        rankShift = shift
        let blockCount = (count + Self.blockSize - 1) / Self.blockSize
        blocks.reserveCapacity(blockCount)
        queue.reserveCapacity(blockCount)
        for block in 0..<blockCount {
            blocks.append(
                Block(
                    count: min(Self.blockSize, count - block * Self.blockSize), previous: block - 1,
                    next: block + 1 < blockCount ? block + 1 : -1))
        }
        for position in 0..<(count - 1) {
            pairs[position] = pairClass(merges.lookup(ids[position], ids[position + 1]).rank)
        }
        pairs[count - 1] = Self.noPair
        for block in 0..<blockCount { queueAgain(block) }
    }

    private mutating func run() {
        while let entry = popFirst() {
            let block = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
            let rank = UInt32(truncatingIfNeeded: entry >> 32)
            guard blocks[block].rank == rank else { continue }
            blocks[block].rank = MergeTable.noRank
            merge(rank, in: block)
        }
    }

    /// Merges the pairs of this rank in the block from left to right, until one gives a pair that goes before the rest.
    private mutating func merge(_ rank: UInt32, in block: Int) {
        let start = block * Self.blockSize
        let wanted = pairClass(rank)
        var position = start
        while position < start + blocks[block].count {
            guard pairs[position] == wanted else {
                position += 1
                continue
            }
            // Several ranks may share a class, and a symbol may have come to the front of the next block since.
            let right = symbol(after: position, in: block)
            let pair = merges.lookup(ids[position], ids[right.position])
            guard pair.rank == rank else {
                position += 1
                continue
            }
            ids[position] = pair.result
            if let lengths { lengths[position] += lengths[right.position] }
            remove(right.position, in: right.block)
            var lowest = look(atPairOf: position, in: block)
            if let left = symbol(before: position, in: block) {
                lowest = min(lowest, look(atPairOf: left.position, in: left.block))
                if left.block != block { queueAgain(left.block) }
            }
            if lowest <= rank { break }
            position += 1
        }
        queueAgain(block)
    }

    /// The symbol behind one whose pair has a rank, so that there is one.
    @inline(__always)
    private func symbol(after position: Int, in block: Int) -> (position: Int, block: Int) {
        if position + 1 < block * Self.blockSize + blocks[block].count { return (position + 1, block) }
        let next = blocks[block].next
        return (next * Self.blockSize, next)
    }

    @inline(__always)
    private func symbol(before position: Int, in block: Int) -> (position: Int, block: Int)? {
        if position > block * Self.blockSize { return (position - 1, block) }
        let previous = blocks[block].previous
        return previous < 0 ? nil : (previous * Self.blockSize + blocks[previous].count - 1, previous)
    }

    /// Looks up the pair of a symbol with the next again; returns its rank.
    private func look(atPairOf position: Int, in block: Int) -> UInt32 {
        var rank = MergeTable.noRank
        if position + 1 < block * Self.blockSize + blocks[block].count || blocks[block].next >= 0 {
            rank = merges.lookup(ids[position], ids[symbol(after: position, in: block).position]).rank
        }
        pairs[position] = pairClass(rank)
        return rank
    }

    /// Takes a symbol away.
    private mutating func remove(_ position: Int, in block: Int) {
        let isFirst = position == block * Self.blockSize
        blocks[block].count -= 1
        let behind = block * Self.blockSize + blocks[block].count - position
        (ids + position).update(from: ids + position + 1, count: behind)
        (pairs + position).update(from: pairs + position + 1, count: behind)
        if let lengths { (lengths + position).update(from: lengths + position + 1, count: behind) }
        if blocks[block].count == 0 {
            let (previous, next) = (blocks[block].previous, blocks[block].next)
            if previous >= 0 { blocks[previous].next = next }
            if next >= 0 { blocks[next].previous = previous }
            blocks[block].rank = MergeTable.noRank
        } else if isFirst {
            queueAgain(block)
        }
    }

    /// The symbols of all blocks, brought together at the front; returns their number.
    private func pack() -> Int {
        var kept = 0
        var block = 0
        while block >= 0 {
            let (start, count) = (block * Self.blockSize, blocks[block].count)
            (ids + kept).update(from: ids + start, count: count)
            if let lengths { (lengths + kept).update(from: lengths + start, count: count) }
            kept += count
            block = blocks[block].next
        }
        return kept
    }

    // MARK: - Ranks

    /// A rank as `pairs` holds it.
    @inline(__always)
    private func pairClass(_ rank: UInt32) -> UInt16 {
        rank == MergeTable.noRank ? Self.noPair : UInt16(truncatingIfNeeded: rank >> rankShift)
    }

    /// The lowest rank of a pair that starts in the block.
    private func lowestRank(in block: Int) -> UInt32 {
        let start = block * Self.blockSize
        let end = start + blocks[block].count
        var lowest = Self.noPair
        for position in start..<end { lowest = min(lowest, pairs[position]) }
        if lowest == Self.noPair { return MergeTable.noRank }
        if rankShift == 0 { return UInt32(lowest) }
        var rank = MergeTable.noRank
        for position in start..<end where pairs[position] == lowest {
            rank = min(rank, merges.lookup(ids[position], ids[symbol(after: position, in: block).position]).rank)
        }
        return rank
    }

    /// Sees to it that the block is in the queue with its lowest rank.
    private mutating func queueAgain(_ block: Int) {
        let rank = lowestRank(in: block)
        guard rank != blocks[block].rank else { return }
        blocks[block].rank = rank
        if rank != MergeTable.noRank { push(UInt64(rank) << 32 | UInt64(truncatingIfNeeded: block)) }
    }

    // MARK: - Queue

    private mutating func push(_ entry: UInt64) {
        var child = queue.count
        queue.append(entry)
        while child > 0 {
            let parent = (child - 1) / 2
            if queue[parent] <= entry { break }
            queue[child] = queue[parent]
            child = parent
        }
        queue[child] = entry
    }

    private mutating func popFirst() -> UInt64? {
        guard let first = queue.first, let last = queue.popLast() else { return nil }
        if queue.isEmpty { return first }
        var parent = 0
        while true {
            var child = parent * 2 + 1
            if child >= queue.count { break }
            if child + 1 < queue.count, queue[child + 1] < queue[child] { child += 1 }
            if queue[child] >= last { break }
            queue[parent] = queue[child]
            parent = child
        }
        queue[parent] = last
        return first
    }
}
