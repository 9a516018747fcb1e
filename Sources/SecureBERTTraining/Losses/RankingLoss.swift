import SecureBERTTensor

/// Multiple negatives ranking: each query's own document against all documents of the batch (Henderson et al. 2017,
/// arXiv 1705.00652; InfoNCE), as in sentence-transformers.
///
/// Documents `[queries * k, size]`: first the positive of every query, then one given hard negative of every query, and so on.
package struct RankingLoss {
    /// What cosines are multiplied by: the inverse temperature.
    let scale: Float
    /// Whether each positive must also find its query.
    let isSymmetric: Bool
    /// Sizes to which vectors are cut, each with its weight; the whole size alone when empty (Matryoshka: Kusupati et al.
    /// 2022, arXiv 2205.13147).
    let dimensions: [(size: Int, weight: Double)]

    package init(scale: Float = 20, isSymmetric: Bool = false, dimensions: [(size: Int, weight: Double)] = []) {
        self.scale = scale
        self.isSymmetric = isSymmetric
        self.dimensions = dimensions
    }

    /// - Parameters:
    ///   - queries: `[n, size]`, of any length.
    ///   - documents: `[n * k, size]`
    ///   - ignored: Pairs of a query and a document that is no wrong answer to it, such as another positive of that query.
    /// - Returns: The loss and the gradients with respect to queries and documents.
    package func callAsFunction(
        queries: Tensor, documents: Tensor, ignored: [(query: Int, document: Int)] = [], _ compute: Compute
    ) throws -> LossValue {
        let size = queries.shape[1]
        var total = LossValue(
            0,
            gradients: [queries, documents].map { [Float](repeating: 0, count: $0.shape.count) })
        for (length, weight) in dimensions.isEmpty ? [(size, 1.0)] : dimensions {
            let part = try loss(
                Self.cut(queries, to: length), Self.cut(documents, to: length), ignored, compute)
            total.value += weight * part.value
            for operand in 0..<2 {
                let source = part.gradients[operand]
                for row in 0..<source.count / length {
                    for column in 0..<length {
                        total.gradients[operand][row * size + column] += Float(weight) * source[row * length + column]
                    }
                }
            }
        }
        return total
    }

    /// The same operations that a model is made of, on a tape of their own.
    private func loss(
        _ queries: Tensor, _ documents: Tensor, _ ignored: [(query: Int, document: Int)], _ compute: Compute
    ) throws -> LossValue {
        let tape = GradientTape()
        let recording = compute.recording(on: tape)
        let parameters = try [queries, documents].map { try Parameter(name: "vectors", $0, compute) }
        let unit = try parameters.map { try recording.normalize($0.value) }
        let targets = (0..<Int32(queries.shape[0])).map { $0 }
        func matches(_ rows: Tensor, _ columns: Tensor, hiding: [(row: Int, column: Int)]) throws -> Tensor {
            let matrix = try WeightMatrix([columns], forTraining: true, compute: recording)
            var scores = try recording.scale(recording.linear(rows, matrix), by: scale)
            if !hiding.isEmpty {
                var penalty = [Float](repeating: 0, count: scores.shape.count)
                for (row, column) in hiding { penalty[row * scores.shape[1] + column] = -1e4 }
                scores = try recording.add(scores, Tensor(penalty, shape: scores.shape.dimensions))
            }
            return try recording.crossEntropy(scores, targets)
        }
        var loss = try matches(unit[0], unit[1], hiding: ignored.map { ($0.query, $0.document) })
        if isSymmetric {
            let positives = try recording.gather(unit[1], targets)
            let hidden = ignored.filter { $0.document < targets.count }.map { (row: $0.document, column: $0.query) }
            loss = try recording.scale(recording.add(loss, matches(positives, unit[0], hiding: hidden)), by: 0.5)
        }
        let value = Double(try loss.floats()[0])
        try tape.backward(from: loss, compute)
        return LossValue(value, gradients: try parameters.map { try $0.gradient?.floats() ?? [] })
    }

    private static func cut(_ vectors: Tensor, to length: Int) throws -> Tensor {
        let size = vectors.shape[1]
        guard length < size else { return vectors }
        let elements = try vectors.floats()
        return try Tensor(
            (0..<vectors.shape[0]).flatMap { elements[$0 * size..<$0 * size + length] },
            shape: [vectors.shape[0], length])
    }
}
