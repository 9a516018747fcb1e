import GRDB
import SecureBERTCheckpoint

extension EmbeddedStore {
    /// Vector files are written anew when more than half of their rows, and so many at least, were removed.
    private static let leastRemovedRows = 1024

    /// Pages of words that are merged in one transaction.
    private static let mergedPages = 2000

    /// Gives back the room of removed vectors when there is much of it, merges the words, forgets folders that no document is from, and
    /// moves the database's log into its file.
    public func finishWriting() throws {
        try appending.withLock { current in
            guard var appending = current else { return }
            current = nil
            defer { current = appending }
            try folder.reporting(.writeFailed) {
                let state = try folder.state(database)
                let removed = try database.read { db in
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM removedRows") ?? 0
                }
                let total = state.rows.values.reduce(0, +)
                if removed >= Self.leastRemovedRows, removed * 2 > total { try rewrite(state, &appending) }
                try database.write { try EmbeddedWriting($0).removeUnusedRoots() }
                try mergeWords()
                // A reader may be in the way; the next writer does it then.
                _ = try? database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            }
        }
    }

    /// Makes one run of all the runs that FTS5 keeps the words in: a query looks into each of them. This goes step by step, each a
    /// transaction of its own, so that it can be stopped at any moment and the log stays small.
    private func mergeWords() throws {
        // The first word of every page of each run.
        let pages = try database.read { try Int.fetchAll($0, sql: "SELECT COUNT(*) FROM words_idx GROUP BY segid") }
        let total = pages.reduce(0, +)
        let stray = total - (pages.max() ?? 0)
        // Everything is written anew for a tenth of it at least, so that many small changes stay cheap.
        guard stray * 10 > total else { return }
        try database.writeWithoutTransaction { db in
            // A negative number begins a merge of everything, positive ones go on with it.
            var count = -Self.mergedPages
            var before: Int
            repeat {
                before = db.totalChangesCount
                try db.execute(sql: "INSERT INTO words(words, rank) VALUES ('merge', ?)", arguments: [count])
                count = Self.mergedPages
                // As FTS5's documentation says: less than two when there was nothing left to do.
            } while db.totalChangesCount - before >= 2
        }
    }

    /// Copies the rows that are in use to new files, in their order, and makes those the index's in one transaction. A process
    /// that reads the old files goes on doing so until its transaction ends.
    private func rewrite(_ old: EmbeddedState, _ appending: inout VectorAppending) throws {
        var new = old
        new.generation += 1
        var rows: [SearchLevel: [Int]] = [:]
        var sources: [SearchLevel: VectorRows] = [:]
        for level in SearchLevel.allCases {
            rows[level] = try database.read { db in
                try Int.fetchAll(db, sql: "SELECT vectorRow FROM \(level.table) ORDER BY vectorRow")
            }
            sources[level] = try vectors.rows(level, old)
            new.rows[level] = 0
        }
        folder.removeStrangers(keeping: folder.vectorNames(generation: old.generation, manifest))
        try appending.open(folder, manifest, new)
        do {
            try appending.append(rows: rows, of: sources)
            new.rows = appending.rows
            try database.write { db in
                for level in SearchLevel.allCases {
                    // Rows only move down and keep their order, so that each number is free when it is given.
                    let update = try db.cachedStatement(
                        sql: "UPDATE \(level.table) SET vectorRow = ? WHERE vectorRow = ?")
                    for (row, oldRow) in (rows[level] ?? []).enumerated() where row != oldRow {
                        try update.execute(arguments: [row, oldRow])
                    }
                }
                try db.execute(sql: "DELETE FROM removedRows")
                try new.write(db)
            }
        } catch {
            try? appending.open(folder, manifest, old)
            throw error
        }
        folder.removeStrangers(keeping: folder.vectorNames(generation: new.generation, manifest))
    }
}
