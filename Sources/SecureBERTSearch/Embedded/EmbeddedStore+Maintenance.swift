import GRDB
import SecureBERTCheckpoint

extension EmbeddedStore {
    /// Vector files are written anew when more than half of their rows, and so many at least, were removed.
    private static let leastRemovedRows = 1024


    /// Gives back the room of removed vectors when there is much of it, forgets folders that no document is from, and
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
                // A reader may be in the way; the next writer does it then.
                _ = try? database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            }
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
