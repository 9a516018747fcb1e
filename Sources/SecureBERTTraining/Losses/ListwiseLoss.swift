import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ranks the documents of a query against each other: cross-entropy between the softmax of the relevances and that of the
/// scores (ListNet: Cao et al. 2007).
package enum ListwiseLoss {
    /// - Parameters:
    ///   - scores: Logits of all documents, query by query.
    ///   - relevances: Of as many documents; those of a query that are positive share its probability by their size.
    ///   - lists: Where each query's documents lie.
    ///   - denominator: What the sum over queries is divided by.
    package static func callAsFunction(
        _ scores: [Float], relevances: [Float], lists: [Range<Int>], denominator: Double
    ) -> LossValue {
        var sum = 0.0
        var gradient = [Float](repeating: 0, count: scores.count)
        for list in lists {
            let total = relevances[list].reduce(0.0) { $0 + Double($1) }
            guard total > 0 else { continue }
            let logProbabilities = logSoftmax(scores[list])
            for (index, logP) in zip(list, logProbabilities) {
                let share = Double(relevances[index]) / total
                sum -= share * logP / denominator
                gradient[index] = Float((exp(logP) - share) / denominator)
            }
        }
        return LossValue(sum, gradients: [gradient])
    }
}
