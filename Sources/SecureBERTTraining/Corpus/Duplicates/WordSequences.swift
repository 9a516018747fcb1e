/// Hashes of runs of words in constant time each: the hash of words i..<j is a difference of prefix sums.
package struct WordSequences {
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var prefix: [UInt64] = [0]
    private var powers: [UInt64] = [1]

    package init() {}

    /// Prepares for the words of a text; memory is reused.
    package mutating func prepare(_ words: [UInt64]) {
        prefix.removeAll(keepingCapacity: true)
        prefix.reserveCapacity(words.count + 1)
        prefix.append(0)
        var sum: UInt64 = 0
        for word in words {
            sum = sum &* Self.base &+ word
            prefix.append(sum)
        }
        while powers.count <= 64 { powers.append(powers[powers.count - 1] &* Self.base) }
    }

    /// The hash of `length` words from `start`; at most 64.
    @inline(__always)
    package func hash(_ start: Int, _ length: Int) -> UInt64 {
        (prefix[start + length] &- prefix[start] &* powers[length]).mixed
    }
}
