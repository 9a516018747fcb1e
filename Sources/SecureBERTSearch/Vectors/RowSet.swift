/// A set of rows of a vector file, one bit for each.
public struct RowSet: Sendable, Equatable {
    /// 64 rows in each word, the first in the lowest bit; no bit is set past the last row.
    private(set) var words: [UInt64]
    /// The rows that can be in the set are `0..<capacity`.
    public let capacity: Int

    /// The empty set, or that of all rows, of a file with so many rows.
    public init(capacity: Int, full: Bool = false) {
        let capacity = max(0, capacity)
        self.capacity = capacity
        words = [UInt64](repeating: full ? .max : 0, count: capacity / 64 + (capacity % 64 > 0 ? 1 : 0))
        if full, capacity % 64 > 0 { words[words.count - 1] = 1 << UInt64(capacity % 64) - 1 }
    }

    /// The set of some rows; those outside `0..<capacity` are left out.
    public init(_ rows: some Sequence<Int>, capacity: Int) {
        self.init(capacity: capacity)
        for row in rows { insert(row) }
    }

    /// How many rows are in the set.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Whether a row is in the set.
    public func contains(_ row: Int) -> Bool {
        row >= 0 && row < capacity && words[row >> 6] >> UInt64(row & 63) & 1 == 1
    }

    /// Puts a row in, unless it is outside `0..<capacity`.
    public mutating func insert(_ row: Int) {
        guard row >= 0, row < capacity else { return }
        words[row >> 6] |= 1 << UInt64(row & 63)
    }

    /// Takes a row out.
    public mutating func remove(_ row: Int) {
        guard row >= 0, row < capacity else { return }
        words[row >> 6] &= ~(1 << UInt64(row & 63))
    }

    /// The rows of a word, as bits; 0 past the end.
    func word(_ index: Int) -> UInt64 { index < words.count ? words[index] : 0 }
}
