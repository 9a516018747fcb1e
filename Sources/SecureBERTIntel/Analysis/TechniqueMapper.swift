import SecureBERT

/// Maps sentences to techniques of ATT&CK: those that a classifier was trained on by its logits and the description, all others by their
/// descriptions alone.
public struct TechniqueMapper: Sendable {
    /// A technique that a sentence may be about.
    public struct Candidate: Sendable {
        public let technique: KnowledgeEntry
        /// Probability, by ``TechniqueMapping``.
        public let score: Float
        /// Whether the score is at least the threshold with the best micro-F1 on the sentences that the mapping was fitted to.
        public let isLikely: Bool
    }

    private let classifier: TextClassifier
    private let encoder: SentenceEncoder
    private let mapping: TechniqueMapping
    private let techniques: [KnowledgeEntry]
    private let vectors: [[Float]]

    /// - Parameters:
    ///   - classifier: Its labels are ids of techniques; others are not used.
    ///   - encoder: Embeds sentences and descriptions.
    ///   - knowledge: Where the techniques are from.
    ///   - mapping: Fitted for these two models.
    ///   - vectors: Of the descriptions, from ``EntryVectors``.
    public init(
        classifier: TextClassifier, encoder: SentenceEncoder, knowledge: KnowledgeBase, mapping: TechniqueMapping,
        vectors: EntryVectors
    ) {
        (self.classifier, self.encoder, self.mapping) = (classifier, encoder, mapping)
        techniques = vectors.ids.compactMap { knowledge[$0] }
        self.vectors = vectors.vectors
    }

    /// For each sentence the techniques that it is most likely about.
    /// - Parameters:
    ///   - sentences: Of any lengths; a sentence with no technique has candidates too, none of them likely.
    ///   - limit: The most for a sentence.
    public func callAsFunction(_ sentences: [String], limit: Int = 3) throws -> [[Candidate]] {
        let logits = try classifier(sentences.map { TextInput($0) }, mode: .sigmoid)
        let embeddings = try encoder(sentences)
        return zip(logits, embeddings).map { result, embedding in
            let similarities = vectors.map { Double(Similarity(embedding.vector, $0).value) }
            let nearest = similarities.max() ?? 0
            let known = Dictionary(
                result.labels.map { ($0.name, Double($0.logit.value)) }, uniquingKeysWith: { first, _ in first })
            let candidates = zip(techniques, similarities).map { technique, similarity in
                candidate(technique, logit: known[technique.id], similarity: similarity, nearest: nearest)
            }
            return Array(candidates.sorted { $0.score > $1.score }.prefix(limit))
        }
    }

    private func candidate(
        _ technique: KnowledgeEntry, logit: Double?, similarity: Double, nearest: Double
    ) -> Candidate {
        let (sum, threshold) =
            if let logit {
                (
                    mapping.classified.bias + mapping.classified.logit * logit
                        + mapping.classified.similarity * similarity, mapping.classified.threshold
                )
            } else {
                (
                    mapping.described.bias + mapping.described.similarity * similarity
                        + mapping.described.gap * (nearest - similarity), mapping.described.threshold
                )
            }
        let score = Logit(Float(sum)).sigmoid.value
        return Candidate(technique: technique, score: score, isLikely: Double(score) >= threshold)
    }
}
