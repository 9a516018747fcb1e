import CSecureBERTKernels
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct RowTests {
    /// The residual, where its sum goes, and what is optional.
    @Test(arguments: InstructionSet.available) func layerNorm(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for n in oddSizes.dropFirst() + [768, 1023] {
                for variant in 0..<6 {
                    let rows = 6  // more than are taken at a time
                    let (x, residual) = (random.floats(rows * n), random.floats(rows * n))
                    let (weight, bias) = (random.floats(n), random.floats(n))
                    let (ld, eps) = (n + 3, Float(1e-5))
                    let xs = GuardedBuffer(spread(x, columns: n, to: ld, gap: .nan), misalignment: 1)
                    let residuals = GuardedBuffer(spread(residual, columns: n, to: ld, gap: .nan))
                    let sums = GuardedBuffer([Float](repeating: 9, count: rows * ld))
                    let y = GuardedBuffer([Float](repeating: 9, count: rows * ld))
                    let means = GuardedBuffer([Float](repeating: 9, count: rows))
                    let inverses = GuardedBuffer([Float](repeating: 9, count: rows))
                    let (hasResidual, hasWeight, hasBias) = (variant % 2 == 1, variant != 2, variant > 2)
                    let (hasSum, inPlace) = (variant == 3 || variant == 4, variant == 5)
                    var norm = sb_layer_norm()
                    (norm.x, norm.ldx) = (UnsafePointer(xs.pointer), ld)
                    if hasResidual { (norm.residual, norm.ldr) = (UnsafePointer(residuals.pointer), ld) }
                    if hasSum { (norm.sum, norm.lds) = (sums.pointer, ld) }
                    let (weights, biases) = (GuardedBuffer(weight), GuardedBuffer(bias))
                    norm.weight = hasWeight ? UnsafePointer(weights.pointer) : nil
                    norm.bias = hasBias ? UnsafePointer(biases.pointer) : nil
                    norm.eps = eps
                    (norm.y, norm.ldy) = (inPlace ? xs.pointer : y.pointer, ld)
                    (norm.mean, norm.inverse_deviation) = (means.pointer, inverses.pointer)
                    sb_layer_norm_f32(&norm, rows, n)

                    // The sum is rounded to single precision once, as the kernel stores it.
                    let h = zip(x, residual).map { Double(hasResidual ? $0 + $1 : $0) }
                    let expected = KernelTwins.layerNorm(
                        h, n: n, weight: hasWeight ? weight : nil, bias: hasBias ? bias : nil, eps: Double(eps))
                    let label = "n \(n) variant \(variant)"
                    let found = inPlace ? xs.elements : y.elements
                    let rowsFound = (0..<rows).flatMap { found[$0 * ld..<$0 * ld + n] }
                    // A row of one element, or of equal ones, divides rounding by sqrt(eps).
                    expectClose(rowsFound, expected.output, absolute: 2e-6, label)
                    expectClose(means.elements, expected.mean, "mean, \(label)")
                    expectClose(inverses.elements, expected.inverseDeviation, "inverse deviation, \(label)")
                    if hasSum {
                        let stored = compact(sums.elements, columns: n, from: ld, gap: 9)
                        expectClose(stored, h, "sum, \(label)")
                    }
                    #expect(xs.isIntact && y.isIntact && sums.isIntact && means.isIntact && inverses.isIntact)
                }
            }
        }
    }

    /// A large common offset must not eat the variance.
    @Test(arguments: InstructionSet.available) func layerNormOfAlmostEqualElements(set: InstructionSet) {
        set.use {
            let x = (0..<768).map { 1000 + Float($0 % 16) / 16 }
            var y = [Float](repeating: 0, count: 768)
            x.withUnsafeBufferPointer { x in
                y.withUnsafeMutableBufferPointer { y in
                    var norm = sb_layer_norm()
                    (norm.x, norm.ldx, norm.eps) = (x.baseAddress, 768, 1e-5)
                    (norm.y, norm.ldy) = (y.baseAddress, 768)
                    sb_layer_norm_f32(&norm, 1, 768)
                }
            }
            let expected = KernelTwins.layerNorm(x.map(Double.init), n: 768, weight: nil, bias: nil, eps: 1e-5)
            // The mean itself has an error of half a unit in the last place of 1000.
            expectClose(y, expected.output, absolute: 1.1e-4, "offset 1000")
        }
    }

    @Test(arguments: InstructionSet.available) func softmax(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 2)
            for n in oddSizes.dropFirst() + [5000] {
                let rows = 2
                let x = random.floats(rows * n, in: -40...40)
                let expected = KernelTwins.logSoftmax(x, n: n)
                let memory = GuardedBuffer(spread(x, columns: n, to: n + 1, gap: 3))
                let y = GuardedBuffer([Float](repeating: 9, count: rows * n))
                sb_softmax(memory.pointer, n + 1, y.pointer, n, rows, n)
                expectClose(y.elements, expected.map { exp($0) }, "softmax \(n)")
                sb_log_softmax(memory.pointer, n + 1, y.pointer, n, rows, n)
                expectClose(y.elements, expected, absolute: 1e-5, "log softmax \(n)")
                #expect(y.isIntact)
                sb_softmax(memory.pointer, n + 1, memory.pointer, n + 1, rows, n)
                let inPlace = compact(memory.elements, columns: n, from: n + 1, gap: 3)
                expectClose(inPlace, expected.map { exp($0) }, "softmax in place \(n)")
                #expect(memory.isIntact)
            }
        }
    }

    @Test(arguments: InstructionSet.available) func rotary(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 3)
            for headSize in [2, 6, 16, 32, 34, 64, 66] {
                let (tokens, heads, positionCount) = (5, 3, 20)
                let (cosines, sines) = (
                    random.floats(positionCount * headSize / 2), random.floats(positionCount * headSize / 2)
                )
                let x = random.floats(tokens * heads * headSize)
                for positions in [[7, 8, 9, 10, 11], [3, 19, 0, 4, 4]] {
                    for inverse in [false, true] {
                        let (width, ld) = (heads * headSize, heads * headSize + 2)
                        let memory = GuardedBuffer(spread(x, columns: width, to: ld, gap: 5))
                        let given = positions.map(Int32.init)
                        let contiguous = positions[0] == 7
                        given.withUnsafeBufferPointer { list in
                            sb_rotary(
                                memory.pointer, ld, tokens, heads, headSize, cosines, sines,
                                contiguous ? nil : list.baseAddress, positions[0], inverse)
                        }
                        var expected = x.map(Double.init)
                        for head in 0..<heads {
                            let indices = (0..<tokens).map { t in
                                (0..<headSize).map { t * width + head * headSize + $0 }
                            }.flatMap { $0 }
                            let rotated = KernelTwins.rotate(
                                indices.map { Double(x[$0]) }, headSize: headSize, positions: positions,
                                cosines: cosines, sines: sines, inverse: inverse)
                            for (index, value) in zip(indices, rotated) { expected[index] = value }
                        }
                        let found = compact(memory.elements, columns: width, from: ld, gap: 5)
                        expectClose(found, expected, "head size \(headSize) inverse \(inverse)")
                        #expect(memory.isIntact)
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func gather(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 4)
            for type in [sb_dtype.SB_F32, .SB_F16, .SB_BF16] {
                for n in oddSizes {
                    let (vocabulary, ld) = (11, n + 2)
                    let table = random.floats(vocabulary * ld)
                    var bits = [UInt16](repeating: 0, count: table.count)
                    var meant = table
                    if type != .SB_F32 {
                        sb_convert(table, .SB_F32, &bits, type, table.count)
                        sb_convert(bits, type, &meant, .SB_F32, table.count)
                    }
                    let (floats, halves) = (GuardedBuffer(table), GuardedBuffer(bits))
                    let source = type == .SB_F32 ? UnsafeRawPointer(floats.pointer) : UnsafeRawPointer(halves.pointer)
                    let ids: [Int32] = [10, 0, 3, 3]
                    let initial = random.floats(ids.count * n)
                    for accumulate in [false, true] {
                        let y = GuardedBuffer(initial)
                        sb_gather(source, type, ld, ids, ids.count, n, y.pointer, n, accumulate)
                        var expected = [Double](repeating: 0, count: ids.count * n)
                        for (r, id) in ids.enumerated() {
                            for c in 0..<n {
                                let before = accumulate ? Double(initial[r * n + c]) : 0
                                expected[r * n + c] = before + Double(meant[Int(id) * ld + c])
                            }
                        }
                        expectClose(y.elements, expected, "\(type) n \(n) accumulate \(accumulate)")
                        #expect(y.isIntact)
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func pooling(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 5)
            for n in oddSizes {
                for rows in [1, 2, 5, 300] {
                    let x = random.floats(rows * n)
                    let weights = random.floats(rows, in: 0...1)
                    let memory = GuardedBuffer(spread(x, columns: n, to: n + 1, gap: .nan))
                    let y = GuardedBuffer([Float](repeating: 0, count: n))
                    func column(_ c: Int) -> [Double] { (0..<rows).map { Double(x[$0 * n + c]) } }
                    sb_mean_rows(memory.pointer, n + 1, rows, n, y.pointer)
                    expectClose(y.elements, (0..<n).map { column($0).reduce(0, +) / Double(rows) }, "mean")
                    sb_max_rows(memory.pointer, n + 1, rows, n, y.pointer)
                    expectClose(y.elements, (0..<n).map { column($0).max() ?? 0 }, "max")
                    sb_weighted_mean_rows(memory.pointer, n + 1, weights, rows, n, y.pointer)
                    let total = weights.reduce(0.0) { $0 + Double($1) }
                    let expected = (0..<n).map { c in
                        zip(column(c), weights).reduce(0.0) { $0 + $1.0 * Double($1.1) } / total
                    }
                    expectClose(y.elements, expected, "weighted mean")
                    sb_weighted_mean_rows(
                        memory.pointer, n + 1, [Float](repeating: 0, count: rows), rows, n, y.pointer)
                    #expect(y.elements.allSatisfy { $0 == 0 })
                    #expect(y.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func normalize(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 6)
            for n in oddSizes.dropFirst() {
                let x = random.floats(2 * n) + [Float](repeating: 0, count: n)
                let y = GuardedBuffer(x)
                sb_l2_normalize(y.pointer, n, y.pointer, n, 3, n, 1e-12)
                let expected = (0..<3).flatMap { r -> [Double] in
                    let row = x[r * n..<(r + 1) * n].map(Double.init)
                    let norm = max(row.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
                    return row.map { $0 / norm }
                }
                expectClose(y.elements, expected, "n \(n)")
                #expect(y.isIntact)
            }
        }
    }
}
