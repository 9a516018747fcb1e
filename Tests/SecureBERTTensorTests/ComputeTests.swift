import SecureBERTTensor
import TestSupport
import Testing

/// The operations through their public interface: shapes, errors, and agreement with plain loops. The kernels have tests
/// of their own over odd sizes and every instruction set.
@Suite struct ComputeTests {
    let compute: Compute
    init() throws { compute = try Compute(threads: 2) }

    private func random(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return try Tensor(
            (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }, shape: [rows, columns])
    }

    @Test(arguments: [0, 1, 7, 16, 63]) func linearMatchesPlainLoops(rows: Int) throws {
        let x = try random(rows, 33, seed: 1)
        let w = try random(47, 33, seed: 2)
        let bias = try random(1, 47, seed: 3).reshaped([47])
        let residual = try random(rows, 47, seed: 4)
        let result = try compute.linear(
            x, WeightMatrix([w], compute: compute), bias: bias, activation: .relu, residual: residual
        ).floats()
        let (xs, ws, bs, rs) = (try x.floats(), try w.floats(), try bias.floats(), try residual.floats())
        for row in 0..<rows {
            for column in 0..<47 {
                let sum = (0..<33).reduce(Double(bs[column])) {
                    $0 + Double(xs[row * 33 + $1]) * Double(ws[column * 33 + $1])
                }
                #expect(abs(Double(result[row * 47 + column]) - (max(sum, 0) + Double(rs[row * 47 + column]))) < 1e-5)
            }
        }
    }

    @Test func stackedBlocksEqualOneMatrix() throws {
        let whole = try random(60, 16, seed: 5)
        let blocks = [try whole.rows(0..<20), try whole.rows(20..<45), try whole.rows(45..<60)]
        let x = try random(9, 16, seed: 6)
        let one = try compute.linear(x, WeightMatrix([whole], compute: compute))
        let stacked = try compute.linear(x, WeightMatrix(blocks, compute: compute))
        #expect(try one.floats() == stacked.floats())
        #expect(
            try zip(one.floats(), compute.linear(x, WeightMatrix(stored: whole)).floats()).allSatisfy {
                abs($0 - $1) < 1e-5
            })
    }

    @Test func gatedLinearIsActivationTimesGate() throws {
        let w = try random(38, 16, seed: 7)
        let x = try random(5, 16, seed: 8)
        let plain = try compute.linear(x, WeightMatrix([w], compute: compute)).floats()
        let gated = try compute.gatedLinear(x, WeightMatrix([w], gated: true, compute: compute), activation: .relu)
            .floats()
        for row in 0..<5 {
            for column in 0..<19 {
                let expected = max(plain[row * 38 + column], 0) * plain[row * 38 + 19 + column]
                #expect(abs(gated[row * 19 + column] - expected) < 1e-5)
            }
        }
    }

    /// Every (sequence, head, query) is computed exactly once, however the work is split.
    @Test(arguments: [1, 2, 3, 7]) func attentionPlanCoversEveryQueryOnce(parts: Int) {
        for lengths in [[], [0], [1], [5, 0, 300, 17], [8192], Array(repeating: 1, count: 50)] {
            for radius in [nil, 0, 64] as [Int?] {
                let plan = AttentionPlan(SequenceLayout(lengths: lengths), headCount: 3, radius: radius, parts: parts)
                var seen = lengths.map { Array(repeating: 0, count: 3 * $0) }
                for item in plan.parts.joined() {
                    for query in item.queries { seen[item.sequence][item.head * lengths[item.sequence] + query] += 1 }
                }
                #expect(seen.joined().allSatisfy { $0 == 1 })
            }
        }
    }

    @Test func attentionOfABatchEqualsEachSequenceAlone() throws {
        let lengths = [1, 70, 0, 9, 33]
        let layout = SequenceLayout(lengths: lengths)
        let projected = try random(layout.rows, 3 * 2 * 8, seed: 9)
        let rotary = try RotaryEmbedding(headSize: 8, theta: 10_000)
        for radius in [nil, 4] as [Int?] {
            let together = try compute.attention(projected, layout, headCount: 2, radius: radius, rotary: rotary)
            for index in layout.indices {
                let alone = try compute.attention(
                    projected.rows(layout[index]), SequenceLayout(lengths: [lengths[index]]), headCount: 2,
                    radius: radius,
                    rotary: rotary
                ).floats()
                let rows = try together.rows(layout[index]).floats()
                #expect(zip(alone, rows).allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
    }

    @Test func poolingsFollowTheirDefinitions() throws {
        let hidden = try Tensor([1, 2, 3, 4, 5, 0, 7, 8], shape: [4, 2])
        let layout = SequenceLayout(lengths: [3, 0, 1])
        let expected: [Pooling: [Float]] = [
            .cls: [1, 2, 0, 0, 7, 8], .lastToken: [5, 0, 0, 0, 7, 8], .mean: [3, 2, 0, 0, 7, 8],
            .max: [5, 4, 0, 0, 7, 8],
            .meanSquareRootLength: [9 / Float(3).squareRoot(), 6 / Float(3).squareRoot(), 0, 0, 7, 8],
            .weightedMean: [22 / 6, 10 / 6, 0, 0, 7, 8],
        ]
        for (pooling, values) in expected {
            let pooled = try compute.pool(hidden, layout, pooling).floats()
            #expect(zip(pooled, values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(pooling)")
        }
        let unit = try compute.normalize(Tensor([3, 4, 0, 0], shape: [2, 2])).floats()
        #expect(abs(unit[0] - 0.6) < 1e-6 && abs(unit[1] - 0.8) < 1e-6 && unit[2] == 0 && unit[3] == 0)
    }

    @Test func operandsThatDoNotFitAreNamed() throws {
        let x = try random(2, 3, seed: 10)
        let matrix = try WeightMatrix([random(4, 5, seed: 11)], compute: compute)
        let error = try #require(throws: TensorError.self) { try compute.linear(x, matrix) }
        #expect(error.description == "linear: expected input of shape [*, 5], found [2, 3]")
        let outside = try #require(throws: TensorError.self) { try compute.gather(x, [0, 1, 7]) }
        #expect(outside.description == "gather: expected ids from 0 to 1, found 7 at token 2")
        #expect(throws: TensorError.self) { try compute.gather(x, [-1]) }
        #expect(throws: TensorError.self) { try compute.add(x, random(3, 2, seed: 12)) }
        #expect(throws: TensorError.self) { try compute.attention(x, SequenceLayout(lengths: [2]), headCount: 2) }
        #expect(throws: TensorError.self) { try Compute(threads: 0) }
        #expect(throws: TensorError.self) { try Compute(threads: 1 << 20) }
        #expect(throws: TensorError.self) { try RotaryEmbedding(headSize: 7, theta: 1) }
    }
}
