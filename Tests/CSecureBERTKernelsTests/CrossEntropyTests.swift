import CSecureBERTKernels
import TestSupport
import Testing

@Suite struct CrossEntropyTests {
    @Test(arguments: InstructionSet.available) func agreesWithTwin(set: InstructionSet) {
        set.use {
            var random = SeededGenerator(seed: 1)
            for n in oddSizes.dropFirst() + [5000] {
                for variant in 0..<4 {
                    let x = random.floats(4 * n, in: -20...20)
                    let targets: [Int32] = [Int32(n - 1), -100, 0, Int32(n / 2)]
                    let weights = variant % 2 == 1 ? random.floats(n, in: 0...2) : nil
                    let (smoothing, scale) = (Float(variant < 2 ? 0 : 0.15), Float(0.5))
                    let expected = GradientTwins.crossEntropy(
                        x.map(Double.init), n: n, targets: targets, weights: weights, smoothing: Double(smoothing))
                    let gradient = expected.dx.map { $0 * Double(scale) }
                    let xs = GuardedBuffer(spread(x, columns: n, to: n + 1, gap: 9))
                    let losses = GuardedBuffer([Float](repeating: 9, count: 4))
                    let dx = GuardedBuffer([Float](repeating: 9, count: 4 * n))
                    weights.withPointer { weights in
                        let label = "n \(n) variant \(variant)"
                        for (target, ld) in [(nil, 0), (dx.pointer, n), (xs.pointer, n + 1)] {
                            sb_cross_entropy(
                                xs.pointer, n + 1, targets, weights, smoothing, losses.pointer, scale, target, ld, 4, n)
                            expectClose(losses.elements, expected.losses, absolute: 5e-6, relative: 3e-6, label)
                        }
                        expectClose(dx.elements, gradient, absolute: 5e-7, label)
                        let inPlace = compact(xs.elements, columns: n, from: n + 1, gap: 9)
                        #expect(inPlace == dx.elements, "in place, \(label)")
                    }
                    #expect(losses.isIntact && dx.isIntact && xs.isIntact)
                }
            }
        }
    }

    /// Values of torch.nn.functional.cross_entropy(reduction="none") and of its gradient.
    @Test(arguments: InstructionSet.available) func agreesWithTorch(set: InstructionSet) {
        set.use {
            let x: [Float] = [1, -2, 0.5, 3, 0, 0.25, -0.75, 1.5, 2, 2, 2, -1]
            let weights: [Float] = [0.5, 2, 1, 0.25]
            let golden: [(Bool, Float, [Double], [Double])] = [
                (
                    false, 0.0, [0.20225345, 0.0, 1.11507177],
                    [
                        0.11055375, 0.00550415, 0.06705424, -0.18311214, 0.0, 0.0, 0.0, 0.0, 0.32789174, -0.67210826,
                        0.32789174, 0.01632477,
                    ]
                ),
                (
                    false, 0.1, [0.43975345, 0.0, 1.19007177],
                    [
                        0.08555375, -0.01949585, 0.04205424, -0.10811214, 0.0, 0.0, 0.0, 0.0, 0.30289174, -0.59710826,
                        0.30289174, -0.00867523,
                    ]
                ),
                (
                    true, 0.0, [0.05056336, 0.0, 2.23014355],
                    [
                        0.02763844, 0.00137604, 0.01676356, -0.04577803, 0.0, 0.0, 0.0, 0.0, 0.65578349, -1.34421651,
                        0.65578349, 0.03264954,
                    ]
                ),
                (
                    true, 0.2, [0.75337321, 0.0, 2.0306908],
                    [
                        0.01783958, -0.09786714, -0.02401648, 0.10404405, 0.0, 0.0, 0.0, 0.0, 0.56110649, -1.11389351,
                        0.53610649, 0.01668052,
                    ]
                ),
            ]
            for (weighted, smoothing, losses, gradient) in golden {
                var (found, dx) = ([Float](repeating: 9, count: 3), [Float](repeating: 9, count: 12))
                (weighted ? weights : nil).withPointer { weights in
                    sb_cross_entropy(x, 4, [3, -100, 1], weights, smoothing, &found, 1, &dx, 4, 3, 4)
                }
                expectClose(found, losses, absolute: 5e-7, relative: 0, "losses, smoothing \(smoothing)")
                expectClose(dx, gradient, absolute: 5e-7, relative: 0, "gradient, smoothing \(smoothing)")
            }
        }
    }
}

extension [Float]? {
    /// The address of the elements, or nil.
    fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        if let self { self.withUnsafeBufferPointer { body($0.baseAddress) } } else { body(nil) }
    }
}
