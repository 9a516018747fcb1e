/// A set of 64-bit hashes in one array, for tens of millions of them: 12 to 24 bytes each, as it is a third to two thirds
/// full.
package struct HashSet64: Sendable {
    private var slots: [UInt64]
    package private(set) var count = 0
    private var mask: Int

    package init(minimumCapacity: Int = 512) {
        var size = 1024
        while size * 2 < minimumCapacity * 3 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        mask = size - 1
    }

    /// Adds a hash; false when it was there.
    package mutating func insert(_ hash: UInt64) -> Bool {
        if count * 3 >= slots.count * 2 { grow() }
        let key = Self.key(hash)
        var slot = Int(truncatingIfNeeded: key) & mask
        while slots[slot] != 0 {
            if slots[slot] == key { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = key
        count += 1
        return true
    }

    package func contains(_ hash: UInt64) -> Bool {
        let key = Self.key(hash)
        var slot = Int(truncatingIfNeeded: key) & mask
        while slots[slot] != 0 {
            if slots[slot] == key { return true }
            slot = (slot + 1) & mask
        }
        return false
    }

    /// Zero marks an empty slot.
    private static func key(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        mask = slots.count - 1
        for key in old where key != 0 {
            var slot = Int(truncatingIfNeeded: key) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = key
        }
    }
}
