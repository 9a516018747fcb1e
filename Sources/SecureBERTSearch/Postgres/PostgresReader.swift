/// Reads within one transaction.
struct PostgresReader: SearchReader {
    let connection: PostgresConnection
    let manifest: IndexManifest
    let graph: PostgresGraph

    private var location: String { connection.location }

    /// Keys and texts that a statement gets at once.
    private static let chunk = 1000

    private func damaged(_ what: String) -> SearchError {
        SearchError(.damaged, location, "\(what) cannot be read; build the index again")
    }

    func digests(of ids: [String]) throws -> [String: String] {
        var digests: [String: String] = [:]
        for ids in ids.chunks(of: Self.chunk) {
            var parameters = PostgresParameters()
            let sql = "SELECT id, digest FROM documents WHERE id = ANY(\(parameters.bind(ids)))"
            let result = try connection.run(sql, parameters.values)
            var found: [String: String] = [:]
            for row in result.rows { if let id = result.text(row, 0) { found[id] = result.text(row, 1) } }
            for id in ids { digests[id] = found[PostgresText.storable(id)] }
        }
        return digests
    }

    func documentIDs(sources: [String]) throws -> [String] {
        var ids: [(key: Int64, id: String)] = []
        for sources in sources.chunks(of: Self.chunk) {
            var parameters = PostgresParameters()
            let condition = SearchFilter.below(sources, "d.source", &parameters)
            let result = try connection.run("SELECT d.key, d.id FROM documents d WHERE \(condition)", parameters.values)
            for row in result.rows {
                guard let key = result.integer(row, 0), let id = result.text(row, 1) else { continue }
                ids.append((key, id))
            }
        }
        ids.sort { $0.key < $1.key }
        // A document may be below several of the folders.
        var seen: Set<Int64> = []
        return ids.filter { seen.insert($0.key).inserted }.map(\.id)
    }

    func roots() throws -> [String] {
        let result = try connection.run("SELECT path FROM roots ORDER BY key")
        return result.rows.compactMap { result.text($0, 0) }
    }

    func keywordMatches(
        _ query: KeywordQuery, level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch] {
        guard limit > 0, let words = PostgresText.query(query) else { return [] }
        var parameters = PostgresParameters()
        let place = parameters.bind(words)
        // 1 divides by the logarithm of the length; BM25 has a part like that too.
        let score = "ts_rank_cd(p.words, \(place)::tsquery, 1)"
        var sql =
            switch level {
            case .passage: "SELECT p.key, \(score) FROM passages p"
            case .document: "SELECT p.document, MAX(\(score)) FROM passages p"
            }
        let condition = filter.condition(&parameters)
        if condition != nil { sql += " JOIN documents d ON d.key = p.document" }
        sql += " WHERE p.words @@ \(place)::tsquery"
        if let condition { sql += " AND \(condition)" }
        if level == .document { sql += " GROUP BY p.document" }
        sql += " ORDER BY 2 DESC, 1 LIMIT \(limit)"
        return try matches(connection.run(sql, parameters.values))
    }

    func nearest(
        to vector: [Float], level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch] {
        guard limit > 0 else { return [] }
        guard vector.count == manifest.dimensions, vector.allSatisfy(\.isFinite) else {
            throw SearchError(
                .invalidRequest, location,
                "the query has \(vector.count) elements or some that are no numbers, expected \(manifest.dimensions) finite ones"
            )
        }
        try setReach(limit)
        let found = try nearest(to: vector, level, filter, limit, isExact: false)
        // The graph gives up after many rows that a filter refuses; then those that pass are few enough to look at them all.
        return found.count == limit ? found : try nearest(to: vector, level, filter, limit, isExact: true)
    }

    /// How far the graph is searched, until the end of the transaction.
    private func setReach(_ limit: Int) throws {
        try connection.run("SELECT set_config('hnsw.ef_search', $1, true)", [String(graph.reach(limit))])
        // Since 0.8.0 the search goes on when a filter has left too few.
        if !connection.vectorVersion.lexicographicallyPrecedes([0, 8]) {
            try connection.run("SELECT set_config('hnsw.iterative_scan', 'strict_order', true)")
        }
    }

    private func nearest(
        to vector: [Float], _ level: SearchLevel, _ filter: SearchFilter, _ limit: Int, isExact: Bool
    ) throws -> [SearchMatch] {
        let (columns, dimensions) = (PostgresSchema.columns(manifest), manifest.dimensions)
        guard let quick = columns.first, let precise = columns.last else { return [] }
        var parameters = PostgresParameters()
        func distance(_ column: (name: String, type: String, format: VectorFormat), _ table: String) -> String {
            let place = parameters.bind(PostgresText.vector(vector, as: column.format))
            return PostgresSchema.distance("\(table).\(column.name)", column.format, dimensions, to: place)
        }
        // Conditions of a filter speak of d.
        let table = level == .document ? "d" : "v"
        let near = distance(quick, table)
        let isRescored = columns.count > 1
        let candidates =
            isRescored ? limit.multipliedReportingOverflow(by: quick.format.oversampling).partialValue : limit
        let selected = "\(table).key, \(near) AS distance\(isRescored ? ", \(table).precise" : "")"
        var inner = "SELECT \(selected) FROM \(level.table) \(table)"
        if let condition = filter.condition(&parameters) {
            if level == .passage { inner += " JOIN documents d ON d.key = v.document" }
            inner += " WHERE \(condition)"
        }
        // With something added, the order is not that of the graph, which is then not used.
        inner +=
            " ORDER BY \(isExact ? "(\(near)) + 0" : near)\(isExact ? ", \(table).key" : "") LIMIT \(max(limit, candidates))"
        let order = isRescored ? distance(precise, "c") : "c.distance"
        let sql = "SELECT c.key, \(order) AS distance FROM (\(inner)) c ORDER BY 2, 1 LIMIT \(limit)"
        let isBits = precise.format == .binary
        return try matches(connection.run(sql, parameters.values)).map { match in
            SearchMatch(key: match.key, score: isBits ? 1 - 2 * match.score / Double(dimensions) : -match.score)
        }
    }

    private func matches(_ result: PostgresResult) throws -> [SearchMatch] {
        try result.rows.map { row in
            guard let key = result.integer(row, 0), let score = result.number(row, 1) else {
                throw damaged("a result of a search")
            }
            return SearchMatch(key: key, score: score)
        }
    }

    func passages(_ keys: [Int64]) throws -> [StoredPassage] {
        var found: [Int64: StoredPassage] = [:]
        for keys in keys.chunks(of: Self.chunk) {
            var parameters = PostgresParameters()
            let result = try connection.run(
                "SELECT p.key, p.document, p.ordinal, \(SearchPassage.columns) FROM passages p WHERE p.key = ANY(\(parameters.bind(keys)))",
                parameters.values)
            for row in result.rows {
                guard let key = result.integer(row, 0), let document = result.integer(row, 1),
                    let ordinal = result.integer(row, 2), let passage = SearchPassage(result, row, at: 3)
                else { throw damaged("a passage") }
                found[key] = StoredPassage(
                    key: key, documentKey: document, ordinal: Int(ordinal), passage: passage)
            }
        }
        return keys.compactMap { found[$0] }
    }

    func documents(_ keys: [Int64]) throws -> [StoredDocument] {
        var found: [Int64: StoredDocument] = [:]
        for keys in keys.chunks(of: Self.chunk) {
            var parameters = PostgresParameters()
            let result = try connection.run(
                "SELECT d.key, d.passagecount, \(SearchDocument.columns) FROM documents d WHERE d.key = ANY(\(parameters.bind(keys)))",
                parameters.values)
            for row in result.rows {
                guard let key = result.integer(row, 0), let count = result.integer(row, 1),
                    let document = SearchDocument(result, row, at: 2)
                else { throw damaged("a document") }
                found[key] = StoredDocument(key: key, document: document, passageCount: Int(count))
            }
        }
        return keys.compactMap { found[$0] }
    }

    func counts() throws -> SearchCounts {
        let kinds = try connection.run("SELECT kind, COUNT(*) FROM documents GROUP BY kind ORDER BY kind")
        var byKind: [String: Int] = [:]
        for row in kinds.rows { byKind[kinds.text(row, 0) ?? ""] = kinds.integer(row, 1).map(Int.init) }
        let sizes = try connection.run(
            """
            SELECT (SELECT COUNT(*) FROM passages),
                pg_total_relation_size('documents') + pg_total_relation_size('passages') + pg_total_relation_size('state')
            """)
        return SearchCounts(
            documents: byKind.values.reduce(0, +), passages: sizes.integer(0, 0).map(Int.init) ?? 0,
            bytes: sizes.integer(0, 1).map(Int.init) ?? 0, kinds: byKind)
    }
}

extension Array {
    /// The elements in order, at most so many at a time.
    func chunks(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
