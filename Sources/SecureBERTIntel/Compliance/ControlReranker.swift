import SecureBERT

/// Reads a text together with the first controls found for it and orders them anew: a cross-encoder's logits and the scores before,
/// joined by relative score fusion.
public struct ControlReranker: Sendable {
    /// Controls that are read again.
    public let depth: Int
    /// How the cross-encoder's logits are joined with the scores before.
    public let fusion: RerankFusion
    private let crossEncoder: CrossEncoder

    /// - Parameters:
    ///   - crossEncoder: Trained to rank passages for queries.
    ///   - depth: Controls that are read again.
    ///   - weight: How much the cross-encoder counts beside the score before, of 1.
    public init(_ crossEncoder: CrossEncoder, depth: Int = 20, weight: Double = 0.3) {
        (self.crossEncoder, self.depth, fusion) = (crossEncoder, depth, RerankFusion(weight: weight))
    }

    /// The controls in their new order; scores stay in the range that they had.
    func callAsFunction(
        _ text: String, _ ranking: [(control: Int, score: Double)], _ catalog: ControlCatalog
    ) throws -> [(control: Int, score: Double)] {
        let (first, rest) = (Array(ranking.prefix(depth)), ranking.dropFirst(depth))
        let logits = try crossEncoder.score(
            first.map { entry in
                let control = catalog.controls[entry.control]
                return (text, "\(control.name). \(control.text.isEmpty ? control.guidance : control.text)")
            }
        ).map { Double($0.logit.value) }
        let fused = fusion(first.map { (document: $0.control, score: $0.score) }, logits: logits)
        return fused.map { (control: $0.document, score: $0.score) } + rest
    }
}
