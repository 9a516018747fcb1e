/// Tokens and their ids, both ways. Tokens are compared by their bytes: two spellings that Swift's `String` calls equal
/// ("é" composed and decomposed) are two tokens.
struct Vocabulary: Sendable {
    /// Ids must stay below this; it bounds the memory a file can make the tables take.
    static let idLimit = 1 << 22

    /// Number of tokens.
    private(set) var count = 0
    /// One more than the largest id; ids in between may be unused.
    private(set) var idBound = 0
    /// Length in bytes of the longest token.
    private(set) var longestToken = 0
    private var bytes: [UInt8] = []
    /// Where each id's token lies in `bytes`: start in the upper half, length in the lower, or `unused`.
    private var places: [UInt64] = []
    /// Open addressing by the hash of the token. An entry is the id plus 1 and, in the upper bits, bits of the hash that
    /// spare most comparisons.
    private var table: [UInt32] = []
    private let seed = Hashing.seed

    private static let unused = UInt64.max
    /// An empty slot.
    private static let free: UInt32 = 0
    private static let idMask = UInt32(idLimit) << 1 - 1

    /// What is wrong with an entry, as a clause.
    struct Problem: Error {
        let text: String
    }

    init(capacity: Int) {
        table = Array(repeating: Self.free, count: Hashing.tableSize(for: capacity))
        places.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * 8)
    }

    /// Adds a token that must be new, with an id that must be free.
    mutating func insert(_ token: String, id: Int) throws(Problem) {
        guard id >= 0, id < Self.idLimit else {
            throw Problem(text: "id \(id) of token \"\(token)\" is outside 0..<\(Self.idLimit)")
        }
        if id >= idBound {
            places.append(contentsOf: repeatElement(Self.unused, count: id + 1 - idBound))
            idBound = id + 1
        }
        guard places[id] == Self.unused else {
            throw Problem(text: "tokens \"\(self.token(id) ?? "")\" and \"\(token)\" have the same id \(id)")
        }
        if (count + 1) * 2 > table.count { grow() }
        var token = token
        let isNew = token.withUTF8 { buffer -> Bool in
            let hash = hash(of: buffer)
            let slot = slot(of: buffer, hash: hash)
            guard table[slot] == Self.free else { return false }
            table[slot] = Self.entry(hash, id)
            places[id] = UInt64(truncatingIfNeeded: bytes.count) << 32 | UInt64(truncatingIfNeeded: buffer.count)
            bytes.append(contentsOf: buffer)
            longestToken = max(longestToken, buffer.count)
            return true
        }
        guard isNew else { throw Problem(text: "token \"\(token)\" occurs twice") }
        count += 1
    }

    private mutating func grow() {
        table = Array(repeating: Self.free, count: table.count * 2)
        for id in 0..<idBound where places[id] != Self.unused {
            bytes.withUnsafeBufferPointer { bytes in
                let token = UnsafeBufferPointer(rebasing: bytes[range(id)])
                let hash = hash(of: token)
                table[slot(of: token, hash: hash)] = Self.entry(hash, id)
            }
        }
    }

    private func range(_ id: Int) -> Range<Int> {
        let start = Int(truncatingIfNeeded: places[id] >> 32)
        return start..<start + Int(truncatingIfNeeded: places[id] & 0xFFFF_FFFF)
    }

    @inline(__always) private func hash(of token: UnsafeBufferPointer<UInt8>) -> UInt64 {
        // An empty buffer may have no address; any address does for no bytes.
        Hashing.hash(token.baseAddress ?? StaticString("").utf8Start, count: token.count, seed: seed)
    }

    @inline(__always) private static func tag(_ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: hash >> 32) & ~idMask
    }

    @inline(__always) private static func entry(_ hash: UInt64, _ id: Int) -> UInt32 {
        tag(hash) | UInt32(truncatingIfNeeded: id + 1)
    }

    @inline(__always) private static func id(_ entry: UInt32) -> Int { Int(entry & idMask) &- 1 }

    /// The slot that holds the token, or the empty one where it would go. The table is at most half full.
    private func slot(of token: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
        let mask = table.count - 1
        let tag = Self.tag(hash)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != Self.free {
            if table[slot] & ~Self.idMask == tag, holds(Self.id(table[slot]), token) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// Whether the token with this id, which must be in use, has these bytes.
    @inline(__always) private func holds(_ id: Int, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
        let place = places[id]
        let count = Int(truncatingIfNeeded: place & 0xFFFF_FFFF)
        guard count == token.count else { return false }
        let start = Int(truncatingIfNeeded: place >> 32)
        return bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index < count, bytes[start &+ index] == token[index] { index &+= 1 }
            return index == count
        }
    }

    /// The id of a token given by its UTF-8 bytes.
    /// - Parameter guess: an id that is tried first, which is quick when it is right. Any number will do.
    func id(of token: UnsafeBufferPointer<UInt8>, guess: Int = -1) -> Int32? {
        if guess >= 0, guess < idBound, places[guess] != Self.unused, holds(guess, token) {
            return Int32(truncatingIfNeeded: guess)
        }
        let entry = table[slot(of: token, hash: hash(of: token))]
        return entry == Self.free ? nil : Int32(truncatingIfNeeded: Self.id(entry))
    }

    /// The id of a token given by its UTF-8 bytes.
    func id(of token: UnsafePointer<UInt8>, count: Int) -> Int32? {
        id(of: UnsafeBufferPointer(start: token, count: count))
    }

    /// The id of a token given by its UTF-8 bytes.
    func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

    /// The id of a token.
    func id(of token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(of: $0) }
    }

    /// The token with this id, or nil when the id is not used.
    func token(_ id: Int) -> String? {
        guard let bytes = tokenBytes(id) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTF-8 bytes of the token with this id, or nil when the id is not used.
    func tokenBytes(_ id: Int) -> ArraySlice<UInt8>? {
        guard id >= 0, id < idBound, places[id] != Self.unused else { return nil }
        return bytes[range(id)]
    }

    /// The number of scalars of the token with this id, which must be in use.
    func scalarCount(_ id: Int) -> Int {
        var count = 0
        for position in range(id) where !UTF8Reading.isContinuation(bytes[position]) { count &+= 1 }
        return count
    }

    /// The ids in use, ascending.
    var ids: some Sequence<Int> { (0..<idBound).lazy.filter { places[$0] != Self.unused } }
}
