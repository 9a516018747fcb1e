import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Losses of pairs and triplets of vectors, by their cosines.
package enum PairSimilarityLoss {
    /// CoSENT (Su 2022): `log(1 + sum exp(scale (c_j - c_i)))` over all pairs i, j of which i is the more similar by its
    /// label; as in sentence-transformers.
    /// - Parameters:
    ///   - cosines: Of each pair.
    ///   - labels: How similar each pair is; only their order counts.
    package static func coSENT(_ cosines: [Float], labels: [Float], scale: Double = 20) -> LossValue {
        var differences: [(value: Double, high: Int, low: Int)] = []
        for high in cosines.indices {
            for low in cosines.indices where labels[low] < labels[high] {
                differences.append((scale * Double(cosines[low] - cosines[high]), high, low))
            }
        }
        let largest = max(0, differences.map(\.value).max() ?? 0)
        let total = differences.reduce(exp(-largest)) { $0 + exp($1.value - largest) }
        var gradient = [Double](repeating: 0, count: cosines.count)
        for (value, high, low) in differences {
            let part = scale * exp(value - largest) / total
            gradient[low] += part
            gradient[high] -= part
        }
        return LossValue(largest + log(total), gradients: [gradient.map(Float.init)])
    }

    /// The mean of `max(0, d(anchor, positive) - d(anchor, negative) + margin)` with the distance `1 - cosine` (Schroff et
    /// al. 2015, arXiv 1503.03832).
    package static func triplet(_ positives: [Float], _ negatives: [Float], margin: Double = 0.3) -> LossValue {
        let count = Double(max(positives.count, 1))
        var sum = 0.0
        var gradients = [[Float]](repeating: [Float](repeating: 0, count: positives.count), count: 2)
        for index in positives.indices {
            let loss = Double(negatives[index] - positives[index]) + margin
            guard loss > 0 else { continue }
            sum += loss / count
            gradients[0][index] = Float(-1 / count)
            gradients[1][index] = Float(1 / count)
        }
        return LossValue(sum, gradients: gradients)
    }
}
