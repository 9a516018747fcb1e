import SecureBERT

/// An index that can be searched, by any number of threads at once.
///
/// Every search sees the index as one update left it; updates by other processes are seen by the next search.
public final class SearchIndex: Sendable {
    /// Scores texts by how well they answer a query; only the order of the scores means something.
    public typealias Reranker = @Sendable (_ query: String, _ texts: [String]) throws -> [Double]

    public let store: any SearchStore
    private let encoder: SearchEncoder?
    private let reranker: Reranker?

    /// - Parameters:
    ///   - store: opened to be read.
    ///   - encoder: the model that the index was made with; nil for searches by words only.
    ///   - reranker: reads the best results again; nil for searches without that.
    /// - Throws: ``SearchError`` when the index was made with another model.
    public init(_ store: any SearchStore, encoder: SearchEncoder?, reranker: Reranker? = nil) throws {
        if let encoder { try store.manifest.check(encoder.identity, location: store.location) }
        (self.store, self.encoder, self.reranker) = (store, encoder, reranker)
    }

    /// A cross-encoder as a re-ranker.
    public static func reranker(_ model: CrossEncoder) -> Reranker {
        { query, texts in try model.score(texts.map { (query, $0) }).map { Double($0.logit.value) } }
    }

    /// Searches.
    /// - Throws: ``SearchError`` when the query asks for what the index or its models cannot do, or the index is damaged; what the models throw.
    public func search(_ query: SearchQuery) throws -> SearchResults {
        try check(query)
        let vector = query.mode == .bm25 ? nil : try encoder?.vectors([query.text], .query).first
        let keywords = query.mode == .vector ? nil : KeywordQuery(query.text)
        // Passages that are left out for others of their document leave room for others.
        let widening = query.level == .passage && query.passagesPerDocument != nil ? 5 : 1
        let depth = max(SearchQuery.depth, query.limit, query.rerankDepth ?? 0) * widening
        let (results, roots) = try store.read { reader -> ([SearchResults.Result], SearchRoots) in
            let roots = SearchRoots(try reader.roots())
            var query = query
            query.filter.sources += query.names.flatMap(roots.paths)
            // Without folders to be below, nothing is.
            guard query.names.isEmpty || !query.filter.sources.isEmpty else { return ([], roots) }
            let search = RankedSearch(
                reader: reader, query: query, vector: vector, keywords: keywords,
                identifiers: KeywordQuery.identifiers(in: query.text))
            return (try search.results(depth: depth), roots)
        }
        let ranked = try reranked(results, query)
        return SearchResults(
            query: query, model: store.manifest.modelName, results: Array(ranked.prefix(query.limit)), roots: roots)
    }

    private func check(_ query: SearchQuery) throws(SearchError) {
        func refuse(_ problem: String) -> SearchError { SearchError(.invalidRequest, store.location, problem) }
        guard query.text.contains(where: { !$0.isWhitespace }) else { throw refuse("the query is empty") }
        let range = 1...SearchQuery.maximumLimit
        guard range.contains(query.limit), range.contains(query.rerankDepth ?? 1),
            range.contains(query.passagesPerDocument ?? 1)
        else { throw refuse("the number of results and the depth must be 1 to \(SearchQuery.maximumLimit)") }
        guard (0...1).contains(query.fusion.vectorWeight) else {
            throw refuse("the weight of the vectors must be 0 to 1")
        }
        guard (0...1).contains(query.rerankFusion.weight) else {
            throw refuse("the weight of the re-ranker must be 0 to 1")
        }
        guard query.mode == .bm25 || encoder != nil else {
            throw refuse("a search by meaning needs the model \(store.manifest.modelName) of the index")
        }
        guard query.rerankDepth == nil || reranker != nil else {
            throw refuse("re-ranking needs a cross-encoder, and none was named")
        }
    }

    /// The results with the first ones in the order of the re-ranker and the ranking before joined; the others follow as they were.
    private func reranked(
        _ results: [SearchResults.Result], _ query: SearchQuery
    ) throws -> [SearchResults.Result] {
        guard let depth = query.rerankDepth, let reranker else { return results }
        let best = Array(results.prefix(depth))
        let logits = try reranker(query.text, best.map(\.textToRerank))
        guard logits.count == best.count else {
            throw SearchError(
                .mismatch, store.location,
                "the re-ranker gave \(logits.count) logits, expected one for each of \(best.count) results")
        }
        let fused = query.rerankFusion(best.enumerated().map { ($0.offset, $0.element.score) }, logits: logits)
        return fused.map { index, score in
            var result = best[index]
            (result.logit, result.score) = (logits[index], score)
            return result
        } + results.dropFirst(depth)
    }
}

extension SearchResults.Result {
    /// What a re-ranker reads: the title and the best passage.
    fileprivate var textToRerank: String {
        let text = passages.first?.passage.text ?? ""
        return document.title.isEmpty || text.hasPrefix(document.title) ? text : "\(document.title) \(text)"
    }
}
