/// Tokens and their ids, both ways. Tokens are compared by their bytes: two spellings that Swift's `String` calls equal
/// ("é" composed and decomposed) are two tokens.
struct Vocabulary: Sendable {
    /// Ids must stay below this; it bounds the memory a file can make the tables take.
    static let idLimit = 1 << 22

    /// Number of tokens.
    private(set) var count = 0
    /// One more than the largest id; ids in between may be unused.
    private(set) var idBound = 0
    private var bytes: [UInt8] = []
    /// Start of each id's token in `bytes`, or `unused`.
    private var starts: [UInt32] = []
    private var lengths: [UInt32] = []
    /// Open addressing by the hash of the token; -1 is an empty slot.
    private var table: [Int32] = []
    private let seed = Hashing.seed

    private static let unused = UInt32.max

    /// What is wrong with an entry, as a clause.
    struct Problem: Error {
        let text: String
    }

    init(capacity: Int) {
        table = Array(repeating: -1, count: Hashing.tableSize(for: capacity))
        starts.reserveCapacity(capacity)
        lengths.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * 8)
    }

    /// Adds a token that must be new, with an id that must be free.
    mutating func insert(_ token: String, id: Int) throws(Problem) {
        guard id >= 0, id < Self.idLimit else {
            throw Problem(text: "id \(id) of token \"\(token)\" is outside 0..<\(Self.idLimit)")
        }
        if id >= idBound {
            starts.append(contentsOf: repeatElement(Self.unused, count: id + 1 - idBound))
            lengths.append(contentsOf: repeatElement(0, count: id + 1 - idBound))
            idBound = id + 1
        }
        guard starts[id] == Self.unused else {
            throw Problem(text: "tokens \"\(self.token(id) ?? "")\" and \"\(token)\" have the same id \(id)")
        }
        if (count + 1) * 2 > table.count { grow() }
        var token = token
        let isNew = token.withUTF8 { buffer -> Bool in
            let slot = slot(of: buffer)
            guard table[slot] < 0 else { return false }
            table[slot] = Int32(truncatingIfNeeded: id)
            starts[id] = UInt32(truncatingIfNeeded: bytes.count)
            lengths[id] = UInt32(truncatingIfNeeded: buffer.count)
            bytes.append(contentsOf: buffer)
            return true
        }
        guard isNew else { throw Problem(text: "token \"\(token)\" occurs twice") }
        count += 1
    }

    private mutating func grow() {
        table = Array(repeating: -1, count: table.count * 2)
        for id in 0..<idBound where starts[id] != Self.unused {
            let slot = bytes.withUnsafeBufferPointer { buffer in
                self.slot(of: UnsafeBufferPointer(rebasing: buffer[range(id)]))
            }
            table[slot] = Int32(truncatingIfNeeded: id)
        }
    }

    private func range(_ id: Int) -> Range<Int> { Int(starts[id])..<Int(starts[id]) + Int(lengths[id]) }

    /// The slot that holds the token, or the empty one where it would go. The table is at most half full.
    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        // An empty buffer may have no address; any address does for no bytes.
        slot(ofBytes: token.baseAddress ?? StaticString("").utf8Start, count: token.count)
    }

    private func slot(ofBytes token: UnsafePointer<UInt8>, count: Int) -> Int {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: Hashing.hash(token, count: count, seed: seed)) & mask
        while table[slot] >= 0 {
            let id = Int(table[slot])
            if Int(lengths[id]) == count {
                let start = Int(starts[id])
                let isEqual = bytes.withUnsafeBufferPointer { buffer in
                    var index = 0
                    while index < count, buffer[start &+ index] == token[index] { index &+= 1 }
                    return index == count
                }
                if isEqual { return slot }
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// The id of a token given by its UTF-8 bytes.
    func id(of token: UnsafePointer<UInt8>, count: Int) -> Int32? {
        let id = table[slot(ofBytes: token, count: count)]
        return id < 0 ? nil : id
    }

    /// The id of a token given by its UTF-8 bytes.
    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let id = table[slot(of: token)]
        return id < 0 ? nil : id
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
        guard id >= 0, id < idBound, starts[id] != Self.unused else { return nil }
        return bytes[range(id)]
    }

    /// The ids in use, ascending.
    var ids: some Sequence<Int> { (0..<idBound).lazy.filter { starts[$0] != Self.unused } }
}
