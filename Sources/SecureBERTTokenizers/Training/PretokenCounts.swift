/// How often each pre-token occurs. Equal spellings are equal bytes.
///
/// Counts of parts of a corpus can be added up in any order; what is learned from them does not depend on it.
public struct PretokenCounts: Sendable {
    /// Pre-tokens one after the other.
    private var bytes: [UInt8] = []
    private var starts: [Int] = [0]
    private var counts: [Int] = []
    private var hashes: [UInt32] = []
    /// Open addressing by the hash of the pre-token; -1 is an empty slot. At most half full.
    private var table = [Int32](repeating: -1, count: 1 << 12)
    private let seed = Hashing.seed

    /// The most different pre-tokens that are counted; more would need gigabytes.
    static let maximumCount = 1 << 29

    /// Counts of nothing.
    public init() {}

    /// Number of different pre-tokens.
    public var count: Int { counts.count }
    /// Number of pre-tokens, each as often as it occurs.
    public private(set) var total = 0
    /// Bytes of the texts that were counted.
    public internal(set) var textBytes = 0

    /// Adds occurrences of one pre-token.
    package mutating func add(_ pretoken: UnsafeBufferPointer<UInt8>, occurrences: Int = 1) throws(TokenizerError) {
        guard let base = pretoken.baseAddress else { return }
        let hash = Hashing.hash(base, count: pretoken.count, seed: seed)
        let short = UInt32(truncatingIfNeeded: hash >> 32)
        let mask = table.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] >= 0 {
            let index = Int(table[slot])
            if hashes[index] == short, isEqual(index, base, pretoken.count) {
                counts[index] += occurrences
                total += occurrences
                return
            }
            slot = (slot &+ 1) & mask
        }
        guard count < Self.maximumCount else {
            throw TokenizerError(
                .invalidRequest, "the input has more than \(Self.maximumCount) different words; give a part of it")
        }
        table[slot] = Int32(truncatingIfNeeded: count)
        hashes.append(short)
        counts.append(occurrences)
        bytes.append(contentsOf: pretoken)
        starts.append(bytes.count)
        total += occurrences
        if counts.count * 2 > table.count { grow() }
    }

    /// Adds the counts of another part of the corpus.
    /// - Throws: ``TokenizerError`` when there are too many different pre-tokens.
    public mutating func add(_ other: PretokenCounts) throws(TokenizerError) {
        let result = other.bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(TokenizerError) in
                for index in 0..<other.count {
                    let range = other.starts[index]..<other.starts[index + 1]
                    try add(UnsafeBufferPointer(rebasing: buffer[range]), occurrences: other.counts[index])
                }
            }
        }
        try result.get()
        textBytes += other.textBytes
    }

    @inline(__always)
    private func isEqual(_ index: Int, _ pretoken: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let start = starts[index]
        guard starts[index &+ 1] &- start == length else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            var offset = 0
            while offset < length, buffer[start &+ offset] == pretoken[offset] { offset &+= 1 }
            return offset == length
        }
    }

    private mutating func grow() {
        table = Array(repeating: -1, count: table.count * 2)
        let mask = table.count - 1
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for index in counts.indices {
                let length = starts[index + 1] - starts[index]
                let hash = Hashing.hash(base + starts[index], count: length, seed: seed)
                var slot = Int(truncatingIfNeeded: hash) & mask
                while table[slot] >= 0 { slot = (slot &+ 1) & mask }
                table[slot] = Int32(truncatingIfNeeded: index)
            }
        }
    }

    /// The pre-tokens with their counts, ordered by their bytes, so that the order does not tell who counted what.
    package func sorted() -> [(bytes: ArraySlice<UInt8>, count: Int)] {
        let order = bytes.withUnsafeBufferPointer { buffer in
            counts.indices.sorted { first, second in
                buffer[starts[first]..<starts[first + 1]].lexicographicallyPrecedes(
                    buffer[starts[second]..<starts[second + 1]])
            }
        }
        return order.map { (bytes[starts[$0]..<starts[$0 + 1]], counts[$0]) }
    }
}
