import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gradients in double precision and in the plainest form, which the kernels must agree with and which are themselves
/// checked against differences of the forward twins.
enum GradientTwins {
    /// The gradient of `value` at `x` by central differences.
    static func numeric(at x: [Double], step: Double = 1e-5, _ value: ([Double]) -> Double) -> [Double] {
        x.indices.map { i in
            var (above, below) = (x, x)
            above[i] += step
            below[i] -= step
            return (value(above) - value(below)) / (above[i] - below[i])
        }
    }

    /// What a gradient `dy` makes of an output: the scalar whose gradient the kernels compute.
    static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    static func derivative(_ function: KernelTwins.Function, _ x: Double) -> Double {
        switch function {
        case .identity: return 1
        case .geluErf: return 0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        case .geluTanh:
            let c = (2 / Double.pi).squareRoot()
            let t = tanh(c * (x + 0.044715 * x * x * x))
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x)
        case .silu:
            let s = 1 / (1 + exp(-x))
            return s + x * s * (1 - s)
        case .relu: return x > 0 ? 1 : 0
        case .tanh: return 1 - tanh(x) * tanh(x)
        }
    }

    static func layerNorm(
        dy: [Double], x: [Double], n: Int, weight: [Float]?, eps: Double
    ) -> (dx: [Double], dweight: [Double], dbias: [Double]) {
        var dx: [Double] = []
        var (dweight, dbias) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        let plain = KernelTwins.layerNorm(x, n: n, weight: nil, bias: nil, eps: eps)
        for r in 0..<x.count / n {
            let h = Array(plain.output[r * n..<(r + 1) * n])
            let row = Array(dy[r * n..<(r + 1) * n])
            let g = (0..<n).map { row[$0] * Double(weight?[$0] ?? 1) }
            let (mean, along) = (g.reduce(0, +) / Double(n), dot(g, h) / Double(n))
            dx += (0..<n).map { plain.inverseDeviation[r] * (g[$0] - mean - h[$0] * along) }
            for c in 0..<n {
                dweight[c] += row[c] * h[c]
                dbias[c] += row[c]
            }
        }
        return (dx, dweight, dbias)
    }

    /// Losses per row and their gradients; targets below zero are ignored.
    static func crossEntropy(
        _ x: [Double], n: Int, targets: [Int32], weights: [Float]?, smoothing: Double
    ) -> (losses: [Double], dx: [Double]) {
        var (losses, dx): ([Double], [Double]) = ([], [])
        let w = (0..<n).map { Double(weights?[$0] ?? 1) }
        for (r, target) in targets.enumerated() {
            let row = x[r * n..<(r + 1) * n]
            let maximum = row.max() ?? 0
            let logSum = maximum + log(row.reduce(0) { $0 + exp($1 - maximum) })
            let logP = row.map { $0 - logSum }
            guard target >= 0 else {
                losses.append(0)
                dx += [Double](repeating: 0, count: n)
                continue
            }
            // How much -log p of each class counts.
            let share = (0..<n).map {
                w[$0] * (smoothing / Double(n) + ($0 == Int(target) ? 1 - smoothing : 0))
            }
            losses.append(-dot(share, logP))
            let total = share.reduce(0, +)
            dx += (0..<n).map { exp(logP[$0]) * total - share[$0] }
        }
        return (losses, dx)
    }

    /// One head, all `[length, headSize]`, q and k before rotation.
    static func attention(
        _ q: [Double], _ k: [Double], _ v: [Double], dOutput: [Double], length: Int, headSize d: Int, scale: Double,
        radius: Int?, rotary: (cosines: [Float], sines: [Float])?, factors: [Double]? = nil
    ) -> (dq: [Double], dk: [Double], dv: [Double]) {
        func rotated(_ x: [Double], inverse: Bool = false) -> [Double] {
            guard let rotary else { return x }
            return KernelTwins.rotate(
                x, headSize: d, positions: Array(0..<length), cosines: rotary.cosines, sines: rotary.sines,
                inverse: inverse)
        }
        let (q, k) = (rotated(q), rotated(k))
        let forward = KernelTwins.attention(
            q: q, k: k, v: v, length: length, headSize: d, scale: scale, radius: radius, factors: factors)
        var dq = [Double](repeating: 0, count: length * d)
        var (dk, dv) = (dq, dq)
        for i in 0..<length {
            let inner = (0..<d).reduce(0.0) { $0 + dOutput[i * d + $1] * forward.output[i * d + $1] }
            for j in radius.map({ max(0, i - $0)..<min(length, i + $0 + 1) }) ?? 0..<length {
                var (score, dp) = (0.0, 0.0)
                for c in 0..<d {
                    score += q[i * d + c] * k[j * d + c]
                    dp += dOutput[i * d + c] * v[j * d + c]
                }
                let p = exp(scale * score - forward.logSumExp[i])
                let factor = factors?[i * length + j] ?? 1
                let ds = scale * p * (factor * dp - inner)
                for c in 0..<d {
                    dv[j * d + c] += factor * p * dOutput[i * d + c]
                    dq[i * d + c] += ds * k[j * d + c]
                    dk[j * d + c] += ds * q[i * d + c]
                }
            }
        }
        return (rotated(dq, inverse: true), rotated(dk, inverse: true), dv)
    }
}
