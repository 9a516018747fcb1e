import SecureBERTCheckpoint

extension PostgresStore {
    /// Problems that are told; a broken index has thousands of the same.
    private static let mostProblems = 20
    /// Documents that are read together.
    private static let chunk = 500

    public func check(progress: (Int, Int) -> Void) throws -> [String] {
        try reading { reader in
            let connection = reader.connection
            let total = try reader.counts().documents
            var problems: [String] = []
            var done = 0
            var last: Int64 = 0
            progress(done, total)
            while problems.count < Self.mostProblems {
                let result = try connection.run(
                    """
                    SELECT d.key, d.passagecount, d.checksum, \(SearchDocument.columns) FROM documents d
                    WHERE d.key > $1::int8 ORDER BY d.key LIMIT \(Self.chunk)
                    """, [String(last)])
                guard !result.rows.isEmpty else { break }
                let keys = result.rows.compactMap { result.integer($0, 0) }
                guard keys.count == result.rows.count, let end = keys.last else {
                    return problems + ["a document has no key"]
                }
                let passages = try passages(after: last, to: end, connection)
                for (row, key) in zip(result.rows, keys) {
                    problem(result, row, passages[key] ?? []).map { problems.append($0) }
                }
                last = end
                done += keys.count
                progress(min(done, total), total)
            }
            return Array(problems.prefix(Self.mostProblems))
        }
    }

    /// The passages of documents, in their order; nil for one that cannot be read.
    private func passages(
        after first: Int64, to last: Int64, _ connection: PostgresConnection
    ) throws(SearchError) -> [Int64: [(ordinal: Int64, passage: SearchPassage?)]] {
        let result = try connection.run(
            """
            SELECT p.document, p.ordinal, \(SearchPassage.columns) FROM passages p
            WHERE p.document > $1::int8 AND p.document <= $2::int8 ORDER BY p.document, p.ordinal
            """, [String(first), String(last)])
        var passages: [Int64: [(ordinal: Int64, passage: SearchPassage?)]] = [:]
        for row in result.rows {
            passages[result.integer(row, 0) ?? 0, default: []].append(
                (result.integer(row, 1) ?? -1, SearchPassage(result, row, at: 2)))
        }
        return passages
    }

    /// What is wrong with a document; nil for nothing.
    private func problem(
        _ result: PostgresResult, _ row: Int, _ passages: [(ordinal: Int64, passage: SearchPassage?)]
    ) -> String? {
        guard let document = SearchDocument(result, row, at: 3) else { return "a document cannot be read" }
        let expected = result.integer(row, 1) ?? 0
        guard passages.map(\.ordinal) == Array(0..<max(0, expected)) else {
            return "the document \(document.id.quoted) has \(passages.count) passages, expected \(expected)"
        }
        var checksum = EmbeddedChecksum(document)
        for (_, passage) in passages {
            guard let passage else { return "the document \(document.id.quoted) has a passage that cannot be read" }
            checksum.add(passage)
        }
        return checksum.text == result.text(row, 2) ? nil : "the document \(document.id.quoted) is not what was written"
    }
}
