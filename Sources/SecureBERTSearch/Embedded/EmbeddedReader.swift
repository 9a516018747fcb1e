import GRDB

/// Reads within one transaction.
struct EmbeddedReader: SearchReader {
    let db: Database
    let state: EmbeddedState
    let vectors: VectorCache

    func digests(of ids: [String]) throws -> [String: String] {
        let find = try db.cachedStatement(sql: "SELECT digest FROM documents WHERE id = ?")
        var digests: [String: String] = [:]
        for id in ids { digests[id] = try String.fetchOne(find, arguments: [id]) }
        return digests
    }

    func documentIDs(sources: [String]) throws -> [String] {
        guard !sources.isEmpty else { return [] }
        let (condition, arguments) = SearchFilter.below(sources, "source")
        return try String.fetchAll(
            db, sql: "SELECT id FROM documents WHERE \(condition) ORDER BY key", arguments: arguments)
    }

    func roots() throws -> [String] { try String.fetchAll(db, sql: "SELECT path FROM roots ORDER BY key") }

    func keywordMatches(
        _ query: KeywordQuery, level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch] {
        guard !query.isEmpty, limit > 0 else { return [] }
        // FTS5 gives the scores of one pass over the matches; joining before that pass would hide them.
        var sql = """
            WITH hits AS MATERIALIZED (SELECT rowid AS key, -bm25(words) AS score FROM words WHERE words MATCH ?)
            """
        var arguments: StatementArguments = [query.fts5]
        let filtering = filter.sql
        switch level {
        case .passage where filtering == nil: sql += " SELECT key, score FROM hits"
        case .passage: sql += " SELECT h.key, h.score FROM hits h JOIN passages p ON p.key = h.key"
        case .document:
            sql += " SELECT p.document, MAX(h.score) AS score FROM hits h JOIN passages p ON p.key = h.key"
        }
        if let filtering {
            sql += " JOIN documents d ON d.key = p.document WHERE \(filtering.condition)"
            arguments += filtering.arguments
        }
        if level == .document { sql += " GROUP BY p.document" }
        sql += " ORDER BY 2 DESC, 1 LIMIT ?"
        arguments += [limit]
        return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
            SearchMatch(key: try row.decode(atIndex: 0), score: try row.decode(atIndex: 1))
        }
    }

    func nearest(
        to vector: [Float], level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch] {
        guard limit > 0, let count = state.rows[level], count > 0 else { return [] }
        let rows = try vectors.rows(level, state)
        let found = try rows.nearest(
            to: vector, limit: limit, included: includedRows(level, filter, count), vectors.compute)
        let find = try db.cachedStatement(sql: "SELECT key FROM \(level.table) WHERE vectorRow = ?")
        return try found.compactMap { found in
            try Int64.fetchOne(find, arguments: [found.row]).map { SearchMatch(key: $0, score: Double(found.score)) }
        }
    }

    /// The rows of a vector file that a search looks at; nil for all of them.
    private func includedRows(_ level: SearchLevel, _ filter: SearchFilter, _ count: Int) throws -> RowSet? {
        guard let filtering = filter.sql else {
            let removed = try Int.fetchCursor(
                db, sql: "SELECT row FROM removedRows WHERE level = ?", arguments: [level.number])
            guard let first = try removed.next() else { return nil }
            var included = RowSet(capacity: count, full: true)
            included.remove(first)
            while let row = try removed.next() { included.remove(row) }
            return included
        }
        let tables = level == .passage ? "passages v JOIN documents d ON d.key = v.document" : "documents d"
        let column = level == .passage ? "v.vectorRow" : "d.vectorRow"
        var included = RowSet(capacity: count)
        let rows = try Int.fetchCursor(
            db, sql: "SELECT \(column) FROM \(tables) WHERE \(filtering.condition)", arguments: filtering.arguments)
        while let row = try rows.next() { included.insert(row) }
        return included
    }

    func passages(_ keys: [Int64]) throws -> [StoredPassage] {
        let find = try db.cachedStatement(
            sql: """
                SELECT document, ordinal, text, firstScalar, endScalar, firstLine, lastLine FROM passages WHERE key = ?
                """)
        return try keys.compactMap { key in
            try Row.fetchOne(find, arguments: [key]).map { row in
                StoredPassage(
                    key: key, documentKey: try row.decode(atIndex: 0), ordinal: try row.decode(atIndex: 1),
                    passage: try row.passage(at: 2))
            }
        }
    }

    func documents(_ keys: [Int64]) throws -> [StoredDocument] {
        let find = try db.cachedStatement(
            sql: "SELECT id, title, source, kind, date, digest, passageCount FROM documents WHERE key = ?")
        return try keys.compactMap { key in
            guard let row = try Row.fetchOne(find, arguments: [key]) else { return nil }
            return StoredDocument(key: key, document: try document(row, key), passageCount: try row.decode(atIndex: 6))
        }
    }

    /// - Parameter row: id, title, source, kind, date, digest.
    func document(_ row: Row, _ key: Int64) throws -> SearchDocument {
        let find = try db.cachedStatement(sql: "SELECT name, value FROM metadata WHERE document = ?")
        let metadata = try Row.fetchAll(find, arguments: [key]).map { row in
            (try row.decode(String.self, atIndex: 0), try row.decode(String.self, atIndex: 1))
        }
        return SearchDocument(
            id: try row.decode(atIndex: 0), title: try row.decode(atIndex: 1), source: try row.decode(atIndex: 2),
            kind: try row.decode(atIndex: 3), date: try row.decode(atIndex: 4),
            metadata: Dictionary(metadata, uniquingKeysWith: { first, _ in first }), digest: try row.decode(atIndex: 5))
    }

    func counts() throws -> SearchCounts {
        let kinds = try Row.fetchAll(db, sql: "SELECT kind, COUNT(*) FROM documents GROUP BY kind").map { row in
            (try row.decode(String.self, atIndex: 0), try row.decode(Int.self, atIndex: 1))
        }
        return SearchCounts(
            documents: kinds.reduce(0) { $0 + $1.1 },
            passages: try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM passages") ?? 0, bytes: vectors.folder.byteCount,
            kinds: Dictionary(kinds, uniquingKeysWith: { first, _ in first }))
    }
}

extension Row {
    /// A passage in columns from this one on: text, first scalar, end, first line, last line.
    /// - Throws: `DatabaseError` when the numbers are not those of a passage.
    func passage(at column: Int) throws -> SearchPassage {
        let numbers: [Int] = try (1...4).map { try decode(atIndex: column + $0) }
        guard numbers[0] <= numbers[1], numbers[2] <= numbers[3] else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a passage ends before it begins")
        }
        return SearchPassage(
            text: try decode(atIndex: column), scalars: numbers[0]..<numbers[1], lines: numbers[2]...numbers[3])
    }
}
