import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct AttentionBackwardTests {
    private struct Case {
        var length: Int
        var headSize: Int
        var radius: Int?
        var rotary = false
        var inPlace = false
        var bf16 = false
        var dropout: Float = 0
        var label: String {
            "length \(length) head \(headSize) radius \(radius ?? -1) rotary \(rotary) bf16 \(bf16) dropout \(dropout)"
        }
    }

    private func check(_ test: Case) {
        var random = SeededGenerator(seed: 1)
        let (length, d) = (test.length, test.headSize)
        let stride = 3 * d + 5
        let parts = (0..<3).map { _ in random.floats(length * d, in: -2...2) }
        var tokens: [Float] = []
        for t in 0..<length {
            for part in parts { tokens += part[t * d..<(t + 1) * d] }
            tokens += [Float](repeating: 55, count: 5)
        }
        let projected = GuardedBuffer(tokens, misalignment: 3)
        let dOutput = random.floats(length * d)
        let gradient = GuardedBuffer(spread(dOutput, columns: d, to: d + 2, gap: .nan))
        let output = GuardedBuffer([Float](repeating: 55, count: length * (d + 2)))
        let logSumExp = GuardedBuffer([Float](repeating: 0, count: length))
        let tables = (cosines: random.floats(length * (d / 2)), sines: random.floats(length * (d / 2)))
        let (cosines, sines) = (GuardedBuffer(tables.cosines), GuardedBuffer(tables.sines))
        let scale: Float = 1 / Float(d).squareRoot()
        let separate = GuardedBuffer([Float](repeating: 55, count: length * stride))
        let target = test.inPlace ? projected : separate

        var forward = sb_attention()
        let base = UnsafePointer(projected.pointer)
        (forward.q, forward.k, forward.v) = (base, base.map { $0 + d }, base.map { $0 + 2 * d })
        (forward.q_stride, forward.k_stride, forward.v_stride) = (stride, stride, stride)
        (forward.out, forward.out_stride, forward.log_sum_exp) = (output.pointer, d + 2, logSumExp.pointer)
        (forward.length, forward.head_size, forward.scale) = (length, d, scale)
        forward.radius = test.radius ?? -1
        if test.rotary { (forward.cos, forward.sin) = (UnsafePointer(cosines.pointer), UnsafePointer(sines.pointer)) }
        (forward.dropout, forward.dropout_key) = (test.dropout, 99)
        withScratch(sb_attention_scratch_bytes(d)) { sb_attention_f32(&forward, 0, length, $0) }

        var backward = sb_attention_backward()
        (backward.q, backward.k, backward.v, backward.stride) = (forward.q, forward.k, forward.v, stride)
        (backward.out, backward.d_out) = (UnsafePointer(output.pointer), UnsafePointer(gradient.pointer))
        (backward.out_stride, backward.log_sum_exp) = (d + 2, UnsafePointer(logSumExp.pointer))
        backward.d_q = target.pointer
        backward.d_k = target.pointer.map { $0 + d }
        backward.d_v = target.pointer.map { $0 + 2 * d }
        (backward.d_stride, backward.length, backward.head_size) = (stride, length, d)
        (backward.scale, backward.radius) = (scale, forward.radius)
        (backward.cos, backward.sin) = (forward.cos, forward.sin)
        backward.bf16 = test.bf16
        (backward.dropout, backward.dropout_key) = (test.dropout, 99)
        let scratch = GuardedBuffer([UInt8](repeating: 0xff, count: sb_attention_backward_scratch_bytes(length, d)))
        sb_attention_backward_f32(&backward, scratch.pointer)

        let wide = parts.map { $0.map(Double.init) }
        let expected = GradientTwins.attention(
            wide[0], wide[1], wide[2], dOutput: dOutput.map(Double.init), length: length, headSize: d,
            scale: Double(scale), radius: test.radius, rotary: test.rotary ? tables : nil,
            factors: dropoutFactors(length: length, rate: test.dropout, key: 99))
        let found = compact(target.elements, columns: 3 * d, from: stride, gap: 55)
        for (i, (name, wanted)) in [("dq", expected.dq), ("dk", expected.dk), ("dv", expected.dv)].enumerated() {
            let part = (0..<length).flatMap { t in
                let start = (3 * t + i) * d
                return Array(found[start..<start + d])
            }
            if test.bf16 {
                expectNear(part, wanted, error: 1e-2, absolute: 3e-3, "\(name), \(test.label)")
            } else {
                expectClose(part, wanted, absolute: 2e-5, relative: 2e-5, "\(name), \(test.label)")
            }
        }
        #expect(target.isIntact && scratch.isIntact, "\(test.label) wrote outside")
    }

    @Test(arguments: InstructionSet.available) func oddLengths(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true))
                check(Case(length: length, headSize: 20, radius: 3, inPlace: true))
            }
        }
    }

    @Test(arguments: InstructionSet.available) func oddHeads(set: InstructionSet) {
        set.use {
            for headSize in [1, 2, 7, 8, 15, 16, 17, 24, 32, 33, 48, 65, 80, 128, 255, 256] {
                check(Case(length: 19, headSize: headSize, rotary: headSize % 2 == 0, inPlace: true))
                check(Case(length: 35, headSize: headSize, radius: 9))
            }
        }
    }

    /// Bands of every width, over one block of keys and several.
    @Test(arguments: InstructionSet.available) func radii(set: InstructionSet) {
        set.use {
            for radius in [0, 1, 5, 13, 16, 31, 64, 99, 1000] {
                check(Case(length: 100, headSize: 32, radius: radius, rotary: true))
                check(Case(length: 600, headSize: 8, radius: radius))
            }
        }
    }

    @Test(arguments: InstructionSet.available) func severalBlocks(set: InstructionSet) {
        set.use {
            check(Case(length: 700, headSize: 8, rotary: true))
            check(Case(length: 513, headSize: 6, radius: 300, rotary: true))
        }
    }

    /// Operands rounded to bf16: the same shapes and bands, within the rounding.
    @Test(arguments: InstructionSet.available) func halfPrecision(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true, bf16: true))
                check(Case(length: length, headSize: 21, radius: 3, inPlace: true, bf16: true))
            }
            for headSize in [1, 2, 7, 16, 17, 24, 33, 48, 65, 80, 256] {
                check(Case(length: 35, headSize: headSize, radius: 9, rotary: headSize % 2 == 0, bf16: true))
            }
            for radius in [0, 1, 5, 13, 16, 31, 64, 99, 1000] {
                check(Case(length: 101, headSize: 32, radius: radius, rotary: true, bf16: true))
                check(Case(length: 601, headSize: 8, radius: radius, bf16: true))
            }
            check(Case(length: 701, headSize: 8, rotary: true, bf16: true))
        }
    }

    /// The mask of the forward pass, over one block of keys and several.
    @Test(arguments: InstructionSet.available) func dropout(set: InstructionSet) {
        set.use {
            for length in oddSizes.dropFirst() {
                check(Case(length: length, headSize: 64, rotary: true, dropout: 0.1))
                check(Case(length: length, headSize: 20, radius: 3, inPlace: true, dropout: 0.5))
                check(Case(length: length, headSize: 21, radius: 9, inPlace: true, bf16: true, dropout: 0.2))
            }
            check(Case(length: 601, headSize: 8, rotary: true, dropout: 0.3))
            check(Case(length: 601, headSize: 8, radius: 31, dropout: 0.3))
            check(Case(length: 513, headSize: 6, radius: 300, rotary: true, bf16: true, dropout: 0.3))
            check(Case(length: 601, headSize: 8, radius: 64, bf16: true, dropout: 0.3))
        }
    }
}
