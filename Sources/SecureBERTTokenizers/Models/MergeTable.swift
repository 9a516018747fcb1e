/// The merges of a byte-pair model: for a pair of ids, its rank and the id of the merged token.
///
/// Open addressing in one flat block; a lookup is usually one cache line. Unchecked because of the raw pointer: the
/// block is written by `insert` before the model is published and only read afterwards.
final class MergeTable: @unchecked Sendable {
    private struct Slot {
        var pair: UInt64
        var value: UInt64
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int
    private let seed = Hashing.seed

    /// No pair: ids are non-negative, so this key cannot occur.
    private static let free = UInt64.max
    static let noRank = UInt32.max

    /// A table for at most `capacity` pairs.
    init(capacity: Int) {
        let size = Hashing.tableSize(for: capacity)
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(pair: Self.free, value: 0), count: size)
        mask = size - 1
    }

    deinit { slots.deallocate() }

    @inline(__always) private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Records a merge; a later one for the same pair replaces it, as in the reference. At most `capacity` pairs.
    func insert(_ left: Int32, _ right: Int32, rank: UInt32, result: Int32) {
        let key = Self.key(left, right)
        let slot = slot(key)
        slots[slot] = Slot(pair: key, value: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result)))
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
}
