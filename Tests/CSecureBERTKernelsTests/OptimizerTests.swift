import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct OptimizerTests {
    @Test(arguments: InstructionSet.available) func adamW(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for count in oddSizes {
                let (w, m, v) = (random.floats(count), random.floats(count), random.floats(count, in: 0...1))
                let (lr, beta1, beta2, eps, decay, scale) = (0.01, 0.9, 0.98, 1e-6, 0.1, 0.5)
                let (ws, ms, vs) = (GuardedBuffer(w), GuardedBuffer(m), GuardedBuffer(v))
                var (w64, m64, v64) = (w.map(Double.init), m.map(Double.init), v.map(Double.init))
                for t in 1...3 {
                    let gradient = random.floats(count)
                    let (bias1, bias2) = (1 - pow(beta1, t), 1 - pow(beta2, t))
                    var step = sb_adamw(
                        lr: Float(lr), beta1: Float(beta1), beta2: Float(beta2), eps: Float(eps), decay: Float(decay),
                        bias1: Float(bias1), bias2: Float(bias2), gradient_scale: Float(scale))
                    sb_adamw_step(&step, ws.pointer, ms.pointer, vs.pointer, gradient, count)
                    for i in 0..<count {
                        let g = scale * Double(gradient[i])
                        w64[i] *= 1 - lr * decay
                        m64[i] = beta1 * m64[i] + (1 - beta1) * g
                        v64[i] = beta2 * v64[i] + (1 - beta2) * g * g
                        w64[i] -= lr * (m64[i] / bias1) / ((v64[i] / bias2).squareRoot() + eps)
                    }
                }
                expectClose(ws.elements, w64, "w \(count)")
                expectClose(ms.elements, m64, "m \(count)")
                expectClose(vs.elements, v64, "v \(count)")
                #expect(ws.isIntact && ms.isIntact && vs.isIntact)
            }
        }
    }

    /// Three steps of torch.optim.AdamW.
    @Test(arguments: InstructionSet.available) func agreesWithTorch(set: InstructionSet) {
        set.use {
            var (w, m, v): ([Float], [Float], [Float]) = ([1, -0.5, 2], [0, 0, 0], [0, 0, 0])
            let steps: [(gradient: [Float], result: [Double])] = [
                ([0.1, -0.2, 1e-3], [0.89000001, -0.395, 1.880001]),
                ([0.3, 0.2, 0], [0.7893219, -0.39631316, 1.79419611]),
                ([-0.1, 0.05, 2], [0.7330595, -0.40748467, 1.71234693]),
            ]
            for (i, (gradient, result)) in steps.enumerated() {
                var step = sb_adamw(
                    lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.1, bias1: Float(1 - pow(0.9, i + 1)),
                    bias2: Float(1 - pow(0.999, i + 1)), gradient_scale: 1)
                sb_adamw_step(&step, &w, &m, &v, gradient, 3)
                expectClose(w, result, absolute: 2e-6, relative: 0, "step \(i + 1)")
            }
        }
    }

    @Test(arguments: InstructionSet.available) func sumOfSquares(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 2)
            for count in oddSizes + [1023, 1024, 1025, 100_000] {
                let x = GuardedBuffer(random.floats(count))
                let expected = x.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
                #expect(abs(sb_sum_of_squares(x.pointer, count) - expected) <= 5e-7 * expected)
            }
            #expect(abs(sb_sum_of_squares([3e25, -4e25, 1], 3) - 25e50) < 1e45)
            #expect(sb_sum_of_squares([1, .infinity], 2) == .infinity)
            #expect(sb_sum_of_squares([1, .nan], 2).isNaN)
        }
    }

    private func pow(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { result, _ in result * base }
    }
}
