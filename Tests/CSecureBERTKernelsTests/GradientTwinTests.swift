import TestSupport
import Testing

/// The twins are right because differences of the forward twins say the same.
@Suite struct GradientTwinTests {
    private func expectSame(_ found: [Double], _ numeric: [Double], _ what: String) {
        expectClose(found.map { Float($0) }, numeric, absolute: 1e-7, relative: 1e-6, what)
    }

    @Test func activations() {
        for function in KernelTwins.Function.allCases {
            let x = stride(from: -6.05, to: 6, by: 0.1).map { $0 }
            let numeric = x.map { (function($0 + 1e-5) - function($0 - 1e-5)) / 2e-5 }
            expectSame(x.map { GradientTwins.derivative(function, $0) }, numeric, "\(function)")
        }
    }

    @Test func layerNorm() {
        var random = SeededGenerator(seed: 1)
        let (rows, n, eps) = (2, 7, 1e-5)
        let x = random.floats(rows * n).map(Double.init)
        let dy = random.floats(rows * n).map(Double.init)
        let weight = random.floats(n)
        let found = GradientTwins.layerNorm(dy: dy, x: x, n: n, weight: weight, eps: eps)
        let dx = GradientTwins.numeric(at: x) { x in
            GradientTwins.dot(KernelTwins.layerNorm(x, n: n, weight: weight, bias: nil, eps: eps).output, dy)
        }
        expectSame(found.dx, dx, "dx")
        // Linear in weight and bias, so that a wide step is exact, which single precision then is as well.
        let dweight = GradientTwins.numeric(at: weight.map(Double.init), step: 0.25) { weight in
            let weight = weight.map { Float($0) }
            return GradientTwins.dot(KernelTwins.layerNorm(x, n: n, weight: weight, bias: nil, eps: eps).output, dy)
        }
        expectClose(found.dweight.map { Float($0) }, dweight, "dweight")
        let dbias = GradientTwins.numeric(at: [Double](repeating: 0, count: n), step: 0.25) { bias in
            let bias = bias.map { Float($0) }
            return GradientTwins.dot(KernelTwins.layerNorm(x, n: n, weight: nil, bias: bias, eps: eps).output, dy)
        }
        expectClose(found.dbias.map { Float($0) }, dbias, "dbias")
    }

    @Test func crossEntropy() {
        var random = SeededGenerator(seed: 2)
        let n = 6
        let x = random.floats(3 * n, in: -3...3).map(Double.init)
        let targets: [Int32] = [5, -1, 0]
        for weights in [nil, random.floats(n, in: 0...2)] {
            for smoothing in [0, 0.1] {
                func twin(_ x: [Double]) -> (losses: [Double], dx: [Double]) {
                    GradientTwins.crossEntropy(x, n: n, targets: targets, weights: weights, smoothing: smoothing)
                }
                let numeric = GradientTwins.numeric(at: x) { twin($0).losses.reduce(0, +) }
                expectSame(twin(x).dx, numeric, "smoothing \(smoothing)")
            }
        }
    }

    @Test func attention() {
        var random = SeededGenerator(seed: 3)
        let (length, d, scale) = (7, 6, 0.4)
        let parts = (0..<4).map { _ in random.floats(length * d, in: -2...2).map(Double.init) }
        let tables = (cosines: random.floats(length * d / 2), sines: random.floats(length * d / 2))
        let dropped = random.floats(length * length).map { $0 < 0.2 ? 0.0 : 1.25 }
        let cases: [(Int?, ([Float], [Float])?, [Double]?)] = [
            (nil, nil, nil), (2, nil, nil), (nil, tables, nil), (0, tables, nil), (nil, tables, dropped),
            (2, nil, dropped),
        ]
        for (radius, rotary, factors) in cases {
            func output(_ q: [Double], _ k: [Double], _ v: [Double]) -> Double {
                func rotated(_ x: [Double]) -> [Double] {
                    guard let rotary else { return x }
                    return KernelTwins.rotate(
                        x, headSize: d, positions: Array(0..<length), cosines: rotary.0, sines: rotary.1)
                }
                let result = KernelTwins.attention(
                    q: rotated(q), k: rotated(k), v: v, length: length, headSize: d, scale: scale, radius: radius,
                    factors: factors)
                return GradientTwins.dot(result.output, parts[3])
            }
            let found = GradientTwins.attention(
                parts[0], parts[1], parts[2], dOutput: parts[3], length: length, headSize: d, scale: scale,
                radius: radius, rotary: rotary, factors: factors)
            let label = "radius \(radius ?? -1), rotary \(rotary != nil), dropout \(factors != nil)"
            expectSame(found.dq, GradientTwins.numeric(at: parts[0]) { output($0, parts[1], parts[2]) }, "dq, \(label)")
            expectSame(found.dk, GradientTwins.numeric(at: parts[1]) { output(parts[0], $0, parts[2]) }, "dk, \(label)")
            expectSame(found.dv, GradientTwins.numeric(at: parts[2]) { output(parts[0], parts[1], $0) }, "dv, \(label)")
        }
    }
}
