import SecureBERTCheckpoint

/// Turns a batch into rows and writes them.
struct PostgresWriting {
    let manifest: IndexManifest

    /// The longest id and source: an index of PostgreSQL holds no value that is much longer.
    private static let longestName = 2000
    /// Bytes of rows that are sent together.
    private static let chunk = 1 << 18

    /// Documents to write, each once, as the database can hold them.
    func rows(_ batch: SearchBatch, location: String) throws(SearchError) -> [SearchEntry] {
        var order: [String] = []
        var entries: [String: SearchEntry] = [:]
        for var entry in batch.entries {
            entry.document = entry.document.storable
            entry.passages = entry.passages.map(\.storable)
            let document = entry.document
            for name in [document.id, document.source] where name.utf8.count > Self.longestName {
                throw SearchError(
                    .invalidRequest, location,
                    "the document \(document.id.quoted) has an id or a path of \(name.utf8.count) bytes, at most \(Self.longestName) are possible in PostgreSQL"
                )
            }
            if entries.updateValue(entry, forKey: document.id) == nil { order.append(document.id) }
        }
        return order.compactMap { entries[$0] }
    }

    /// Writes within a transaction.
    /// - Parameter entries: what ``rows(_:location:)`` has made of the batch's.
    func write(
        _ entries: [SearchEntry], of batch: SearchBatch, _ connection: PostgresConnection
    ) throws(SearchError) {
        for path in batch.roots {
            try connection.run(
                "INSERT INTO roots (path) VALUES ($1) ON CONFLICT DO NOTHING", [path], otherwise: .writeFailed)
        }
        for ids in (batch.removals + entries.map(\.document.id)).chunks(of: 1000) {
            var parameters = PostgresParameters()
            let sql = "DELETE FROM documents WHERE id = ANY(\(parameters.bind(ids)))"
            // Passages go with their document.
            try connection.run(sql, parameters.values, otherwise: .writeFailed)
        }
        guard !entries.isEmpty else { return }
        let keys = try documentKeys(entries.count, connection)
        let vectors = PostgresSchema.columns(manifest).map(\.name)
        let names = vectors.map { ", " + $0 }.joined()
        try copy(
            "COPY documents (key, id, title, source, kind, date, digest, metadata, passagecount, checksum\(names)) FROM STDIN",
            zip(keys, entries), connection
        ) { rows, pair in rows.add(documentRow(pair.0, pair.1)) }
        try copy(
            "COPY passages (document, ordinal, text, firstscalar, endscalar, firstline, lastline, words\(names)) FROM STDIN",
            zip(keys, entries), connection
        ) { rows, pair in
            for index in pair.1.passages.indices { rows.add(passageRow(pair.0, pair.1, index)) }
        }
    }

    /// Keys for documents that nobody else gets, not even when the transaction fails.
    private func documentKeys(_ count: Int, _ connection: PostgresConnection) throws(SearchError) -> [Int64] {
        let result = try connection.run(
            "SELECT nextval(pg_get_serial_sequence('documents', 'key')) FROM generate_series(1, $1::int)",
            [String(count)], otherwise: .writeFailed)
        let keys = result.rows.compactMap { result.integer($0, 0) }
        guard keys.count == count else {
            throw SearchError(.damaged, connection.location, "has no keys for new documents; build the index again")
        }
        return keys.sorted()
    }

    private func copy<Items: Sequence>(
        _ sql: String, _ items: Items, _ connection: PostgresConnection,
        _ add: (inout PostgresCopyRows, Items.Element) -> Void
    ) throws(SearchError) {
        var iterator = items.makeIterator()
        var rows = PostgresCopyRows()
        try connection.copy(sql) {
            while rows.bytes.count < Self.chunk, let item = iterator.next() { add(&rows, item) }
            return rows.bytes.isEmpty ? nil : rows.take()
        }
    }

    private func documentRow(_ key: Int64, _ entry: SearchEntry) -> [String?] {
        let document = entry.document
        var checksum = EmbeddedChecksum(document)
        for passage in entry.passages { checksum.add(passage) }
        return [
            String(key), document.id, document.title, document.source, document.kind, document.date, document.digest,
            document.metadataJSON, String(entry.passages.count), checksum.text,
        ] + vectors(entry.documentVector)
    }

    private func passageRow(_ key: Int64, _ entry: SearchEntry, _ index: Int) -> [String?] {
        let passage = entry.passages[index]
        return [
            String(key), String(index), passage.text, String(passage.scalars.lowerBound),
            String(passage.scalars.upperBound), String(passage.lines.lowerBound), String(passage.lines.upperBound),
            PostgresText.words(title: entry.document.title, text: passage.text),
        ] + vectors(entry.passageVectors[index])
    }

    private func vectors(_ vector: [Float]) -> [String?] {
        PostgresSchema.columns(manifest).map { PostgresText.vector(vector, as: $0.format) }
    }
}
