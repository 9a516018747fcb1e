import SecureBERT

/// What the partners of controls in another framework say: a text that matches a subcategory of the CSF speaks for the controls of 800-53
/// behind it, and the other way round.
struct ControlCrosswalk: Sendable {
    private let keywords: BM25
    private let partners: ControlCatalog
    /// For each partner the controls it stands for, and how much each gets: many share what few would have.
    private let links: [[(control: Int, weight: Double)]]

    /// - Parameters:
    ///   - controls: Those that get the evidence.
    ///   - partners: The other framework's; either side may name the other in ``KnowledgeEntry/related``.
    init(_ controls: ControlCatalog, partners: ControlCatalog) {
        self.partners = partners
        keywords = BM25(
            documents: partners.controls.map { "\($0.text) \($0.guidance)" }, words: SearchWords(stemming: .plural))
        let places = Dictionary(
            controls.controls.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var back: [String: [Int]] = [:]
        for (index, control) in controls.controls.enumerated() {
            for id in control.related { back[id, default: []].append(index) }
        }
        links = partners.controls.map { partner in
            let found = partner.related.compactMap { places[$0] } + (back[partner.id] ?? [])
            return found.map { ($0, 1 / Double(found.count).squareRoot()) }
        }
    }

    /// For each control how well its partners match a text.
    /// - Parameter isLeftOut: Partners whose evidence must not count, because they are what is asked for.
    func scores(_ text: String, count: Int, isLeftOut: (KnowledgeEntry) -> Bool) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        for (partner, score) in keywords.scores(text).enumerated()
        where score > 0 && !isLeftOut(partners.controls[partner]) {
            for link in links[partner] { sums[link.control] += score * link.weight }
        }
        return sums
    }
}
