import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Cross-entropy in which certain rows count less: `-w (1 - p)^focus log p` of the target's probability p (Lin et al. 2017,
/// arXiv 1708.02002).
package struct FocalLoss {
    /// 0 for plain cross-entropy.
    let focus: Double
    /// How much a row of each class counts; nil for all alike.
    let classWeights: [Float]?

    package init(focus: Double, classWeights: [Float]? = nil) {
        self.focus = focus
        self.classWeights = classWeights
    }

    /// - Parameters:
    ///   - logits: `[rows, classes]`, row by row.
    ///   - targets: The class of each row; a negative one is not counted.
    ///   - denominator: What the sum is divided by.
    package func callAsFunction(_ logits: [Float], _ targets: [Int32], denominator: Double) -> LossValue {
        let classes = targets.isEmpty ? 0 : logits.count / targets.count
        var sum = 0.0
        var gradient = [Float](repeating: 0, count: logits.count)
        for (row, target) in targets.enumerated() where target >= 0 {
            let start = row * classes
            let logProbabilities = logSoftmax(logits[start..<start + classes])
            let weight = Double(classWeights?[Int(target)] ?? 1) / denominator
            let logP = logProbabilities[Int(target)]
            let p = exp(logP)
            let rest = max(1 - p, 0)
            sum -= weight * pow(rest, focus) * logP
            // d/dlog p of -(1 - p)^f log p, then log p's own gradient: 1 - p at the target, -p elsewhere.
            let focused = focus == 0 ? 0 : focus * pow(rest, focus - 1) * p * logP
            let slope = weight * (focused - pow(rest, focus))
            for column in 0..<classes {
                let own = column == Int(target) ? 1.0 : 0
                gradient[start + column] = Float(slope * (own - exp(logProbabilities[column])))
            }
        }
        return LossValue(sum, gradients: [gradient])
    }
}

/// `log softmax` of a row, in double precision.
func logSoftmax(_ row: ArraySlice<Float>) -> [Double] {
    let largest = Double(row.max() ?? 0)
    let shifted = row.map { Double($0) - largest }
    let total = log(shifted.reduce(0) { $0 + exp($1) })
    return shifted.map { $0 - total }
}
