import GRDB

/// Changes to the tables within one transaction.
struct EmbeddedWriting {
    private let db: Database

    init(_ db: Database) { self.db = db }

    /// Removes a document, its passages and their words; nothing when there is none of that id.
    func remove(_ id: String) throws {
        let find = try db.cachedStatement(sql: "SELECT key, title, vectorRow FROM documents WHERE id = ?")
        guard let found = try Row.fetchOne(find, arguments: [id]) else { return }
        let (key, title, row): (Int64, String, Int) = (found[0], found[1], found[2])
        let passages = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT key, ordinal, text, vectorRow FROM passages WHERE document = ?"),
            arguments: [key])
        let unlist = try db.cachedStatement(
            sql: "INSERT INTO words(words, rowid, title, text) VALUES ('delete', ?, ?, ?)")
        for passage in passages {
            let (passageKey, text, passageRow): (Int64, String, Int) = (passage[0], passage[2], passage[3])
            try unlist.execute(arguments: [passageKey, title, text])
            try markRemoved(.passage, passageRow)
        }
        try markRemoved(.document, row)
        // Passages and metadata go with it.
        try db.cachedStatement(sql: "DELETE FROM documents WHERE key = ?").execute(arguments: [key])
    }

    private func markRemoved(_ level: SearchLevel, _ row: Int) throws {
        try db.cachedStatement(sql: "INSERT INTO removedRows VALUES (?, ?)").execute(arguments: [level.number, row])
    }

    /// Notes a folder that documents are read from.
    func add(root path: String) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO roots(path) VALUES (?)").execute(arguments: [path])
    }

    /// Forgets folders that no document is from.
    func removeUnusedRoots() throws {
        // As in SearchFilter: what is below "a" is from "a/" on and before "a0".
        try db.execute(
            sql: """
                DELETE FROM roots WHERE NOT EXISTS (
                    SELECT 1 FROM documents d WHERE d.source >= roots.path || '/' AND d.source < roots.path || '0')
                """)
    }

    /// Adds a document whose id is free.
    func add(_ entry: SearchEntry, documentRow: Int, passageRows: Range<Int>) throws {
        let document = entry.document
        var checksum = EmbeddedChecksum(document)
        for passage in entry.passages { checksum.add(passage) }
        try db.cachedStatement(
            sql: """
                INSERT INTO documents(id, title, source, kind, date, digest, checksum, passageCount, vectorRow)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            document.id, document.title, document.source, document.kind, document.date, document.digest,
            checksum.text, entry.passages.count, documentRow,
        ])
        let key = db.lastInsertedRowID
        for (name, value) in document.metadata {
            try db.cachedStatement(sql: "INSERT INTO metadata VALUES (?, ?, ?)").execute(arguments: [key, name, value])
        }
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO passages(document, ordinal, text, firstScalar, endScalar, firstLine, lastLine, vectorRow)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        let list = try db.cachedStatement(sql: "INSERT INTO words(rowid, title, text) VALUES (?, ?, ?)")
        for (ordinal, (passage, row)) in zip(entry.passages, passageRows).enumerated() {
            try insert.execute(arguments: [
                key, ordinal, passage.text, passage.scalars.lowerBound, passage.scalars.upperBound,
                passage.lines.lowerBound, passage.lines.upperBound, row,
            ])
            try list.execute(arguments: [db.lastInsertedRowID, document.title, passage.text])
        }
    }
}
