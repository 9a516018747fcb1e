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

@Suite struct ElementwiseTests {
    /// Dense over the range where the functions bend, sparse far out.
    private static let inputs: [Float] =
        stride(from: Float(-12), through: 12, by: 0.0013).map { $0 } + [
            0, -0.0, 1e-30, -1e-30, 1e-8, -1e-8, 0.625, -0.625,
        ]
        + [-1e4, -100, -30, 30, 100, 1e4]

    @Test(arguments: InstructionSet.available, KernelTwins.Function.allCases)
    func activations(set: InstructionSet, function: KernelTwins.Function) {
        set.use {
            let y = GuardedBuffer(Self.inputs)
            sb_activate(function.kernel, y.pointer, y.pointer, y.count)
            expectClose(
                y.elements, Self.inputs.map { function(Double($0)) }, absolute: 1.5e-7, relative: 3e-7, "\(function)")
            for count in oddSizes {
                let (x, y) = (
                    GuardedBuffer(Array(Self.inputs.prefix(count))), GuardedBuffer([Float](repeating: 9, count: count))
                )
                sb_activate(function.kernel, x.pointer, y.pointer, count)
                expectClose(
                    y.elements, x.elements.map { function(Double($0)) }, absolute: 1.5e-7, relative: 3e-7,
                    "\(function) of \(count)")
                #expect(y.isIntact && x.isIntact)
            }
        }
    }

    @Test(arguments: InstructionSet.available) func infinitiesAndNaN(set: InstructionSet) {
        set.use {
            for function in KernelTwins.Function.allCases {
                var y: [Float] = [.infinity, .nan]
                sb_activate(function.kernel, y, &y, 2)
                #expect(y[0] == (function == .tanh ? 1 : .infinity), "\(function)")
                #expect(y[1].isNaN, "\(function)")
            }
            var y: [Float] = [.infinity, -.infinity, .nan, -1000, 1000, 0]
            sb_exp(y, &y, y.count)
            #expect(y[0] == .infinity && y[1] == 0 && y[2].isNaN && y[3] == 0 && y[4] == .infinity && y[5] == 1)
        }
    }

    @Test(arguments: InstructionSet.available) func exponentialWithinTwoUlp(set: InstructionSet) {
        set.use {
            let x = stride(from: Float(-87), to: 88.7, by: 0.0031).map { $0 }
            var y = [Float](repeating: 0, count: x.count)
            sb_exp(x, &y, x.count)
            let worst =
                zip(x, y).map { abs(Double($1) - exp(Double($0))) / Double(Float(exp(Double($0))).ulp) }.max() ?? 0
            #expect(worst <= 2)
        }
    }

    @Test(arguments: InstructionSet.available) func gatedActivation(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for function in KernelTwins.Function.allCases {
                for h in oddSizes {
                    let rows = 3
                    let x = random.floats(rows * 2 * h, in: -3...3)
                    let memory = GuardedBuffer(spread(x, columns: 2 * h, to: 2 * h + 1, gap: .nan))
                    let y = GuardedBuffer([Float](repeating: 0, count: rows * h))
                    sb_gated_activation(function.kernel, memory.pointer, 2 * h + 1, y.pointer, h, rows, h)
                    let expected = (0..<rows).flatMap { r in
                        (0..<h).map { function(Double(x[r * 2 * h + $0])) * Double(x[r * 2 * h + h + $0]) }
                    }
                    expectClose(y.elements, expected, "\(function) h \(h)")
                    #expect(y.isIntact)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available) func sumsAndScales(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 2)
            for count in oddSizes {
                let (a, b) = (random.floats(count), random.floats(count))
                let (da, db) = (a.map(Double.init), b.map(Double.init))
                let y = GuardedBuffer(b)
                sb_add(a, y.pointer, y.pointer, count)
                expectClose(y.elements, zip(da, db).map(+), "add \(count)")
                sb_scale(-2.5, a, y.pointer, count)
                expectClose(y.elements, da.map { $0 * -2.5 }, "scale \(count)")
                let z = GuardedBuffer(b)
                sb_add_scaled(0.3, a, z.pointer, count)
                expectClose(z.elements, zip(da, db).map { Double(Float(0.3)) * $0 + $1 }, "add scaled \(count)")
                expectClose([sb_dot(a, b, count)], [zip(da, db).reduce(0) { $0 + $1.0 * $1.1 }], "dot \(count)")
                #expect(y.isIntact && z.isIntact)
            }
            let (a, b) = (random.floats(4099, in: 0...1), random.floats(4099, in: 0...1))
            expectClose([sb_dot(a, b, 4099)], [zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }], "long dot")
        }
    }

    /// All 65,536 values of the 16-bit types survive a round trip, and rounding is to nearest even as Swift's Float16 does.
    @Test(arguments: InstructionSet.available) func conversions(set: InstructionSet) {
        set.use {
            let all = (0...UInt16.max).map { $0 }
            var floats = [Float](repeating: 0, count: all.count)
            var back = all
            for type in [sb_dtype.SB_F16, .SB_BF16] {
                sb_convert(all, type, &floats, .SB_F32, all.count)
                sb_convert(floats, .SB_F32, &back, type, all.count)
                let lost = all.indices.filter { floats[$0].isNaN ? !isNaN(back[$0], type) : back[$0] != all[$0] }
                #expect(lost.isEmpty, "\(type): \(lost.count) values do not survive, first \(lost.first ?? 0)")
            }
            sb_convert(all, .SB_BF16, &floats, .SB_F32, all.count)
            let shifted = all.map { Float(bitPattern: UInt32($0) << 16) }
            #expect(zip(floats, shifted).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN })

            // Halfway cases and their neighbours, small and large.
            var random = SeededGenerator(seed: 3)
            var values = (0..<20000).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random)) }
            values += (0..<60000).map { Float(bitPattern: UInt32($0) << 15 | 0x0000_8000) }
            values += [65504, 65519.996, 65520, 65536, -65520, 5.9604645e-8, 2.9802322e-8, 2.98023259e-8, 6.1e-5]
            var halves = [UInt16](repeating: 0, count: values.count)
            sb_convert(values, .SB_F32, &halves, .SB_F16, values.count)
            #if !(os(macOS) && arch(x86_64))
                let wrong = values.indices.filter {
                    values[$0].isNaN ? !isNaN(halves[$0], .SB_F16) : halves[$0] != Float16(values[$0]).bitPattern
                }
                #expect(wrong.isEmpty, "f16: \(wrong.count) wrong, first \(wrong.first.map { values[$0] } ?? 0)")
            #endif
            sb_convert(values, .SB_F32, &halves, .SB_BF16, values.count)
            let bad = values.indices.filter {
                values[$0].isNaN ? !isNaN(halves[$0], .SB_BF16) : halves[$0] != roundToBFloat16(values[$0])
            }
            #expect(bad.isEmpty, "bf16: \(bad.count) wrong, first \(bad.first.map { values[$0] } ?? 0)")

            for count in oddSizes {
                let source = GuardedBuffer(Array(all[1000..<1000 + count]))
                let target = GuardedBuffer([UInt16](repeating: 0, count: count))
                sb_convert(source.pointer, .SB_F16, target.pointer, .SB_BF16, count)
                #expect(target.isIntact && source.isIntact)
                let expected = source.elements.map { half -> UInt16 in
                    var value: Float = 0
                    withUnsafePointer(to: half) { sb_convert($0, .SB_F16, &value, .SB_F32, 1) }
                    return roundToBFloat16(value)
                }
                #expect(target.elements == expected)
            }
        }
    }

    private func isNaN(_ bits: UInt16, _ type: sb_dtype) -> Bool {
        bits & 0x7fff > (type == .SB_F16 ? 0x7c00 : 0x7f80)
    }

    /// Between the two neighbours, the nearer one, or the even one.
    private func roundToBFloat16(_ value: Float) -> UInt16 {
        let below = UInt16(value.bitPattern >> 16)
        let rest = value.bitPattern & 0xffff
        let up = rest > 0x8000 || rest == 0x8000 && below % 2 == 1
        return up ? below + 1 : below
    }
}
