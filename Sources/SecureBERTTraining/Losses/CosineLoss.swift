import SecureBERTTensor

/// A loss of the cosines of pairs of vectors, given back to the vectors.
struct CosineLoss {
    /// Sizes to which vectors are cut, each with its weight.
    let dimensions: [(size: Int, weight: Double)]

    /// - Parameters:
    ///   - queries: `[n, size]`
    ///   - documents: `[m, size]`
    ///   - pairs: Which query with which document.
    ///   - value: The loss of the pairs' cosines, in their order.
    /// - Returns: The loss and the gradients with respect to queries and documents.
    func callAsFunction(
        queries: Tensor, documents: Tensor, pairs: [(query: Int, document: Int)], _ compute: Compute,
        value: ([Float]) -> LossValue
    ) throws -> LossValue {
        let size = queries.shape[1]
        let (a, b) = (try queries.floats(), try documents.floats())
        var total = LossValue(
            0, gradients: [[Float](repeating: 0, count: a.count), [Float](repeating: 0, count: b.count)])
        for (length, weight) in dimensions {
            let cosines = pairs.map { pair in
                Cosine(
                    a[pair.query * size..<pair.query * size + length],
                    b[pair.document * size..<pair.document * size + length])
            }
            let loss = value(cosines.map(\.value))
            total.value += weight * loss.value
            for (index, pair) in pairs.enumerated() {
                let factor = Float(weight) * loss.gradients[0][index]
                guard factor != 0 else { continue }
                let (da, db) = cosines[index].gradients(
                    a[pair.query * size..<pair.query * size + length],
                    b[pair.document * size..<pair.document * size + length])
                for column in 0..<length {
                    total.gradients[0][pair.query * size + column] += factor * da[column]
                    total.gradients[1][pair.document * size + column] += factor * db[column]
                }
            }
        }
        return total
    }

    /// The cosine of two vectors, and what it takes to change it.
    private struct Cosine {
        let value: Float
        private let lengths: (Float, Float)

        init(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) {
            let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
            lengths = (
                max(a.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12),
                max(b.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
            )
            value = dot / (lengths.0 * lengths.1)
        }

        func gradients(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> ([Float], [Float]) {
            let product = lengths.0 * lengths.1
            return (
                zip(a, b).map { $1 / product - value * $0 / (lengths.0 * lengths.0) },
                zip(a, b).map { $0 / product - value * $1 / (lengths.1 * lengths.1) }
            )
        }
    }
}
