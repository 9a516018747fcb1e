import CSecureBERTKernels
import SecureBERTJSON
import TestSupport
import Testing

/// Norms and products have the bits of the reference's on x86-64 (`Scripts/fixtures/rounding.py`), not only its values: scores
/// of attention turn a last bit into a difference of 1e-4 in the logits. Portable C has no fused multiply-add.
@Suite struct RoundingTests {
    private static let sets = InstructionSet.available.filter { $0.isa == .SB_ISA_AVX2 || $0.isa == .SB_ISA_AVX512 }
    private let golden: JSON

    init() throws { golden = try Fixtures.json("rounding/rounding.json") }

    private func values(_ count: Int, from first: Int) -> [Float] {
        (0..<count).map { Float(($0 + first) * ($0 + first) * 31 % 1009 - 504) / 97 }
    }

    private func expectBits(_ found: [Float], _ expected: JSON?, _ what: String) throws {
        let words = try #require(expected?.arrayValue).compactMap(\.integerValue)
        let different = zip(found, words).count { Int($0.bitPattern) != $1 }
        #expect(found.count == words.count && different == 0, "\(what): \(different) of \(words.count) differ")
    }

    @Test(arguments: sets) func norms(set: InstructionSet) throws {
        let rows = try #require(golden["normRows"]?.integerValue)
        for norm in try #require(golden["norms"]?.arrayValue) {
            let n = try #require(norm["n"]?.integerValue)
            let (x, weight) = (values(rows * n, from: 5), values(n, from: 1))
            var y = [Float](repeating: 0, count: rows * n)
            var (means, inverses) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
            set.use {
                x.withUnsafeBufferPointer { x in
                    weight.withUnsafeBufferPointer { weight in
                        y.withUnsafeMutableBufferPointer { y in
                            means.withUnsafeMutableBufferPointer { means in
                                inverses.withUnsafeMutableBufferPointer { inverses in
                                    var norm = sb_layer_norm()
                                    (norm.x, norm.ldx, norm.y, norm.ldy) = (x.baseAddress, n, y.baseAddress, n)
                                    (norm.weight, norm.eps) = (weight.baseAddress, 1e-5)
                                    (norm.mean, norm.inverse_deviation) = (means.baseAddress, inverses.baseAddress)
                                    sb_layer_norm_f32(&norm, rows, n)
                                }
                            }
                        }
                    }
                }
            }
            try expectBits(means, norm["mean"], "mean of \(n)")
            try expectBits(inverses, norm["inverseDeviation"], "inverse deviation of \(n)")
            try expectBits((0..<rows).flatMap { y[$0 * n..<$0 * n + 8] }, norm["output"], "output of \(n)")
        }
    }

    @Test(arguments: sets) func products(set: InstructionSet) throws {
        let rows = try #require(golden["productRows"]?.integerValue),
            columns = try #require(golden["productColumns"]?.integerValue)
        for product in try #require(golden["products"]?.arrayValue) {
            let k = try #require(product["k"]?.integerValue)
            let x = GuardedBuffer(values(rows * k, from: 3)), weight = GuardedBuffer(values(columns * k, from: 7))
            let y = GuardedBuffer([Float](repeating: 0, count: rows * columns))
            set.use {
                let memory = GuardedBuffer([UInt8](repeating: 0, count: sb_packed_bytes(columns, k, false, .SB_F32)))
                let panels = sb_panel_count(columns, false)
                var packed = sb_packed_make(memory.pointer, columns, k, false, .SB_F32)
                sb_pack(&packed, weight.pointer, .SB_F32, k, false, 0, panels)
                withUnsafePointer(to: packed) { packed in
                    var gemm = sb_gemm()
                    (gemm.x, gemm.ldx, gemm.w) = (UnsafePointer(x.pointer), k, packed)
                    (gemm.y, gemm.ldy) = (y.pointer, columns)
                    withScratch(sb_gemm_scratch_bytes(&gemm, rows)) { _ = sb_gemm_f32(&gemm, 0, rows, 0, panels, $0) }
                }
            }
            try expectBits(y.elements, product["output"], "product of depth \(k)")
        }
    }
}
