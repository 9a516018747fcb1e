import CSecureBERTKernels
import TestSupport
import Testing

/// One query against many rows, and the checksum: over odd sizes, rows apart, and numbers at their limits.
@Suite struct ScanTests {
    private let sizes = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 384, 1023]
    private let rowCounts = [0, 1, 2, 3, 4, 5, 9]

    @Test(arguments: InstructionSet.available) func dotsOfFloats(set: InstructionSet) throws {
        try set.use {
            var random = SeededGenerator(seed: 11)
            for n in sizes {
                for count in rowCounts {
                    let (query, rows) = (random.floats(n), random.floats(count * n))
                    let stored = GuardedBuffer(spread(rows, columns: n, to: n + 3, gap: .nan), misalignment: 1)
                    let (found, q) = (GuardedBuffer([Float](repeating: 9, count: count)), GuardedBuffer(query))
                    sb_dot_rows(q.pointer, try #require(stored.pointer), (n + 3) * 4, count, n, found.pointer)
                    let expected = KernelTwins.product(rows, query, m: count, n: 1, k: n)
                    expectNear(found.elements, expected, error: 1e-6, "n \(n), \(count) rows")
                    #expect(found.isIntact)
                    // What a row yields does not depend on the others.
                    for row in 0..<count {
                        var alone: Float = 0
                        sb_dot_rows(q.pointer, try #require(stored.pointer) + row * (n + 3), 0, 1, n, &alone)
                        #expect(alone == found.elements[row])
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func dotsOfBytesAreExact(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 12)
            for n in sizes {
                for (count, gap) in rowCounts.flatMap({ [($0, 0), ($0, 5)] }) {
                    let query = (0..<n).map { _ in Int8.random(in: -127...127, using: &random) }
                    let rows = (0..<count * (n + gap)).map { _ in Int8.random(in: -128...127, using: &random) }
                    let (q, stored) = (GuardedBuffer(query, misalignment: 3), GuardedBuffer(rows, misalignment: 1))
                    let found = GuardedBuffer([Int32](repeating: 9, count: count))
                    sb_dot_rows_int8(q.pointer, stored.pointer, n + gap, count, n, found.pointer)
                    let expected = (0..<count).map { row in
                        Int32((0..<n).reduce(0) { $0 + Int(query[$1]) * Int(rows[row * (n + gap) + $1]) })
                    }
                    #expect(found.elements == expected, "n \(n), \(count) rows \(gap) apart")
                    #expect(found.isIntact)
                }
            }
        }
    }

    /// The largest sums, and those of pairs that 16 bits hold only just.
    @Test(arguments: InstructionSet.available, [1, 33, 64, 1024, 1 << 16]) func extremeBytes(
        set: InstructionSet, n: Int
    ) {
        set.use {
            for (query, row) in [(Int8(127), Int8(127)), (127, -128), (-127, -128), (-127, 127), (0, -128)] {
                var found: Int32 = 9
                sb_dot_rows_int8(
                    [Int8](repeating: query, count: n), [Int8](repeating: row, count: n), n, 1, n, &found)
                #expect(found == Int32(query) * Int32(row) * Int32(n))
            }
        }
    }

    @Test(arguments: InstructionSet.available) func bitsThatDiffer(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 13)
            for words in [1, 2, 3, 6, 7, 8, 12, 16, 17] {
                for count in rowCounts {
                    let query = (0..<words).map { _ in random.next() }
                    let rows = (0..<count * (words + 1)).map { _ in random.next() }
                    let found = GuardedBuffer([Int32](repeating: 9, count: count))
                    sb_hamming_rows(query, rows, (words + 1) * 8, count, words, found.pointer)
                    let expected = (0..<count).map { row in
                        Int32((0..<words).reduce(0) { $0 + (query[$1] ^ rows[row * (words + 1) + $1]).nonzeroBitCount })
                    }
                    #expect(found.elements == expected, "\(words) words, \(count) rows")
                    #expect(found.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func checksum(set: InstructionSet) {
        set.use {
            // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
            #expect(sb_crc32c(0, [UInt8](repeating: 0, count: 32), 32) == 0x8a91_36aa)
            #expect(sb_crc32c(0, [UInt8](repeating: 0xff, count: 32), 32) == 0x62a8_ab43)
            #expect(sb_crc32c(0, Array(UInt8(0)..<32), 32) == 0x46dd_794e)
            #expect(sb_crc32c(0, Array("123456789".utf8), 9) == 0xe306_9283)
            var random = SeededGenerator(seed: 14)
            for count in oddSizes {
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                var expected = UInt32.max
                for byte in bytes {
                    expected ^= UInt32(byte)
                    for _ in 0..<8 { expected = expected & 1 == 1 ? expected >> 1 ^ 0x82f6_3b78 : expected >> 1 }
                }
                #expect(sb_crc32c(0, bytes, count) == ~expected)
                // In parts, the same.
                let cut = count / 3
                #expect(sb_crc32c(sb_crc32c(0, bytes, cut), Array(bytes[cut...]), count - cut) == ~expected)
            }
        }
    }
}
