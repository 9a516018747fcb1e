import CSecureBERTKernels
import TestSupport
import Testing

/// A product and everything fused with it.
private struct Case {
    var (m, n, k): (Int, Int, Int)
    /// What the operands are rounded to.
    var type = sb_dtype.SB_F32
    var gated = false
    var transposedWeight = false
    var transposedX = false
    var function = KernelTwins.Function.identity
    var bias = true
    var residual = false
    var residualInPlace = false
    var accumulate = false
    /// The ranges computed by separate calls.
    var rowCuts: [Int] = []
    var panelCuts: [Int] = []

    var label: String { "m \(m) n \(n) k \(k) of \(self)" }

    /// Sums of k products of numbers in -1 ... 1 in single precision; a gate multiplies two of them.
    var tolerance: Double { (k > 500 ? 1e-4 : 1e-5) * (gated ? 4 : 1) }
}

@Suite struct MatrixProductTests {
    private func check(_ test: Case, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (m, n, k) = (test.m, test.n, test.k)
        let columns = test.gated ? n / 2 : n
        let gap: Float = 77
        let x = random.floats(m * k)
        let w = random.floats(n * k)
        let bias = random.floats(n)
        let residual = random.floats(m * columns)
        let initial = test.residualInPlace ? residual : random.floats(m * columns)

        let xRows = test.transposedX ? KernelTwins.transpose(x, rows: m, columns: k) : x
        let xColumns = test.transposedX ? m : k
        let wRows = test.transposedWeight ? KernelTwins.transpose(w, rows: n, columns: k) : w
        let wColumns = test.transposedWeight ? n : k
        let xMemory = GuardedBuffer(spread(xRows, columns: xColumns, to: xColumns + 3, gap: .nan), misalignment: 1)
        let wMemory = GuardedBuffer(spread(wRows, columns: wColumns, to: wColumns + 5, gap: .nan))
        let biasMemory = GuardedBuffer(bias)
        let residualMemory = GuardedBuffer(spread(residual, columns: columns, to: columns + 2, gap: .nan))
        let y = GuardedBuffer(spread(initial, columns: columns, to: columns + 1, gap: gap), misalignment: 1)

        let packedMemory = GuardedBuffer([UInt8](repeating: 0xff, count: sb_packed_bytes(n, k, test.gated, test.type)))
        let panels = sb_panel_count(n, test.gated)
        var packed = sb_packed_make(packedMemory.pointer, n, k, test.gated, test.type)
        for panel in 0..<panels {
            sb_pack(&packed, wMemory.pointer, .SB_F32, wColumns + 5, test.transposedWeight, panel, panel + 1)
        }
        let done = withUnsafePointer(to: packed) { weights in
            var gemm = sb_gemm()
            gemm.x = UnsafePointer(xMemory.pointer)
            gemm.ldx = xColumns + 3
            gemm.x_transposed = test.transposedX
            gemm.w = weights
            gemm.y = y.pointer
            gemm.ldy = columns + 1
            gemm.bias = test.bias ? UnsafePointer(biasMemory.pointer) : nil
            gemm.activation = test.function.kernel
            if test.residual { gemm.residual = UnsafePointer(residualMemory.pointer) }
            gemm.ldr = columns + 2
            if test.residualInPlace {
                gemm.residual = UnsafePointer(y.pointer)
                gemm.ldr = columns + 1
            }
            gemm.accumulate = test.accumulate
            let rows = [0] + test.rowCuts + [m]
            let ranges = [0] + test.panelCuts.filter { $0 < panels } + [panels]
            var done = true
            for (rowBegin, rowEnd) in zip(rows, rows.dropFirst()) {
                withScratch(sb_gemm_scratch_bytes(&gemm, rowEnd - rowBegin)) { scratch in
                    for (begin, end) in zip(ranges, ranges.dropFirst()) {
                        done = sb_gemm_f32(&gemm, rowBegin, rowEnd, begin, end, scratch) && done
                    }
                }
            }
            return done
        }
        #expect(done)
        #expect(packedMemory.isIntact && y.isIntact, "\(test.label) wrote outside")

        let sums = KernelTwins.product(rounded(x, to: test.type), rounded(w, to: test.type), m: m, n: n, k: k)
        var expected = [Double](repeating: 0, count: m * columns)
        for i in 0..<m {
            for j in 0..<columns {
                func sum(_ column: Int) -> Double { sums[i * n + column] + (test.bias ? Double(bias[column]) : 0) }
                var value = test.function(sum(j))
                if test.gated { value *= sum(columns + j) }
                if test.residual || test.residualInPlace { value += Double(residual[i * columns + j]) }
                if test.accumulate { value += Double(initial[i * columns + j]) }
                expected[i * columns + j] = value
            }
        }
        let found = columns == 0 ? [] : compact(y.elements, columns: columns, from: columns + 1, gap: gap)
        expectClose(found, expected, absolute: test.tolerance, relative: test.tolerance, test.label)
    }

    @Test(arguments: InstructionSet.available) func oddRowsAndDepths(set: InstructionSet) {
        set.use {
            for m in oddSizes { for k in [0, 1, 5, 16, 33] { check(Case(m: m, n: 33, k: k), seed: 1) } }
        }
    }

    @Test(arguments: InstructionSet.available) func oddColumns(set: InstructionSet) {
        set.use {
            for n in oddSizes {
                check(Case(m: 15, n: n, k: 18, residual: true), seed: 2)
                check(Case(m: 3, n: n, k: 40, transposedWeight: true, bias: false), seed: 3)
                if n % 2 == 0 { check(Case(m: 15, n: n, k: 18, gated: true, function: .geluErf), seed: 4) }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func everyEpilogue(set: InstructionSet) {
        set.use {
            for function in KernelTwins.Function.allCases {
                for accumulate in [false, true] {
                    for bias in [false, true] {
                        // k = 1500 is cut into two blocks where Y may hold partial sums, and 20 is not.
                        for k in [20, 1500] {
                            var test = Case(m: 17, n: 34, k: k, function: function, bias: bias, accumulate: accumulate)
                            check(test, seed: 5)
                            test.residual = true
                            check(test, seed: 6)
                            test.gated = true
                            check(test, seed: 7)
                            test.residual = false
                            test.accumulate = false
                            test.residualInPlace = true
                            check(test, seed: 8)
                            test.gated = false
                            check(test, seed: 9)
                        }
                    }
                }
            }
        }
    }

    /// Both operands rounded to bf16, the rest as in single precision: every epilogue, orientation and odd size.
    @Test(arguments: InstructionSet.available) func halfPrecision(set: InstructionSet) {
        set.use {
            for size in oddSizes {
                check(Case(m: 15, n: 33, k: size, type: .SB_BF16), seed: 20)
                check(Case(m: size, n: 33, k: 20, type: .SB_BF16, residual: true), seed: 21)
                check(Case(m: 15, n: size, k: 33, type: .SB_BF16, transposedWeight: true), seed: 22)
                check(
                    Case(
                        m: size, n: 40, k: 131, type: .SB_BF16, transposedWeight: true, transposedX: true, bias: false,
                        accumulate: true),
                    seed: 23)
                if size % 2 == 0 {
                    check(Case(m: 9, n: size, k: 18, type: .SB_BF16, gated: true, function: .geluErf), seed: 24)
                }
            }
            check(Case(m: 17, n: 34, k: 2501, type: .SB_BF16, function: .silu, residual: true, rowCuts: [5]), seed: 25)
            check(Case(m: 17, n: 34, k: 4999, type: .SB_BF16, residualInPlace: true, panelCuts: [1]), seed: 26)
            check(Case(m: 33, n: 132, k: 2100, type: .SB_BF16, gated: true, residual: true, accumulate: true), seed: 27)
            let deep = Case(m: 5, n: 33, k: 4096, type: .SB_BF16)
            #expect(deep.tolerance <= 1e-4)
            check(deep, seed: 28)
        }
    }

    /// The weights of a gradient over many tokens, cut over threads.
    @Test(arguments: [sb_dtype.SB_F32, .SB_BF16]) func gradientOverThreads(type: sb_dtype) throws {
        let (m, n, k) = (70, 100, 3001)
        var random = SeededGenerator(seed: 29)
        let (dy, x) = (random.floats(k * m), random.floats(k * n))
        let data = GuardedBuffer([UInt8](repeating: 0xff, count: sb_packed_bytes(n, k, false, type)))
        let packed = sb_packed_make(data.pointer, n, k, false, type)
        let y = GuardedBuffer([Float](repeating: 1, count: m * n))
        let pool = try #require(sb_pool_create(2))
        defer { sb_pool_destroy(pool) }
        withUnsafePointer(to: packed) { packed in
            sb_pack(packed, x, .SB_F32, n, true, 0, sb_panel_count(n, false))
            dy.withUnsafeBufferPointer { dy in
                var gemm = sb_gemm()
                (gemm.x, gemm.ldx, gemm.x_transposed, gemm.w) = (dy.baseAddress, m, true, packed)
                (gemm.y, gemm.ldy, gemm.accumulate) = (y.pointer, n, true)
                #expect(sb_gemm_run(pool, &gemm, m))
            }
        }
        let left = rounded(KernelTwins.transpose(dy, rows: k, columns: m), to: type)
        let right = rounded(KernelTwins.transpose(x, rows: k, columns: n), to: type)
        let expected = KernelTwins.product(left, right, m: m, n: n, k: k).map { $0 + 1 }
        expectClose(y.elements, expected, absolute: 1e-4, "\(type)")
        #expect(y.isIntact && data.isIntact)
    }

    private func rounded(_ x: [Float], to type: sb_dtype) -> [Float] {
        guard type != .SB_F32 else { return x }
        var bits = [UInt16](repeating: 0, count: x.count)
        var result = x
        sb_convert(x, .SB_F32, &bits, type, x.count)
        sb_convert(bits, type, &result, .SB_F32, x.count)
        return result
    }

    /// dX = dY W packs a transposed source; dW = dYᵀ X reads a transposed left side and adds to what is there.
    @Test(arguments: InstructionSet.available) func gradients(set: InstructionSet) {
        set.use {
            for size in [1, 9, 17, 33, 65] {
                check(Case(m: size, n: 31, k: 65, transposedWeight: true, bias: false), seed: 10)
                check(
                    Case(
                        m: size, n: 40, k: 130, transposedWeight: true, transposedX: true, bias: false, accumulate: true
                    ),
                    seed: 11)
            }
        }
    }

    @Test(arguments: InstructionSet.available) func partsMakeTheWhole(set: InstructionSet) {
        set.use {
            check(Case(m: 70, n: 200, k: 50, residual: true, rowCuts: [1, 20, 43], panelCuts: [1, 3]), seed: 12)
            check(Case(m: 33, n: 132, k: 1100, gated: true, function: .silu, rowCuts: [16], panelCuts: [2]), seed: 13)
        }
    }

    /// A row's result is the same to the last bit, whatever is computed beside it.
    @Test(arguments: InstructionSet.available, [sb_dtype.SB_F32, .SB_BF16])
    func rowsDoNotDependOnEachOther(set: InstructionSet, type: sb_dtype) throws {
        try set.use {
            let (m, n, k) = (40, 64, 1300)
            var random = SeededGenerator(seed: 14)
            let (x, w) = (random.floats(m * k), random.floats(n * k))
            var data = [UInt8](repeating: 0, count: sb_packed_bytes(n, k, false, type))
            var together = [Float](repeating: 0, count: m * n)
            var alone = together
            try data.withUnsafeMutableBufferPointer { data in
                let packed = sb_packed_make(data.baseAddress, n, k, false, type)
                try withUnsafePointer(to: packed) { weights in
                    sb_pack(weights, w, .SB_F32, k, false, 0, sb_panel_count(n, false))
                    try x.withUnsafeBufferPointer { x in
                        for rows in [m, 1] {
                            var result = [Float](repeating: 0, count: m * n)
                            try result.withUnsafeMutableBufferPointer { y in
                                var gemm = sb_gemm()
                                (gemm.x, gemm.ldx, gemm.w) = (x.baseAddress, k, weights)
                                (gemm.y, gemm.ldy) = (y.baseAddress, n)
                                for begin in stride(from: 0, to: m, by: rows) {
                                    try withScratch(sb_gemm_scratch_bytes(&gemm, rows)) { scratch in
                                        let panels = sb_panel_count(n, false)
                                        try #require(sb_gemm_f32(&gemm, begin, begin + rows, 0, panels, scratch))
                                    }
                                }
                            }
                            if rows == 1 { alone = result } else { together = result }
                        }
                    }
                }
            }
            #expect(together == alone)
        }
    }

    @Test(arguments: InstructionSet.available) func weightsOfOtherKernelsAreRefused(set: InstructionSet) {
        set.use {
            var value: Float = 0
            withUnsafeMutablePointer(to: &value) { value in
                var packed = sb_packed_make(value, 1, 1, false, .SB_F32)
                packed.panel_width += 1
                withUnsafePointer(to: packed) { weights in
                    var gemm = sb_gemm()
                    (gemm.x, gemm.ldx, gemm.w, gemm.y, gemm.ldy) = (UnsafePointer(value), 1, weights, value, 1)
                    #expect(!sb_gemm_f32(&gemm, 0, 1, 0, 1, nil))
                    #expect(!sb_gemm_run(nil, &gemm, 1))
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func storedTypes(set: InstructionSet) {
        set.use {
            for type in [sb_dtype.SB_F32, .SB_F16, .SB_BF16] {
                for (m, n, k) in [(1, 9, 70), (2, 8, 16), (3, 5, 1), (4, 13, 33), (7, 4, 100), (9, 3, 0)] {
                    checkStored(type, m: m, n: n, k: k)
                }
            }
        }
    }

    /// Packing and the unpacked product read weights of any stored type as the same numbers.
    private func checkStored(_ type: sb_dtype, m: Int, n: Int, k: Int) {
        var random = SeededGenerator(seed: 15)
        let (x, bias) = (random.floats(m * k), random.floats(n))
        let rows = random.floats(n * (k + 3))
        // The rows as stored, and what they mean in single precision.
        var bits = [UInt16](repeating: 0, count: rows.count)
        var meant = rows
        if type != .SB_F32 {
            sb_convert(rows, .SB_F32, &bits, type, rows.count)
            sb_convert(bits, type, &meant, .SB_F32, rows.count)
        }
        let w = (0..<n).flatMap { meant[$0 * (k + 3)..<$0 * (k + 3) + k] }
        let expected = zip(
            KernelTwins.product(x, w, m: m, n: n, k: k), (0..<m).flatMap { _ in bias.map(Double.init) }
        ).map(+)
        let halves = GuardedBuffer(bits)
        let floats = GuardedBuffer(rows)
        let source = type == .SB_F32 ? UnsafeRawPointer(floats.pointer) : UnsafeRawPointer(halves.pointer)
        let y = GuardedBuffer([Float](repeating: 0, count: m * n))
        let label = "\(type) m \(m) n \(n) k \(k)"

        for (begin, end) in [(0, n / 2), (n / 2, n)] {
            sb_gemm_unpacked(x, k, m, source, type, k + 3, k, bias, y.pointer, n, begin, end)
        }
        expectClose(y.elements, expected, absolute: 1e-5, "unpacked \(label)")
        #expect(y.isIntact)

        for packedType in [sb_dtype.SB_F32, .SB_BF16] {
            let products = KernelTwins.product(rounded(x, to: packedType), rounded(w, to: packedType), m: m, n: n, k: k)
            let expected = products.indices.map { products[$0] + Double(bias[$0 % n]) }
            let data = GuardedBuffer([UInt8](repeating: 0xff, count: sb_packed_bytes(n, k, false, packedType)))
            let packed = sb_packed_make(data.pointer, n, k, false, packedType)
            withUnsafePointer(to: packed) { weights in
                sb_pack(weights, source, type, k + 3, false, 0, sb_panel_count(n, false))
                var gemm = sb_gemm()
                x.withUnsafeBufferPointer { x in
                    bias.withUnsafeBufferPointer { bias in
                        (gemm.x, gemm.ldx, gemm.w, gemm.bias) = (x.baseAddress, k, weights, bias.baseAddress)
                        (gemm.y, gemm.ldy) = (y.pointer, n)
                        withScratch(sb_gemm_scratch_bytes(&gemm, m)) { scratch in
                            _ = sb_gemm_f32(&gemm, 0, m, 0, sb_panel_count(n, false), scratch)
                        }
                    }
                }
            }
            expectClose(y.elements, expected, absolute: 1e-5, "packed as \(packedType) \(label)")
            #expect(data.isIntact && y.isIntact)
        }
    }
}
