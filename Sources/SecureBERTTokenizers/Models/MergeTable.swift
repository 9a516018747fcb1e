/// The merges of a byte-pair model: for a pair of ids, its rank and the id of the merged token.
///
/// Open addressing in one flat block; a lookup is usually one cache line. Unchecked because of the raw pointer: the
/// block is written by `init` and only read afterwards.
final class MergeTable: @unchecked Sendable {
    /// A pair of tokens and the token they merge to, as ids.
    struct Merge {
        var left: Int32
        var right: Int32
        var result: Int32
    }

    private struct Slot {
        var pair: UInt64
        var value: UInt64
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let seed = Hashing.seed
    /// Ranks are below this.
    let rankBound: Int

    /// No pair: ids are non-negative, so this key cannot occur.
    private static let free = UInt64.max
    static let noRank = UInt32.max

    /// - Parameter merges: in order of rank; a later one of the same pair replaces the earlier, as in the reference.
    init(_ merges: [Merge]) {
        let size = Hashing.tableSize(for: merges.count)
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(pair: Self.free, value: 0), count: size)
        mask = size - 1
        rankBound = merges.count
        for (rank, merge) in merges.enumerated() {
            let key = Self.key(merge.left, merge.right)
            slots[slot(key)] = Slot(
                pair: key,
                value: UInt64(truncatingIfNeeded: rank) << 32 | UInt64(UInt32(bitPattern: merge.result)))
        }
    }

    deinit { slots.deallocate() }

    @inline(__always) private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always) private func slot(_ key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: Hashing.hash(key, seed: seed)) & mask
        while slots[slot].pair != key, slots[slot].pair != Self.free { slot = (slot &+ 1) & mask }
        return slot
    }

    /// Rank and result of a pair; the rank is ``noRank`` when the pair does not merge.
    @inline(__always) func lookup(_ left: Int32, _ right: Int32) -> (rank: UInt32, result: Int32) {
        let key = Self.key(left, right)
        let slot = slots[slot(key)]
        guard slot.pair == key else { return (Self.noRank, -1) }
        return (UInt32(truncatingIfNeeded: slot.value >> 32), Int32(truncatingIfNeeded: slot.value))
    }

    /// Calls `body` with every pair, its rank and its result, in no particular order.
    func forEach(_ body: (_ left: Int32, _ right: Int32, _ rank: UInt32, _ result: Int32) -> Void) {
        for index in 0...mask where slots[index].pair != Self.free {
            let (pair, value) = (slots[index].pair, slots[index].value)
            body(
                Int32(truncatingIfNeeded: pair >> 32), Int32(truncatingIfNeeded: pair),
                UInt32(truncatingIfNeeded: value >> 32), Int32(truncatingIfNeeded: value))
        }
    }
}
