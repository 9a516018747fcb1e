import SecureBERTTensor
import TestSupport
import Testing

/// The gradient of every operation against finite differences: how the result changes in a random direction when an operand
/// is moved in a random direction. Whole models are compared with the reference in SecureBERTModelsTests.
@Suite struct GradientOperationTests {
    let compute: Compute
    init() throws { compute = try Compute(threads: 2) }

    /// - Parameters:
    ///   - shapes: Of the operands.
    ///   - step: How far operands are moved; results are float32, so not too little.
    ///   - operation: From operands to one result.
    private func check(
        _ name: String, _ shapes: [[Int]], step: Float = 1e-2, tolerance: Double = 1e-2,
        sourceLocation: SourceLocation = #_sourceLocation,
        dropout seed: UInt64? = nil, _ operation: ([Tensor], Compute) throws -> Tensor
    ) throws {
        // A new computation for each use, so that all of them drop the same.
        func dropping(_ tape: GradientTape) -> Compute {
            compute.recording(on: tape, dropout: seed.map { DropoutKeys(seed: $0) })
        }
        for seed in UInt64(1)...3 {
            var random = SeededGenerator(seed: seed)
            func tensor(_ shape: [Int]) throws -> Tensor {
                try Tensor(random.floats(shape.reduce(1, *)), shape: shape)
            }
            let parameters = try shapes.map { try Parameter(name: name, tensor($0), compute) }
            let directions = try shapes.map { try tensor($0) }
            let tape = GradientTape()
            let result = try operation(parameters.map(\.value), dropping(tape))
            let weights = try tensor(result.shape.dimensions)
            try tape.backward(from: result, gradient: weights, compute)

            for (operand, parameter) in parameters.enumerated() {
                func moved(_ factor: Float) throws -> Double {
                    var operands = parameters.map(\.constantValue)
                    operands[operand] = try compute.add(
                        operands[operand], compute.scale(directions[operand], by: factor))
                    return try dot(operation(operands, dropping(GradientTape())), weights)
                }
                let expected = try (moved(step) - moved(-step)) / Double(2 * step)
                let found = try parameter.gradient.map { try dot($0, directions[operand]) } ?? 0
                let scale = max(abs(expected), 0.1 * Double(result.shape.count).squareRoot())
                #expect(
                    abs(found - expected) <= tolerance * scale,
                    "\(name), operand \(operand): \(found), not \(expected)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    private func dot(_ a: Tensor, _ b: Tensor) throws -> Double {
        try zip(a.floats(), b.floats()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test(arguments: [1, 7, 33]) func products(rows: Int) throws {
        try check("linear", [[rows, 9], [5, 9], [5], [rows, 5]]) { x, compute in
            try compute.linear(
                x[0], WeightMatrix([x[1]], forTraining: true, compute: compute), bias: x[2], residual: x[3])
        }
        try check("stacked", [[rows, 9], [3, 9], [18, 9], [1, 9]]) { x, compute in
            try compute.linear(x[0], WeightMatrix(Array(x[1...]), forTraining: true, compute: compute))
        }
        try check("gated", [[rows, 9], [14, 9], [14]]) { x, compute in
            try compute.gatedLinear(
                x[0], WeightMatrix([x[1]], gated: true, forTraining: true, compute: compute), bias: x[2],
                activation: .geluErf)
        }
    }

    @Test(arguments: Activation.allCases) func activations(activation: Activation) throws {
        // A kink lies between the two points where relu is measured now and then.
        try check("\(activation)", [[6, 37]], step: 1e-3, tolerance: 4e-2) { x, compute in
            try compute.activate(x[0], activation)
        }
        try check("gated \(activation)", [[6, 34]], step: 1e-3, tolerance: 4e-2) { x, compute in
            try compute.gatedActivation(x[0], activation)
        }
        try check("linear \(activation)", [[6, 5], [7, 5], [7]], step: 1e-3, tolerance: 4e-2) { x, compute in
            try compute.linear(
                x[0], WeightMatrix([x[1]], forTraining: true, compute: compute), bias: x[2], activation: activation)
        }
    }

    @Test func rows() throws {
        try check("layer norm", [[19, 33], [33], [33]]) { x, compute in
            try compute.layerNorm(x[0], weight: x[1], bias: x[2], epsilon: 1e-5)
        }
        try check("add", [[5, 7], [5, 7]]) { x, compute in try compute.add(x[0], x[1]) }
        try check("scale", [[5, 7]]) { x, compute in try compute.scale(x[0], by: -2.5) }
        try check("transpose", [[5, 7]]) { x, compute in try compute.transpose(x[0]) }
        try check("normalize", [[5, 17]]) { x, compute in try compute.normalize(x[0]) }
        try check("concatenate", [[3], [1], [4]]) { x, compute in try compute.concatenate(x) }
        // An id that occurs twice gets both gradients.
        try check("gather", [[6, 9]]) { x, compute in try compute.gather(x[0], [0, 5, 5, 2]) }
    }

    @Test(arguments: Pooling.allCases) func pooling(pooling: Pooling) throws {
        try check("\(pooling)", [[9, 5]], step: 1e-3, tolerance: 2e-2) { x, compute in
            try compute.pool(x[0], SequenceLayout(lengths: [4, 0, 1, 4]), pooling)
        }
    }

    @Test(arguments: [nil, 0, 1, 3, 64], [false, true]) func attention(radius: Int?, rotates: Bool) throws {
        let rotary = rotates ? try RotaryEmbedding(headSize: 6, theta: 10_000) : nil
        try check("attention", [[24, 36]]) { x, compute in
            try compute.attention(
                x[0], SequenceLayout(lengths: [1, 17, 0, 6]), headCount: 2, radius: radius, rotary: rotary)
        }
    }

    @Test(arguments: [nil, 3]) func attentionWithDropout(radius: Int?) throws {
        try check("attention", [[24, 36]], dropout: 11) { x, compute in
            try compute.attention(
                x[0], SequenceLayout(lengths: [1, 17, 0, 6]), headCount: 2, radius: radius, dropout: 0.3)
        }
    }

    /// Values that are all one show each query's sum of weights: the mean stays 1, heads and sequences have masks of their
    /// own, and neither the number of threads nor recomputation changes them.
    @Test func attentionDropsWeights() throws {
        let (tokens, heads, size) = (600, 4, 8)
        let elements = (0..<tokens * 3 * heads * size).map { $0 % (3 * heads * size) < 2 * heads * size ? Float(0) : 1 }
        let projected = try Tensor(elements, shape: [tokens, 3 * heads * size])
        func sums(_ compute: Compute, rate: Float, seed: UInt64) throws -> [Float] {
            let recording = compute.recording(on: GradientTape(), dropout: DropoutKeys(seed: seed))
            let lengths = SequenceLayout(lengths: [300, 300])
            return try recording.attention(projected, lengths, headCount: heads, dropout: rate).floats()
        }
        let found = try sums(compute, rate: 0.2, seed: 1)
        #expect(abs(found.reduce(0, +) / Float(found.count) - 1) < 0.003)
        // Each sum is of 300 weights of 1/300 or 0, divided by 0.8.
        let variance = found.reduce(0) { $0 + ($1 - 1) * ($1 - 1) } / Float(found.count)
        #expect(abs(variance / (0.2 / 0.8 / 300) - 1) < 0.15)
        func column(_ head: Int, _ sequence: Int) -> [Float] {
            (0..<300).map { found[((sequence * 300) + $0) * heads * size + head * size] }
        }
        let all = (0..<heads).flatMap { head in (0..<2).map { column(head, $0) } }
        #expect(Set(all).count == all.count)
        #expect(try sums(Compute(threads: 1), rate: 0.2, seed: 1) == found)
        #expect(try sums(compute, rate: 0.2, seed: 2) != found)
        #expect(
            try sums(compute, rate: 0, seed: 1)
                == compute.attention(
                    projected, SequenceLayout(lengths: [300, 300]), headCount: heads
                ).floats())
        // Nothing is dropped where nobody trains.
        #expect(
            try compute.attention(
                projected, SequenceLayout(lengths: [300, 300]), headCount: heads, dropout: 0.2
            ).floats()
                == sums(compute, rate: 0, seed: 1))
    }

    @Test func crossEntropy() throws {
        let targets: [Int32] = [3, -1, 0, 8, 2]
        try check("cross-entropy", [[5, 9]]) { x, compute in try compute.crossEntropy(x[0], targets) }
        try check("smoothed", [[5, 9]]) { x, compute in
            try compute.crossEntropy(
                x[0], targets, weights: [1, 2, 0.5, 1, 1, 1, 1, 1, 3], smoothing: 0.1, denominator: 3)
        }
    }

    /// What is dropped on the way forward is dropped on the way back, and the mean stays.
    @Test func dropout() throws {
        let parameter = try Parameter(
            name: "x", Tensor(Array(repeating: 1, count: 100_000), shape: [1000, 100]), compute)
        let tape = GradientTape()
        let recording = compute.recording(on: tape, dropout: DropoutKeys(seed: 7))
        let result = try recording.dropout(parameter.value, rate: 0.25)
        let elements = try result.floats()
        #expect(abs(elements.reduce(0, +) / 100_000 - 1) < 0.01)
        #expect(abs(Double(elements.filter { $0 == 0 }.count) / 100_000 - 0.25) < 0.01)
        let ones = try Tensor(Array(repeating: 1, count: 100_000), shape: [1000, 100])
        try tape.backward(from: result, gradient: ones, compute)
        #expect(try #require(parameter.gradient).floats() == elements)
        #expect(try compute.dropout(parameter.value, rate: 0.25).floats() == parameter.value.floats())
    }

    /// A segment that is computed again sees the same dropout, and gives the same gradients as one that was remembered.
    @Test func recomputedSegmentsAgree() throws {
        var gradients: [[Float]] = []
        for recomputing in [false, true] {
            var random = SeededGenerator(seed: 5)
            let parameter = try Parameter(name: "w", Tensor(random.floats(64), shape: [8, 8]), compute)
            let input = try Parameter(name: "x", Tensor(random.floats(40), shape: [5, 8]), compute)
            let weight = try WeightMatrix([parameter.value], forTraining: true, compute: compute)
            let projection = try WeightMatrix(
                [Tensor(random.floats(192), shape: [24, 8])], forTraining: true, compute: compute)
            let tape = GradientTape()
            let recording = compute.recording(
                on: tape, dropout: DropoutKeys(seed: 3), recomputing: recomputing)
            var hidden = input.value
            for _ in 0..<3 {
                hidden = try recording.segment(hidden) { hidden, compute throws(TensorError) in
                    let product = try compute.linear(
                        hidden, weight, activation: .geluErf, dropout: 0.2, residual: hidden)
                    let projected = try compute.linear(product, projection)
                    return try compute.attention(
                        projected, SequenceLayout(lengths: [2, 3]), headCount: 2, dropout: 0.3)
                }
            }
            try tape.backward(from: recording.crossEntropy(hidden, [0, 1, 2, 3, 4]), compute)
            gradients.append(try #require(parameter.gradient).floats() + #require(input.gradient).floats())
        }
        #expect(gradients[0] == gradients[1])
        #expect(gradients[0].contains { $0 != 0 })
    }

    @Test func aLossMustBeOneNumberThatDependsOnAParameter() throws {
        let x = try Tensor([1, 2], shape: [2])
        #expect(throws: TensorError.self) { try GradientTape().backward(from: x, compute) }
        #expect(throws: TensorError.self) { try GradientTape().backward(from: Tensor([1], shape: [1]), compute) }
    }

    /// bfloat16 products differ from float32 ones by rounding only.
    @Test func bfloat16ProductsAreClose() throws {
        var random = SeededGenerator(seed: 9)
        let start = try Tensor(random.floats(33 * 65), shape: [33, 65])
        let x = try Tensor(random.floats(129 * 65), shape: [129, 65])
        var results: [[Float]] = []
        for arithmetic in [ElementType.float32, .bfloat16] {
            let parameter = try Parameter(name: "w", start, compute)
            let tape = GradientTape()
            let recording = compute.recording(on: tape, arithmetic: arithmetic)
            let logits = try recording.linear(x, WeightMatrix([parameter.value], forTraining: true, compute: compute))
            let loss = try recording.crossEntropy(logits, (0..<129).map { $0 % 33 })
            try tape.backward(from: loss, recording)
            results.append(try #require(parameter.gradient).floats())
        }
        let length = results[0].reduce(0) { $0 + $1 * $1 }.squareRoot()
        let distance = zip(results[0], results[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(distance < 0.02 * length)
        #expect(distance > 0 || !Compute.multipliesBfloat16)
    }
}
