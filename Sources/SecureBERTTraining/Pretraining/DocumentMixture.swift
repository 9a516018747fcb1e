/// How much of the tokens of a stage comes from where.
///
/// SecureBERT 2.0 (arXiv 2510.00240) learns from curated security sources first and from broader ones later; a recipe says
/// with `broad.sources` which sources are broad, and each stage how much of them it takes.
public struct DocumentMixture: Sendable, Equatable {
    /// The parts of text and code; nil for as much of each as the corpus has.
    public let kinds: [DocumentKind: Double]?
    /// The part of broad sources, 0...1; nil for as much as the corpus has.
    public let broad: Double?

    /// Documents of one kind, and of broad sources or of curated ones.
    package struct Group: Equatable {
        package let kind: DocumentKind
        package let isBroad: Bool
        /// Tokens of all its documents.
        package let size: Double

        package init(kind: DocumentKind, isBroad: Bool, size: Double) {
            self.kind = kind
            self.isBroad = isBroad
            self.size = size
        }
    }

    package init(kinds: [DocumentKind: Double]? = nil, broad: Double? = nil) {
        self.kinds = kinds
        self.broad = broad
    }

    /// The part of the tokens that each group gets, not normalized.
    ///
    /// Within a kind, tokens count as they are. The part of broad sources is then met exactly by scaling; where only curated or
    /// only broad documents are of a kind, the parts of the kinds are met as nearly as that leaves them.
    package func shares(of groups: [Group]) -> [Double] {
        var shares = groups.map { group in
            guard let kinds else { return group.size }
            let ofKind = groups.reduce(0) { $1.kind == group.kind ? $0 + $1.size : $0 }
            return (kinds[group.kind] ?? 0) * group.size / ofKind
        }
        if let broad {
            for (isBroad, part) in [(true, broad), (false, 1 - broad)] {
                let members = groups.indices.filter { groups[$0].isBroad == isBroad }
                let total = members.reduce(0) { $0 + shares[$1] }
                for member in members where total > 0 { shares[member] *= part / total }
            }
        }
        return shares
    }
}
