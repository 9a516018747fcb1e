import GRDB
import SecureBERTCheckpoint

extension EmbeddedStore {
    public func check(progress: (Int, Int) -> Void) throws -> [String] {
        try read { reader in
            guard let reader = reader as? EmbeddedReader else { return [] }
            return try EmbeddedCheck(reader, manifest).problems(progress)
        }
    }
}

/// Reads all of an index and compares it with its checksums.
private struct EmbeddedCheck {
    private let reader: EmbeddedReader
    private let manifest: IndexManifest
    private var db: Database { reader.db }

    init(_ reader: EmbeddedReader, _ manifest: IndexManifest) { (self.reader, self.manifest) = (reader, manifest) }

    /// Problems that are told; a broken index has thousands of the same.
    private static let mostProblems = 20

    func problems(_ progress: (Int, Int) -> Void) throws -> [String] {
        let parts: [() throws -> [String]] = [structure, words, rows, vectors, contents]
        var problems: [String] = []
        for (index, part) in parts.enumerated() {
            progress(index, parts.count)
            do {
                problems += try part()
            } catch let error as DatabaseError {
                problems.append("index.sqlite: \(error.message ?? "error \(error.resultCode.rawValue)")")
            }
            guard problems.count < Self.mostProblems else { break }
        }
        progress(parts.count, parts.count)
        return Array(problems.prefix(Self.mostProblems))
    }

    /// The pages and keys of the database.
    private func structure() throws -> [String] {
        let answers = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(Self.mostProblems))")
        let foreign = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        return answers.filter { $0 != "ok" }.map { "index.sqlite: \($0.printable)" }
            + (foreign > 0 ? ["index.sqlite: \(foreign) passages or metadata belong to no document"] : [])
    }

    /// Whether every passage has its words, and nothing else has.
    private func words() throws -> [String] {
        let count = try Int.fetchOne(
            db,
            sql: """
                SELECT (SELECT COUNT(*) FROM passages WHERE key NOT IN (SELECT id FROM words_docsize))
                    + (SELECT COUNT(*) FROM words_docsize WHERE id NOT IN (SELECT key FROM passages))
                """)
        return count == 0
            ? [] : ["index.sqlite: \(count ?? 0) passages are not in the index of words, or it has others"]
    }

    /// Whether every row of the vector files is of one passage or document, or was removed.
    private func rows() throws -> [String] {
        try SearchLevel.allCases.compactMap { level in
            let table = level.table
            let rows = reader.state.rows[level] ?? 0
            let used =
                try Int.fetchOne(
                    db, sql: "SELECT COUNT(*) FROM \(table) WHERE vectorRow >= 0 AND vectorRow < ?", arguments: [rows])
                ?? 0
            let all = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
            let removed =
                try Int.fetchOne(
                    db, sql: "SELECT COUNT(*) FROM removedRows WHERE level = ?", arguments: [level.number]) ?? 0
            let both = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM removedRows JOIN \(table) ON row = vectorRow WHERE level = ?",
                arguments: [level.number])
            guard used != all || used + removed != rows || both != 0 else { return nil }
            return "\(table): \(all) with vectors and \(removed) removed, expected \(rows) in all"
        }
    }

    /// The blocks of the vector files.
    private func vectors() throws -> [String] {
        try SearchLevel.allCases.compactMap { level in
            guard (reader.state.rows[level] ?? 0) > 0 else { return nil }
            do {
                // Opened anew: blocks that were found to be sound once are not read again.
                try VectorRows(
                    reader.vectors.folder, manifest, level, generation: reader.state.generation,
                    rows: reader.state.rows[level] ?? 0
                ).verify(reader.vectors.compute)
                return nil
            } catch let error as CheckpointError {
                return error.description
            }
        }
    }

    /// Texts and metadata of every document.
    private func contents() throws -> [String] {
        var problems: [String] = []
        let documents = try Row.fetchCursor(
            db,
            sql: "SELECT id, title, source, kind, date, digest, passageCount, checksum, key FROM documents ORDER BY key"
        )
        let find = try db.makeStatement(
            sql: """
                SELECT ordinal, text, firstScalar, endScalar, firstLine, lastLine FROM passages WHERE document = ? ORDER BY ordinal
                """)
        while let row = try documents.next(), problems.count < Self.mostProblems {
            let key: Int64 = row[8]
            let document = try reader.document(row, key)
            var checksum = EmbeddedChecksum(document)
            let passages = try Row.fetchAll(find, arguments: [key])
            for passage in passages { checksum.add(try passage.passage(at: 1)) }
            let ordinals = passages.map { $0[0] as Int }
            let expected: Int = row[6]
            if ordinals != Array(0..<max(0, expected)) {
                problems.append(
                    "the document \(document.id.quoted) has \(passages.count) passages, expected \(expected)")
            } else if checksum.text != row[7] as String {
                problems.append("the document \(document.id.quoted) is not what was written")
            }
        }
        return problems
    }
}
