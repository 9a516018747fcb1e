/// Makes what an index keeps out of documents: passages, and the vectors of both.
struct EntryMaker {
    private let encoder: SearchEncoder
    private let manifest: IndexManifest
    /// Tokens that the prompt of passages takes.
    private let promptTokens: Int

    /// Texts that are encoded together.
    private static let batchSize = 64

    init(_ encoder: SearchEncoder, _ manifest: IndexManifest) throws {
        (self.encoder, self.manifest) = (encoder, manifest)
        promptTokens =
            manifest.passagePrompt.isEmpty
            ? 0 : try encoder.tokenCount(manifest.passagePrompt) - encoder.tokenCount("")
    }

    /// A document whose vectors are still to be made.
    private struct Draft {
        let document: SearchDocument
        let passages: [(passage: SearchPassage, tokens: Int)]
        /// What the model reads of each passage.
        let texts: [String]
    }

    /// The entries of documents, in order; those without any text are left out.
    /// - Parameter progress: called with the passages that are done and their number.
    func callAsFunction(
        _ documents: [(document: SourceDocument, digest: String)], progress: (Int, Int) -> Void
    ) throws -> [SearchEntry] {
        let drafts = try documents.compactMap { try draft($0.document, digest: $0.digest) }
        let texts = drafts.flatMap(\.texts)
        var vectors: [[Float]] = []
        vectors.reserveCapacity(texts.count)
        while vectors.count < texts.count {
            vectors += try encoder.vectors(Array(texts[vectors.count...].prefix(Self.batchSize)), .passage)
            progress(vectors.count, texts.count)
        }
        var next = 0
        return drafts.map { draft in
            let own = Array(vectors[next..<next + draft.texts.count])
            next += own.count
            return SearchEntry(
                document: draft.document, passages: draft.passages.map(\.passage), passageVectors: own,
                documentVector: Self.pooled(own, weights: draft.passages.map { Float(max(1, $0.tokens)) }))
        }
    }

    private func draft(_ source: SourceDocument, digest: String) throws -> Draft? {
        let title = source.title
        var titleTokens = title.isEmpty ? 0 : try encoder.tokenCount(title)
        // A title that leaves little room for the text is none.
        let isRead = titleTokens > 0 && titleTokens * 3 <= manifest.passageTokens
        if !isRead { titleTokens = 0 }
        let limit = min(manifest.passageTokens, encoder.maximumTokens) - promptTokens - titleTokens
        let cutter = PassageCutter(
            maximumTokens: limit, overlapTokens: manifest.overlapTokens, tokenCount: encoder.tokenCount)
        var passages = try cutter(source.text)
        if passages.isEmpty {
            guard !title.isEmpty else { return nil }
            passages = [(SearchPassage(text: "", scalars: 0..<0, lines: 1...1), titleTokens)]
        }
        let texts = passages.enumerated().map { index, passage in
            let hasTitle = isRead && !(source.titleIsInText && index == 0)
            let text = passage.passage.text
            return !hasTitle ? text.isEmpty ? title : text : text.isEmpty ? title : "\(title) \(text)"
        }
        let document = SearchDocument(
            id: source.id, title: title, source: source.source, kind: source.kind, date: source.date,
            metadata: source.metadata, digest: digest)
        return Draft(document: document, passages: passages, texts: texts)
    }

    /// The weighted mean of vectors, of length 1; of one vector the vector itself.
    private static func pooled(_ vectors: [[Float]], weights: [Float]) -> [Float] {
        guard vectors.count > 1, let first = vectors.first else { return vectors.first ?? [] }
        var sum = [Float](repeating: 0, count: first.count)
        for (vector, weight) in zip(vectors, weights) {
            for index in sum.indices { sum[index] += weight * vector[index] }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? sum.map { $0 / length } : sum
    }
}
