import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct GradientTests {
    /// With and without weight, residual and sums, separate and in place.
    @Test(arguments: InstructionSet.available) func layerNorm(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for n in oddSizes.dropFirst() + [384, 1023] {
                for variant in 0..<5 {
                    let (rows, eps) = (3, Float(1e-3))
                    let (x, dy) = (random.floats(rows * n, in: -3...3), random.floats(rows * n))
                    let (residual, weight) = (random.floats(rows * n), random.floats(n))
                    let before = random.floats(n)
                    let ld = n + 3
                    let xs = GuardedBuffer(spread(x, columns: n, to: ld, gap: 9), misalignment: 1)
                    let dys = GuardedBuffer(spread(dy, columns: n, to: ld, gap: 9))
                    let residuals = GuardedBuffer(spread(residual, columns: n, to: ld, gap: 9))
                    let separate = GuardedBuffer([Float](repeating: 9, count: rows * ld))
                    let (weights, dweight, dbias) = (
                        GuardedBuffer(weight), GuardedBuffer(before), GuardedBuffer(before)
                    )
                    let (hasWeight, hasResidual, hasSums) = (variant > 0, variant % 2 == 1, variant > 1)
                    let target = variant == 2 ? dys : variant == 3 ? residuals : variant == 4 ? xs : separate
                    var norm = sb_layer_norm_backward()
                    (norm.dy, norm.lddy) = (UnsafePointer(dys.pointer), ld)
                    (norm.x, norm.ldx, norm.eps) = (UnsafePointer(xs.pointer), ld, eps)
                    if hasWeight { norm.weight = UnsafePointer(weights.pointer) }
                    if hasResidual { (norm.residual, norm.ldr) = (UnsafePointer(residuals.pointer), ld) }
                    (norm.dx, norm.lddx) = (target.pointer, ld)
                    if hasSums { (norm.dweight, norm.dbias) = (dweight.pointer, dbias.pointer) }
                    sb_layer_norm_backward_f32(&norm, rows, n)

                    let expected = GradientTwins.layerNorm(
                        dy: dy.map(Double.init), x: x.map(Double.init), n: n, weight: hasWeight ? weight : nil,
                        eps: Double(eps))
                    let label = "n \(n) variant \(variant)"
                    let dx = zip(expected.dx, residual).map { $0 + (hasResidual ? Double($1) : 0) }
                    let found = compact(target.elements, columns: n, from: ld, gap: 9)
                    // Rows of few elements may be almost equal; their inverse deviation magnifies rounding.
                    expectClose(found, dx, absolute: n < 8 ? 1e-4 : 4e-6, label)
                    if hasSums {
                        let sums = [expected.dweight, expected.dbias].map { zip($0, before).map { $0 + Double($1) } }
                        expectClose(dweight.elements, sums[0], absolute: 2e-5, "dweight, \(label)")
                        expectClose(dbias.elements, sums[1], "dbias, \(label)")
                    }
                    #expect(target.isIntact && dweight.isIntact && dbias.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, KernelTwins.Function.allCases)
    func activations(set: InstructionSet, function: KernelTwins.Function) {
        set.use {
            let dense =
                stride(from: Float(-12), through: 12, by: 0.0013).map { $0 } + [0, -0.0, 1e-20, -30, 30, -1e4, 1e4]
            var random = SeededGenerator(seed: 2)
            for x in [dense] + oddSizes.map({ Array(dense.prefix($0)) }) {
                let dy = random.floats(x.count)
                let expected = zip(x, dy).map { GradientTwins.derivative(function, Double($0)) * Double($1) }
                let (xs, dys) = (GuardedBuffer(x), GuardedBuffer(dy))
                let dx = GuardedBuffer([Float](repeating: 9, count: x.count))
                sb_activation_backward(function.kernel, xs.pointer, dys.pointer, dx.pointer, x.count)
                expectClose(dx.elements, expected, absolute: 4e-7, relative: 1e-6, "\(function)")
                sb_activation_backward(function.kernel, xs.pointer, dys.pointer, dys.pointer, x.count)
                #expect(dys.elements == dx.elements)
                #expect(dx.isIntact && dys.isIntact)
            }
            // Far out the derivative is exactly that of a line, and NaN is not hidden.
            var dx: [Float] = [0, 0, 0]
            sb_activation_backward(function.kernel, [.infinity, -.infinity, .nan], [1, 1, 1], &dx, 3)
            let bounded = function == .tanh
            #expect(dx[0] == (bounded ? 0 : 1), "\(function)")
            #expect(function == .identity ? dx[1] == 1 : abs(dx[1]) < 1e-30, "\(function)")
            #expect(dx[2].isNaN || function == .identity || function == .relu, "\(function)")
        }
    }

    @Test(arguments: InstructionSet.available) func gatedActivation(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 3)
            for function in KernelTwins.Function.allCases {
                for h in oddSizes {
                    let rows = 3
                    let (x, dy) = (random.floats(rows * 2 * h, in: -3...3), random.floats(rows * h))
                    let xs = GuardedBuffer(spread(x, columns: 2 * h, to: 2 * h + 1, gap: 9))
                    let dys = GuardedBuffer(spread(dy, columns: h, to: h + 2, gap: .nan))
                    let dx = GuardedBuffer([Float](repeating: 0, count: rows * 2 * h))
                    sb_gated_activation_backward(
                        function.kernel, xs.pointer, 2 * h + 1, dys.pointer, h + 2, dx.pointer, 2 * h, rows, h)
                    let expected = (0..<rows).flatMap { r -> [Double] in
                        let input = (0..<h).map { Double(x[r * 2 * h + $0]) }
                        let gate = (0..<h).map { Double(x[r * 2 * h + h + $0]) }
                        let d = (0..<h).map { Double(dy[r * h + $0]) }
                        return (0..<h).map { d[$0] * gate[$0] * GradientTwins.derivative(function, input[$0]) }
                            + (0..<h).map { d[$0] * function(input[$0]) }
                    }
                    expectClose(dx.elements, expected, "\(function) h \(h)")
                    sb_gated_activation_backward(
                        function.kernel, xs.pointer, 2 * h + 1, dys.pointer, h + 2, xs.pointer, 2 * h + 1, rows, h)
                    let inPlace = compact(xs.elements, columns: 2 * h, from: 2 * h + 1, gap: 9)
                    #expect(h == 0 || inPlace == dx.elements)
                    #expect(dx.isIntact && xs.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func sums(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 4)
            for n in oddSizes {
                let before = random.floats(11 * (n + 2))
                let ids: [Int32] = [10, 0, 3, 3, 10, 3]
                let dy = random.floats(ids.count * n)
                let dys = GuardedBuffer(spread(dy, columns: n, to: n + 1, gap: .nan))
                let table = GuardedBuffer(before)
                sb_scatter_add(table.pointer, n + 2, ids, ids.count, n, dys.pointer, n + 1)
                var expected = before.map(Double.init)
                for (r, id) in ids.enumerated() {
                    for c in 0..<n { expected[Int(id) * (n + 2) + c] += Double(dy[r * n + c]) }
                }
                expectClose(table.elements, expected, "scatter \(n)")
                #expect(table.isIntact)

                for rows in [0, 1, 7, 8, 9, 100] {
                    let x = random.floats(rows * n)
                    let xs = GuardedBuffer(spread(x, columns: n, to: n + 3, gap: .nan), misalignment: 1)
                    let y = GuardedBuffer(Array(before.prefix(n)))
                    sb_add_column_sums(xs.pointer, n + 3, rows, n, y.pointer)
                    let wanted = (0..<n).map { c in
                        (0..<rows).reduce(Double(before[c])) { $0 + Double(x[$1 * n + c]) }
                    }
                    expectClose(y.elements, wanted, absolute: 1e-5, "column sums \(rows) x \(n)")
                    #expect(y.isIntact)
                }
            }
        }
    }

    /// Small whole numbers, so that maxima repeat and the first must win.
    @Test(arguments: InstructionSet.available) func maximumPooling(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 5)
            for n in oddSizes {
                for rows in [1, 2, 5, 40] {
                    let x = random.floats(rows * n, in: -2...2).map { $0.rounded() }
                    let (dy, before) = (random.floats(n), random.floats(rows * n))
                    let xs = GuardedBuffer(spread(x, columns: n, to: n + 1, gap: .nan))
                    let dx = GuardedBuffer(before)
                    sb_max_rows_backward(xs.pointer, n + 1, rows, n, dy, dx.pointer, n)
                    var expected = before
                    for c in 0..<n {
                        let column = (0..<rows).map { x[$0 * n + c] }
                        let first = column.firstIndex(of: column.max() ?? 0) ?? 0
                        expected[first * n + c] += dy[c]
                    }
                    #expect(dx.elements == expected, "\(rows) x \(n)")
                    #expect(dx.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func normalize(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 6)
            for n in oddSizes.dropFirst() {
                let eps: Float = 1e-3
                // The second row is shorter than eps, the third zero.
                let x = random.floats(n) + random.floats(n).map { $0 * 1e-6 } + [Float](repeating: 0, count: n)
                let dy = random.floats(3 * n)
                let (wide, gradient) = (x.map(Double.init), dy.map(Double.init))
                let numeric = GradientTwins.numeric(at: wide, step: 1e-7) { x in
                    (0..<3).reduce(0.0) { total, r in
                        let row = x[r * n..<(r + 1) * n]
                        let norm = max(row.reduce(0) { $0 + $1 * $1 }.squareRoot(), Double(eps))
                        return total + GradientTwins.dot(row.map { $0 / norm }, Array(gradient[r * n..<(r + 1) * n]))
                    }
                }
                let scale = 1 / wide.prefix(n).map(abs).reduce(0, max)
                let dx = GuardedBuffer(dy)
                sb_l2_normalize_backward(x, n, dx.pointer, n, dx.pointer, n, 3, n, eps)
                expectClose(dx.elements, numeric, absolute: 1e-5 * max(1, scale), relative: 1e-5, "n \(n)")
                #expect(dx.isIntact)
            }
        }
    }
}
