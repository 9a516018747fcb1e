/// Signatures whose share of equal bytes estimates how many word shingles two texts have in common (Broder 1997; one byte
/// for each permutation as in b-bit minwise hashing, Li and König 2010, doi 10.1145/1772690.1772759).
package struct MinHash: Sendable {
    /// Permutations, a multiple of 16; also the bytes of a signature.
    let count: Int
    private let factors: [SIMD16<UInt32>]
    private let terms: [SIMD16<UInt32>]

    package init(permutations: Int) {
        count = permutations
        var state: UInt64 = 0x5EC0_0E8E_27
        func next() -> SIMD16<UInt32> {
            var value = SIMD16<UInt32>()
            for lane in 0..<16 {
                state &+= 0x9E37_79B9_7F4A_7C15
                value[lane] = UInt32(truncatingIfNeeded: state.mixed)
            }
            return value
        }
        // Odd factors make x -> a x + b a permutation of the 32-bit numbers.
        factors = (0..<permutations / 16).map { _ in next() | 1 }
        terms = (0..<permutations / 16).map { _ in next() }
    }

    /// Appends the signature of a text.
    /// - Parameters:
    ///   - words: number of words.
    ///   - sequences: prepared for them.
    ///   - shingle: words of a shingle; a shorter text is one shingle.
    package func append(words: Int, _ sequences: WordSequences, shingle: Int, to out: inout [UInt8]) {
        let length = min(shingle, words)
        let shingles = length > 0 ? words - length + 1 : 0
        let hashes = (0..<shingles).map { UInt32(truncatingIfNeeded: sequences.hash($0, length) >> 32) }
        for block in factors.indices {
            let (factor, term) = (factors[block], terms[block])
            var least = SIMD16<UInt32>(repeating: .max)
            for hash in hashes { least = pointwiseMin(least, factor &* SIMD16(repeating: hash) &+ term) }
            // The least of many numbers has few high bits: mix before keeping one byte.
            let mixed = (least ^ (least &>> 15)) &* SIMD16(repeating: 0x2C1B_3C6D)
            for lane in 0..<16 { out.append(UInt8(truncatingIfNeeded: mixed[lane] >> 24)) }
        }
    }

    /// Estimated Jaccard similarity of the shingles of two texts, 0...1.
    package static func similarity(_ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>, count: Int) -> Double
    {
        var equal = 0
        for index in 0..<count { equal += first[index] == second[index] ? 1 : 0 }
        // One in 256 bytes is equal by chance.
        return max(0, (Double(equal) / Double(count) - 1.0 / 256) / (1 - 1.0 / 256))
    }
}
