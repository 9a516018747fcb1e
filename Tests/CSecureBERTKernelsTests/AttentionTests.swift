import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct AttentionTests {
    private struct Case {
        var length: Int
        var headSize: Int
        var radius: Int?
        var rotary = false
        var cuts: [Int] = []
        var bf16 = false
        var dropout: Float = 0
        var label: String {
            "length \(length) head \(headSize) radius \(radius ?? -1) rotary \(rotary) cuts \(cuts) bf16 \(bf16) dropout \(dropout)"
        }
    }

    private func check(_ test: Case, seed: UInt64 = 1) {
        var random = SeededGenerator(seed: seed)
        let (length, d) = (test.length, test.headSize)
        let stride = 3 * d + 5
        let gap: Float = 55
        // q, k and v side by side, as a projection leaves them; nothing but them may be read.
        let parts = (0..<3).map { _ in random.floats(length * d, in: -2...2) }
        let projected = GuardedBuffer(
            (0..<length).flatMap { t in
                parts.flatMap { $0[t * d..<(t + 1) * d] } + [Float](repeating: .nan, count: 5)
            }, misalignment: 3)
        let cosines = GuardedBuffer(random.floats(length * (d / 2)))
        let sines = GuardedBuffer(random.floats(length * (d / 2)))
        let out = GuardedBuffer([Float](repeating: gap, count: length * (d + 2)))
        let logSumExp = GuardedBuffer([Float](repeating: gap, count: length))
        let scale: Float = 1 / Float(d).squareRoot()

        var attention = sb_attention()
        let base = UnsafePointer(projected.pointer)
        attention.q = base
        attention.k = base.map { $0 + d }
        attention.v = base.map { $0 + 2 * d }
        (attention.q_stride, attention.k_stride, attention.v_stride) = (stride, stride, stride)
        (attention.out, attention.out_stride) = (out.pointer, d + 2)
        (attention.length, attention.head_size, attention.scale) = (length, d, scale)
        attention.radius = test.radius ?? -1
        if test.rotary {
            (attention.cos, attention.sin) = (UnsafePointer(cosines.pointer), UnsafePointer(sines.pointer))
        }
        attention.log_sum_exp = logSumExp.pointer
        attention.bf16 = test.bf16
        (attention.dropout, attention.dropout_key) = (test.dropout, 99)
        let scratch = GuardedBuffer([UInt8](repeating: 0xff, count: sb_attention_scratch_bytes(d)))
        let cuts = [0] + test.cuts + [length]
        for (begin, end) in zip(cuts, cuts.dropFirst()) {
            sb_attention_f32(&attention, begin, end, scratch.pointer)
        }

        var (q, k, v) = (parts[0].map(Double.init), parts[1].map(Double.init), parts[2].map(Double.init))
        if test.rotary {
            let positions = Array(0..<length)
            let (c, s) = (cosines.elements, sines.elements)
            q = KernelTwins.rotate(q, headSize: d, positions: positions, cosines: c, sines: s)
            k = KernelTwins.rotate(k, headSize: d, positions: positions, cosines: c, sines: s)
        }
        let expected = KernelTwins.attention(
            q: q, k: k, v: v, length: length, headSize: d, scale: Double(scale), radius: test.radius,
            factors: dropoutFactors(length: length, rate: test.dropout, key: 99))
        v = []
        let found = compact(out.elements, columns: d, from: d + 2, gap: gap)
        if test.bf16 {
            expectNear(found, expected.output, error: 6e-3, test.label)
            expectClose(logSumExp.elements, expected.logSumExp, absolute: 3e-2, "log sum exp, \(test.label)")
        } else {
            expectClose(found, expected.output, absolute: 1e-5, test.label)
            expectClose(logSumExp.elements, expected.logSumExp, absolute: 1e-5, "log sum exp, \(test.label)")
        }
        #expect(out.isIntact && logSumExp.isIntact && scratch.isIntact, "\(test.label) wrote outside")
    }

    @Test(arguments: InstructionSet.available) func oddLengths(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true))
                check(Case(length: length, headSize: 20, radius: 3))
            }
        }
    }

    @Test(arguments: InstructionSet.available) func oddHeads(set: InstructionSet) {
        set.use {
            for headSize in [1, 2, 7, 8, 15, 16, 17, 24, 32, 33, 48, 64, 65, 80, 128, 255, 256] {
                check(Case(length: 19, headSize: headSize, rotary: headSize % 2 == 0))
                check(Case(length: 35, headSize: headSize, radius: 9))
            }
        }
    }

    @Test(arguments: InstructionSet.available) func radii(set: InstructionSet) {
        set.use {
            for radius in [0, 1, 5, 13, 16, 64, 99, 100, 1000] {
                check(Case(length: 100, headSize: 32, radius: radius, rotary: true))
                check(Case(length: 100, headSize: 32, radius: radius, cuts: [1, 33, 34, 90]))
            }
        }
    }

    /// More queries and keys than one block of either holds.
    @Test(arguments: InstructionSet.available) func severalBlocks(set: InstructionSet) {
        set.use {
            check(Case(length: 1100, headSize: 8, rotary: true))
            check(Case(length: 1100, headSize: 8, radius: 64, cuts: [500]))
            check(Case(length: 1100, headSize: 16, radius: 400, rotary: true))
            #expect(sb_attention_scratch_bytes(256) < 4 << 20)
            #expect(sb_attention_scratch_bytes(64) < 1 << 20)
        }
    }

    /// Operands rounded to bf16: the same shapes and bands, within the rounding.
    @Test(arguments: InstructionSet.available) func halfPrecision(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true, bf16: true))
                check(Case(length: length, headSize: 21, radius: 3, bf16: true))
            }
            for headSize in [1, 2, 7, 16, 17, 24, 33, 48, 65, 80, 256] {
                check(Case(length: 35, headSize: headSize, radius: 9, rotary: headSize % 2 == 0, bf16: true))
            }
            for radius in [0, 1, 5, 13, 64, 99, 1000] {
                check(Case(length: 101, headSize: 32, radius: radius, rotary: true, cuts: [1, 33, 34, 90], bf16: true))
            }
            check(Case(length: 1101, headSize: 8, rotary: true, bf16: true))
            check(Case(length: 1100, headSize: 8, radius: 65, cuts: [501], bf16: true))
        }
    }

    /// Weights are dropped behind the sum, which the logarithm shows, by the mask of dropout's own kernel.
    @Test(arguments: InstructionSet.available) func dropout(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true, dropout: 0.1))
                check(Case(length: length, headSize: 20, radius: 3, dropout: 0.5))
                check(Case(length: length, headSize: 21, radius: 3, bf16: true, dropout: 0.2))
            }
            check(Case(length: 700, headSize: 8, rotary: true, cuts: [1, 450, 451], dropout: 0.3))
            check(Case(length: 1100, headSize: 8, radius: 64, cuts: [501], dropout: 0.3))
            check(Case(length: 701, headSize: 8, rotary: true, cuts: [33], bf16: true, dropout: 0.3))
            check(Case(length: 1100, headSize: 8, radius: 65, bf16: true, dropout: 0.9))
        }
    }

    /// Scores far apart and growing along the keys, which rescale the running sums again and again.
    @Test(arguments: InstructionSet.available) func extremeScores(set: InstructionSet) {
        set.use {
            let length = 700
            let k = (0..<length).map { Float($0) / 4 }
            let v = (0..<length).map { Float($0 % 7) }
            for sign in [Float(1), -1] {
                let q = [Float](repeating: sign, count: length)
                var out = [Float](repeating: 0, count: length)
                withScratch(sb_attention_scratch_bytes(1)) { scratch in
                    q.withUnsafeBufferPointer { q in
                        k.withUnsafeBufferPointer { k in
                            v.withUnsafeBufferPointer { v in
                                out.withUnsafeMutableBufferPointer { out in
                                    var attention = sb_attention()
                                    (attention.q, attention.k, attention.v) = (
                                        q.baseAddress, k.baseAddress, v.baseAddress
                                    )
                                    (attention.q_stride, attention.k_stride, attention.v_stride) = (1, 1, 1)
                                    (attention.out, attention.out_stride, attention.length) = (
                                        out.baseAddress, 1, length
                                    )
                                    (attention.head_size, attention.scale, attention.radius) = (1, 1, -1)
                                    sb_attention_f32(&attention, 0, length, scratch)
                                }
                            }
                        }
                    }
                }
                let expected = KernelTwins.attention(
                    q: q.map(Double.init), k: k.map(Double.init), v: v.map(Double.init), length: length, headSize: 1,
                    scale: 1, radius: nil)
                expectClose(out, expected.output, absolute: 1e-4, "sign \(sign)")
            }
        }
    }
}
