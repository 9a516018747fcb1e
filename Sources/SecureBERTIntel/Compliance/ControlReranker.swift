import SecureBERT

/// Reads a text together with the first controls found for it and orders them anew: a cross-encoder's logits and the scores before,
/// joined by relative score fusion.
public struct ControlReranker: Sendable {
    /// Controls that are read again.
    public let depth: Int
    /// How much the cross-encoder counts beside the score before, of 1.
    public let weight: Double
    private let crossEncoder: CrossEncoder

    /// - Parameters:
    ///   - crossEncoder: Trained to rank passages for queries.
    ///   - depth: Controls that are read again.
    ///   - weight: How much the cross-encoder counts beside the score before, of 1.
    public init(_ crossEncoder: CrossEncoder, depth: Int = 20, weight: Double = 0.3) {
        (self.crossEncoder, self.depth, self.weight) = (crossEncoder, depth, weight)
    }

    /// The controls in their new order; scores stay in the range that they had.
    func callAsFunction(
        _ text: String, _ ranking: [(control: Int, score: Double)], _ catalog: ControlCatalog
    ) throws -> [(control: Int, score: Double)] {
        let (first, rest) = (Array(ranking.prefix(depth)), ranking.dropFirst(depth))
        guard let best = first.first?.score, let last = first.last?.score else { return ranking }
        let logits = try crossEncoder.score(
            first.map { entry in
                let control = catalog.controls[entry.control]
                return (text, "\(control.name). \(control.text.isEmpty ? control.guidance : control.text)")
            }
        ).map { Double($0.logit.value) }
        let order = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
        let fused = RelativeScoreFusion(weights: [1 - weight, weight])([
            first.map { (document: $0.control, score: $0.score) },
            order.map { (document: first[$0].control, score: logits[$0]) },
        ])
        return fused.map { (control: $0.document, score: last + (best - last) * $0.score) } + rest
    }
}
