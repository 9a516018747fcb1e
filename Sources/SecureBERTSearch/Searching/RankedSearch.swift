import SecureBERT

/// The rankings of one search within one read, joined.
struct RankedSearch {
    let reader: any SearchReader
    let query: SearchQuery
    /// Nil for a search by words only.
    let vector: [Float]?
    /// Nil for a search by meaning only.
    let keywords: KeywordQuery?
    /// The identifiers of the query.
    let identifiers: KeywordQuery

    /// Passages that are shown with a document unless told otherwise.
    private static let passagesOfDocument = 3

    /// A ranking of passages or documents and what it was joined from.
    private struct Ranking {
        let matches: [SearchMatch]
        let keywords: [Int64: SearchResults.Place]
        let vector: [Int64: SearchResults.Place]
    }

    /// The results, best first.
    /// - Parameter depth: of each ranking.
    func results(depth: Int) throws -> [SearchResults.Result] {
        switch query.level {
        case .passage: try passageResults(depth)
        case .document: try documentResults(depth)
        }
    }

    private func passageResults(_ depth: Int) throws -> [SearchResults.Result] {
        let ranking = try ranking(.passage, depth)
        let passages = try passages(ranking)
        let documents = try documents(passages.map(\.stored.documentKey))
        var counts: [Int64: Int] = [:]
        return passages.compactMap { stored, score in
            let key = stored.documentKey
            counts[key, default: 0] += 1
            guard let document = documents[key], counts[key, default: 0] <= query.passagesPerDocument ?? .max else {
                return nil
            }
            return SearchResults.Result(
                score: score, document: document,
                passages: [.init(passage: stored.passage, ordinal: stored.ordinal, score: score)],
                keywords: ranking.keywords[stored.key], vector: ranking.vector[stored.key], logit: nil)
        }
    }

    private func documentResults(_ depth: Int) throws -> [SearchResults.Result] {
        let ranking = try ranking(.document, depth)
        let documents = try documents(ranking.matches.map(\.key))
        // The passages that the query finds by themselves show what the document was found by.
        var passages: [Int64: [SearchResults.Passage]] = [:]
        for (stored, score) in try self.passages(self.ranking(.passage, depth)) {
            let found = passages[stored.documentKey, default: []]
            guard found.count < query.passagesPerDocument ?? Self.passagesOfDocument else { continue }
            passages[stored.documentKey] =
                found + [.init(passage: stored.passage, ordinal: stored.ordinal, score: score)]
        }
        return ranking.matches.compactMap { match in
            documents[match.key].map { document in
                SearchResults.Result(
                    score: match.score, document: document, passages: passages[match.key] ?? [],
                    keywords: ranking.keywords[match.key], vector: ranking.vector[match.key], logit: nil)
            }
        }
    }

    private func ranking(_ level: SearchLevel, _ depth: Int) throws -> Ranking {
        let byWords = try keywords.map {
            try reader.keywordMatches($0, level: level, filter: query.filter, limit: depth)
        }
        let byMeaning = try vector.map {
            try reader.nearest(to: $0, level: level, filter: query.filter, limit: depth)
        }
        let matches: [SearchMatch]
        if let byWords, let byMeaning {
            let joined = query.fusion(
                words: byWords.map { ($0.key, $0.score) }, vectors: byMeaning.map { ($0.key, $0.score) })
            matches = try withIdentifiersFirst(joined, level, depth)
        } else {
            matches = byWords ?? byMeaning ?? []
        }
        return Ranking(matches: matches, keywords: places(byWords ?? []), vector: places(byMeaning ?? []))
    }

    /// What mentions an identifier of the query, before everything else and with 1 added to its score.
    private func withIdentifiersFirst(
        _ joined: [(document: Int64, score: Double)], _ level: SearchLevel, _ depth: Int
    ) throws -> [SearchMatch] {
        let exact =
            identifiers.isEmpty
            ? [] : try reader.keywordMatches(identifiers, level: level, filter: query.filter, limit: depth).map(\.key)
        let known = Set(joined.map(\.document))
        let mentions = Set(exact)
        let all = joined + exact.filter { !known.contains($0) }.map { (document: $0, score: 0) }
        let first = all.filter { mentions.contains($0.document) }.map {
            SearchMatch(key: $0.document, score: 1 + $0.score)
        }
        return first
            + all.filter { !mentions.contains($0.document) }.map { SearchMatch(key: $0.document, score: $0.score) }
    }

    private func places(_ matches: [SearchMatch]) -> [Int64: SearchResults.Place] {
        let places = matches.enumerated().map { ($1.key, SearchResults.Place(rank: $0 + 1, score: $1.score)) }
        return Dictionary(places, uniquingKeysWith: { first, _ in first })
    }

    private func passages(_ ranking: Ranking) throws -> [(stored: StoredPassage, score: Double)] {
        let scores = Dictionary(ranking.matches.map { ($0.key, $0.score) }, uniquingKeysWith: { first, _ in first })
        return try reader.passages(ranking.matches.map(\.key)).map { ($0, scores[$0.key] ?? 0) }
    }

    private func documents(_ keys: [Int64]) throws -> [Int64: SearchDocument] {
        let documents = try reader.documents(Array(Set(keys))).map { ($0.key, $0.document) }
        return Dictionary(documents, uniquingKeysWith: { first, _ in first })
    }
}
