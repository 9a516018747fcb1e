import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Losses of independent yes-or-no labels, of logits `[rows, labels]` before the sigmoid.
public enum BinaryLoss: Sendable, Equatable {
    /// `-w y log p - (1 - y) log(1 - p)`, with the weight of present labels of each column, or 1.
    case crossEntropy(positiveWeights: [Float]? = nil)
    /// Asymmetric loss (Ridnik et al. 2020, arXiv 2009.14119): easy negatives, of which there are very many, count less.
    ///
    /// `-y (1 - p)^g+ log p - (1 - y) q^g- log(1 - q)` with `q = max(p - margin, 0)`.
    case asymmetric(positiveFocus: Double = 0, negativeFocus: Double = 4, margin: Double = 0.05)

    /// - Parameters:
    ///   - logits: `[rows, labels]`, row by row.
    ///   - targets: 0...1, of as many elements; the asymmetric loss takes one half and more for present.
    ///   - labels: The number of columns.
    ///   - denominator: What the sum is divided by, such as the number of elements.
    /// - Returns: The loss and its gradient with respect to the logits.
    package func callAsFunction(_ logits: [Float], _ targets: [Float], labels: Int, denominator: Double) -> LossValue {
        var sum = 0.0
        var gradient = [Float](repeating: 0, count: logits.count)
        for index in logits.indices {
            let (loss, slope) = term(Double(logits[index]), Double(targets[index]), column: index % labels)
            sum += loss
            gradient[index] = Float(slope / denominator)
        }
        return LossValue(sum / denominator, gradients: [gradient])
    }

    private func term(_ x: Double, _ target: Double, column: Int) -> (loss: Double, slope: Double) {
        let p = 1 / (1 + exp(-x))
        switch self {
        case .crossEntropy(let weights):
            // log(1 + e^x) without overflow.
            let softplus = max(x, 0) + log1p(exp(-abs(x)))
            let weight = Double(weights?[column] ?? 1)
            return (
                weight * target * (softplus - x) + (1 - target) * softplus,
                weight * target * (p - 1) + (1 - target) * p
            )
        case .asymmetric(let positiveFocus, let negativeFocus, let margin):
            let tiny = 1e-8
            if target > 0.5 {
                let logP = log(max(p, tiny))
                let focus = pow(1 - p, positiveFocus)
                let slope = positiveFocus * p * focus * logP - focus * (1 - p)
                return (-focus * logP, slope)
            }
            let q = p - margin
            guard q > 0 else { return (0, 0) }
            let logRest = log(max(1 - q, tiny))
            let focus = pow(q, negativeFocus)
            let slopeOfQ = -(negativeFocus * pow(q, negativeFocus - 1) * logRest - focus / (1 - q))
            return (-focus * logRest, slopeOfQ * p * (1 - p))
        }
    }
}
