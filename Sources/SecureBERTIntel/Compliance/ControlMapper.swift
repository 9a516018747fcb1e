import SecureBERT

/// Maps texts to the controls of a catalog: finds them by keywords and by meaning, and orders them by what else speaks for them.
///
/// Keywords are looked for in titles, statements and guidance on their own (BM25 with singular forms), meaning is the bi-encoder's cosine. Then
/// controls gain by matching enhancements and by matching partners in another framework. Every kind of evidence is scaled to 0...1
/// for each text, as in relative score fusion (Bruch, Gai and Ingber 2023, arXiv 2210.11934), and added up with the weights of a
/// ``ControlMapping``, which also gives a probability.
public struct ControlMapper: Sendable {
    /// A control that a text may be about.
    public struct Candidate: Sendable {
        /// Index in the catalog.
        public let control: Int
        /// The weighted evidence; comparable for one text only.
        package let score: Double
        /// Cosine of text and control.
        package let similarity: Float
        /// That the text is about the control, by ``ControlMapping``.
        public let probability: Float
        /// The sentence that is most probably about the control, of a passage that was mapped with its sentences.
        public let sentence: Int?
    }

    /// A text and its vector, by the encoder that made those of the controls.
    public struct Text: Sendable {
        let text: String
        let vector: [Float]
        let isSetting: Bool

        /// - Parameters:
        ///   - text: A passage or a sentence.
        ///   - vector: Of the text.
        ///   - isSetting: Whether it is of configuration.
        public init(_ text: String, vector: [Float], isSetting: Bool = false) {
            (self.text, self.vector, self.isSetting) = (text, vector, isSetting)
        }
    }

    /// Where texts are mapped to.
    public let catalog: ControlCatalog
    /// How evidence is added up.
    public let mapping: ControlMapping
    /// The same for settings, where that was fitted.
    public let settings: ControlMapping?
    private let titles, statements, guidance: BM25
    private let vectors: [[Float]]
    private let crosswalk: ControlCrosswalk?
    private let reranker: ControlReranker?

    /// - Parameters:
    ///   - catalog: Where texts are mapped to.
    ///   - mapping: Fitted for this framework and for the encoder of the vectors.
    ///   - settings: The same, fitted for settings; nil to map them as prose.
    ///   - vectors: Of the controls, of all or more of them.
    ///   - partners: Another framework with links to this one, or the other way round.
    ///   - reranker: Reads texts with the first controls again.
    public init(
        _ catalog: ControlCatalog, mapping: ControlMapping, settings: ControlMapping? = nil, vectors: EntryVectors,
        partners: ControlCatalog? = nil, reranker: ControlReranker? = nil
    ) {
        (self.catalog, self.mapping, self.settings, self.reranker) = (catalog, mapping, settings, reranker)
        let words = SearchWords(stemming: .plural)
        func field(_ text: (KnowledgeEntry) -> String) -> BM25 {
            BM25(documents: catalog.controls.map(text), words: words)
        }
        (titles, statements, guidance) = (field(\.name), field(\.text), field(\.guidance))
        let known = Dictionary(zip(vectors.ids, vectors.vectors), uniquingKeysWith: { first, _ in first })
        let size = vectors.vectors.first?.count ?? 0
        self.vectors = catalog.controls.map { known[$0.id] ?? [Float](repeating: 0, count: size) }
        crosswalk = partners.map { ControlCrosswalk(catalog, partners: $0) }
    }

    /// The controls that a text is most likely about, best first; of equal ones the first of the catalog.
    /// - Parameters:
    ///   - text: A paragraph, a block of settings, a sentence.
    ///   - limit: How many.
    ///   - isLeftOut: Partners whose evidence must not count; for measuring with what they say.
    public func callAsFunction(
        _ text: Text, limit: Int, isLeftOut: (KnowledgeEntry) -> Bool = { _ in false }
    ) throws -> [Candidate] {
        let mapping = self.mapping(isSetting: text.isSetting)
        let similarities = vectors.map { Similarity(text.vector, $0).value }
        let scores = scores(text.text, similarities, mapping.weights, isLeftOut)
        let depth = max(limit, reranker?.depth ?? 0)
        var best = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(depth).map {
            (control: $0, score: scores[$0])
        }
        if let reranker { best = try reranker(text.text, best, catalog) }
        return best.prefix(limit).map { control, score in
            let logit = mapping.logit(score: score, similarity: Double(similarities[control]))
            return Candidate(
                control: control, score: score, similarity: similarities[control],
                probability: Logit(Float(logit)).sigmoid.value, sentence: nil)
        }
    }

    /// The controls that a passage is most likely about: of each the mean of the probability for all of it and of that for its best sentence,
    /// which is what shows it.
    /// - Parameters:
    ///   - passage: All of it.
    ///   - sentences: Its parts; none when it is one sentence.
    ///   - limit: How many.
    ///   - isLeftOut: Partners whose evidence must not count; for measuring with what they say.
    public func callAsFunction(
        _ passage: Text, sentences: [Text], limit: Int, isLeftOut: (KnowledgeEntry) -> Bool = { _ in false }
    ) throws -> [Candidate] {
        guard !sentences.isEmpty else { return try self(passage, limit: limit, isLeftOut: isLeftOut) }
        let all = catalog.controls.count
        var best: [Int: (sentence: Int, probability: Float)] = [:]
        for (index, sentence) in sentences.enumerated() {
            for candidate in try self(sentence, limit: all, isLeftOut: isLeftOut)
            where candidate.probability > best[candidate.control]?.probability ?? -1 {
                best[candidate.control] = (index, candidate.probability)
            }
        }
        return try self(passage, limit: all, isLeftOut: isLeftOut).map { candidate in
            guard let (sentence, probability) = best[candidate.control] else { return candidate }
            return Candidate(
                control: candidate.control, score: candidate.score, similarity: candidate.similarity,
                probability: (candidate.probability + probability) / 2, sentence: sentence)
        }.sorted { (-$0.probability, $0.control) < (-$1.probability, $1.control) }.prefix(limit).map(\.self)
    }

    /// How evidence is added up for texts of a kind.
    public func mapping(isSetting: Bool) -> ControlMapping { isSetting ? settings ?? mapping : mapping }

    /// How well a part of a text matches a control by keywords; comparable within one text only.
    func keywordScores(_ text: String) -> [Double] {
        var sums = [Double](repeating: 0, count: catalog.controls.count)
        for (keywords, weight) in fields(mapping.weights) { sums.add(keywords.scores(text), times: weight) }
        return sums
    }

    private func fields(_ weights: ControlMapping.Weights) -> [(keywords: BM25, weight: Double)] {
        [(titles, weights.title), (statements, weights.statement), (guidance, weights.guidance)].filter { $0.1 > 0 }
    }

    private func scores(
        _ text: String, _ similarities: [Float], _ weights: ControlMapping.Weights,
        _ isLeftOut: (KnowledgeEntry) -> Bool
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: catalog.controls.count)
        for (keywords, weight) in fields(weights) { sums.add(keywords.scores(text).scaled(), times: weight) }
        let lowest = similarities.min() ?? 0
        sums.add(similarities.map { Double($0 - lowest) }.scaled(), times: weights.similarity)
        if let crosswalk, weights.crosswalk > 0 {
            let scores = crosswalk.scores(text, count: sums.count, isLeftOut: isLeftOut)
            sums.add(scores.scaled(), times: weights.crosswalk)
        }
        return withEnhancements(sums, weights)
    }

    /// Adds what a control has of its enhancements, and of being none.
    private func withEnhancements(_ sums: [Double], _ weights: ControlMapping.Weights) -> [Double] {
        var best = [Double](repeating: 0, count: sums.count)
        for (index, enhanced) in catalog.enhanced.enumerated() {
            if let enhanced { best[enhanced] = max(best[enhanced], sums[index]) }
        }
        return sums.indices.map { index in
            sums[index] + weights.enhancements * best[index] + (catalog.enhanced[index] == nil ? weights.base : 0)
        }
    }
}

extension [Double] {
    /// The values divided by the largest; none of them negative.
    fileprivate func scaled() -> [Double] {
        let largest = self.max() ?? 0
        return largest > 0 ? map { $0 / largest } : self
    }

    fileprivate mutating func add(_ other: [Double], times weight: Double) {
        for index in indices { self[index] += weight * other[index] }
    }
}
