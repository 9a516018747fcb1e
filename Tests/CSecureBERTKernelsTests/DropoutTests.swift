import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct DropoutTests {
    private func mask(_ count: Int, keep: Float, key: UInt64, first: UInt64 = 0) -> [Bool] {
        var y = [Float](repeating: 0, count: count)
        sb_dropout([Float](repeating: 1, count: count), &y, count, keep, key, first)
        return y.map { $0 != 0 }
    }

    @Test(arguments: InstructionSet.available) func keptElementsAreScaled(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for count in oddSizes + [1000] {
                let x = random.floats(count, in: 1...2)
                let (xs, y) = (GuardedBuffer(x), GuardedBuffer([Float](repeating: 9, count: count)))
                sb_dropout(xs.pointer, y.pointer, count, 0.8, 7, 3)
                #expect(zip(x, y.elements).allSatisfy { $1 == 0 || abs($1 - $0 / 0.8) <= 1e-6 })
                sb_dropout(xs.pointer, xs.pointer, count, 0.8, 7, 3)
                #expect(xs.elements == y.elements)
                #expect(xs.isIntact && y.isIntact)
                sb_dropout(x, y.pointer, count, 1, 7, 3)
                #expect(y.elements == x)
            }
        }
    }

    /// The same mask everywhere and for ever: a run resumed on another machine drops the same elements.
    @Test(arguments: InstructionSet.available) func maskIsPinned(set: InstructionSet) {
        set.use {
            let bits = mask(64, keep: 0.5, key: 42).reduce(UInt64(0)) { $0 << 1 | ($1 ? 1 : 0) }
            #expect(bits == 7_057_502_220_731_840_001)
            let late = mask(64, keep: 0.9, key: 42, first: 1 << 33 | 12345).reduce(UInt64(0)) { $0 << 1 | ($1 ? 1 : 0) }
            #expect(late == 18_302_627_786_105_290_727)
        }
    }

    @Test(arguments: InstructionSet.available) func partsMakeTheWhole(set: InstructionSet) {
        set.use {
            for first in [0, 1000, (1 << 32) - 300, .max - 2000] as [UInt64] {
                let whole = mask(1000, keep: 0.7, key: 5, first: first)
                for cut in [1, 255, 256, 257, 700] {
                    let parts =
                        mask(cut, keep: 0.7, key: 5, first: first)
                        + mask(1000 - cut, keep: 0.7, key: 5, first: first + UInt64(cut))
                    #expect(parts == whole)
                }
            }
        }
    }

    /// As many are kept as should be, and neither neighbours, nor rows, nor keys know of each other: each count is within
    /// five standard deviations.
    @Test func looksIndependent() {
        let count = 1 << 18
        for keep in [0.5, 0.9] as [Double] {
            let masks = (0..<4).map { mask(count, keep: Float(keep), key: $0) }
            func expectCount(_ found: Int, of total: Int, probability p: Double, _ what: String) {
                let deviation = (Double(total) * p * (1 - p)).squareRoot()
                #expect(
                    abs(Double(found) - Double(total) * p) < 5 * deviation, "\(what) keep \(keep): \(found) of \(total)"
                )
            }
            for (key, m) in masks.enumerated() {
                expectCount(m.count { $0 }, of: count, probability: keep, "key \(key)")
                for lag in [1, 2, 3, 4, 8, 16, 64, 256, 384, 768, 1024, 4096, 65536] {
                    let both = (0..<count - lag).count { m[$0] && m[$0 + lag] }
                    // Pairs overlap, which widens the spread by less than a factor of two.
                    let p = keep * keep
                    let deviation = 2 * (Double(count) * p * (1 - p)).squareRoot()
                    #expect(abs(Double(both) - Double(count - lag) * p) < 5 * deviation, "lag \(lag) keep \(keep)")
                }
                for other in masks[..<key] {
                    expectCount(zip(m, other).count { $0 && $1 }, of: count, probability: keep * keep, "keys")
                }
            }
            let words = stride(from: 0, to: count, by: 8).map { i in
                (0..<8).reduce(0) { $0 << 1 | (masks[1][i + $1] ? 1 : 0) }
            }
            var histogram = [Int](repeating: 0, count: 256)
            for word in words { histogram[word] += 1 }
            for (word, found) in histogram.enumerated() {
                let ones = Double(word.nonzeroBitCount)
                var p = 1.0
                for bit in 0..<8 { p *= Double(bit) < ones ? keep : 1 - keep }
                let deviation = max(1, (Double(words.count) * p * (1 - p)).squareRoot())
                #expect(abs(Double(found) - Double(words.count) * p) < 6 * deviation, "pattern \(word)")
            }
        }
    }
}
