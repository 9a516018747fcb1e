/// The pairs of adjacent symbols that have been seen, with how often they occur: a number for every pair, by which
/// its data are found.
struct PairTable {
    private(set) var pairs: [UInt64] = []
    /// How often each pair occurs, by its number.
    var counts: [Int] = []
    /// The words in which each pair has turned up since the last look, ascending, by its number.
    private var words: [[Int32]] = []
    /// Open addressing by the pair; -1 is an empty slot. At most half full.
    private var table = [Int32](repeating: -1, count: 1 << 12)
    private let seed = Hashing.seed
    /// Numbers of the pairs that have words to be looked at.
    private(set) var touched: [Int32] = []

    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    static func symbols(_ key: UInt64) -> (left: Int32, right: Int32) {
        (Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key))
    }

    /// Adds to the count of a pair, which may be new; returns its number.
    @inline(__always) @discardableResult
    mutating func add(_ change: Int, _ left: Int32, _ right: Int32) -> Int {
        let key = Self.key(left, right)
        let mask = table.count &- 1
        var slot = Int(truncatingIfNeeded: Hashing.hash(key, seed: seed)) & mask
        while table[slot] >= 0 {
            let number = Int(table[slot])
            if pairs[number] == key {
                counts[number] += change
                return number
            }
            slot = (slot &+ 1) & mask
        }
        let number = pairs.count
        table[slot] = Int32(truncatingIfNeeded: number)
        pairs.append(key)
        counts.append(change)
        words.append([])
        if pairs.count * 2 > table.count { grow() }
        return number
    }

    /// Adds occurrences of a pair in a word. Words come in ascending order between two calls of ``takeWords(of:)``.
    @inline(__always)
    mutating func add(_ change: Int, _ left: Int32, _ right: Int32, word: Int) {
        let number = add(change, left, right)
        let word = Int32(truncatingIfNeeded: word)
        if let last = words[number].last {
            if last != word { words[number].append(word) }
        } else {
            touched.append(Int32(truncatingIfNeeded: number))
            words[number].append(word)
        }
    }

    /// Hands the words of a touched pair out.
    mutating func takeWords(of number: Int) -> [Int32] {
        let result = words[number]
        words[number] = []
        return result
    }

    /// Starts a new look, once the words of all touched pairs have been taken.
    mutating func clearTouched() { touched.removeAll(keepingCapacity: true) }

    private mutating func grow() {
        table = Array(repeating: -1, count: table.count * 2)
        let mask = table.count - 1
        for (number, key) in pairs.enumerated() {
            var slot = Int(truncatingIfNeeded: Hashing.hash(key, seed: seed)) & mask
            while table[slot] >= 0 { slot = (slot &+ 1) & mask }
            table[slot] = Int32(truncatingIfNeeded: number)
        }
    }
}
