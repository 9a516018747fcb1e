#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The arithmetic of the kernels once more, in double precision and in the plainest form: what the fast ones must agree with.
/// Matrices are row-major without gaps.
public enum KernelTwins {
    /// The elementwise functions.
    public enum Function: CaseIterable, Sendable {
        case identity, geluErf, geluTanh, silu, relu, tanh

        /// The function's value.
        public func callAsFunction(_ x: Double) -> Double {
            switch self {
            case .identity: x
            case .geluErf: 0.5 * x * erfc(-x / 2.0.squareRoot())
            case .geluTanh: 0.5 * x * (1 + _tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            case .silu: x / (1 + exp(-x))
            case .relu: max(x, 0)
            case .tanh: _tanh(x)
            }
        }
    }

    /// `x wᵀ`: x `[m, k]`, w `[n, k]`, result `[m, n]`.
    public static func product(_ x: [Float], _ w: [Float], m: Int, n: Int, k: Int) -> [Double] {
        var result = [Double](repeating: 0, count: m * n)
        for i in 0..<m {
            for j in 0..<n {
                var sum = 0.0
                for c in 0..<k { sum += Double(x[i * k + c]) * Double(w[j * k + c]) }
                result[i * n + j] = sum
            }
        }
        return result
    }

    /// The `[columns, rows]` transpose of a `[rows, columns]` matrix.
    public static func transpose(_ x: [Float], rows: Int, columns: Int) -> [Float] {
        (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
    }

    /// One head: q, k, v and `output` `[length, headSize]`; keys farther than `radius` are left out. Also log sum exp of the
    /// scaled scores of each query. With dropout, `factors` `[length, length]` multiply the weights of queries and keys.
    public static func attention(
        q: [Double], k: [Double], v: [Double], length: Int, headSize: Int, scale: Double, radius: Int?,
        factors: [Double]? = nil
    ) -> (output: [Double], logSumExp: [Double]) {
        var output = [Double](repeating: 0, count: length * headSize)
        var logSumExp: [Double] = []
        for i in 0..<length {
            let keys = radius.map { max(0, i - $0)..<min(length, i + $0 + 1) } ?? 0..<length
            let scores = keys.map { j in
                scale * (0..<headSize).reduce(0.0) { $0 + q[i * headSize + $1] * k[j * headSize + $1] }
            }
            let maximum = scores.max() ?? 0
            let weights = scores.map { exp($0 - maximum) }
            let total = weights.reduce(0, +)
            for (j, weight) in zip(keys, weights) {
                let used = weight / total * (factors?[i * length + j] ?? 1)
                for c in 0..<headSize { output[i * headSize + c] += used * v[j * headSize + c] }
            }
            logSumExp.append(maximum + log(total))
        }
        return (output, logSumExp)
    }

    /// Rotary embedding of one head's tokens `[tokens, headSize]`; cosines and sines `[positions, headSize / 2]`.
    public static func rotate(
        _ x: [Double], headSize: Int, positions: [Int], cosines: [Float], sines: [Float], inverse: Bool = false
    ) -> [Double] {
        var result = x
        let half = headSize / 2
        for (t, position) in positions.enumerated() {
            for i in 0..<half {
                let (a, b) = (x[t * headSize + i], x[t * headSize + half + i])
                let c = Double(cosines[position * half + i])
                let s = Double(sines[position * half + i]) * (inverse ? -1 : 1)
                result[t * headSize + i] = a * c - b * s
                result[t * headSize + half + i] = b * c + a * s
            }
        }
        return result
    }

    /// Layer norm of rows of `n`, with the biased variance.
    public static func layerNorm(
        _ x: [Double], n: Int, weight: [Float]?, bias: [Float]?, eps: Double
    ) -> (output: [Double], mean: [Double], inverseDeviation: [Double]) {
        var (output, means, inverses): ([Double], [Double], [Double]) = ([], [], [])
        for row in stride(from: 0, to: x.count, by: n).map({ x[$0..<$0 + n] }) {
            let mean = row.reduce(0, +) / Double(n)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
            let inverse = 1 / (variance + eps).squareRoot()
            for (c, value) in row.enumerated() {
                output.append((value - mean) * inverse * Double(weight?[c] ?? 1) + Double(bias?[c] ?? 0))
            }
            means.append(mean)
            inverses.append(inverse)
        }
        return (output, means, inverses)
    }

    /// The logarithm of the softmax of rows of `n`.
    public static func logSoftmax(_ x: [Float], n: Int) -> [Double] {
        stride(from: 0, to: x.count, by: n).flatMap { start in
            let row = x[start..<start + n].map(Double.init)
            let maximum = row.max() ?? 0
            let logSum = log(row.reduce(0) { $0 + exp($1 - maximum) })
            return row.map { $0 - maximum - logSum }
        }
    }
}

private func _tanh(_ x: Double) -> Double { tanh(x) }
