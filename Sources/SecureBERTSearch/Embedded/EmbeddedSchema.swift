import GRDB

/// The tables of an index in a folder.
enum EmbeddedSchema {
    /// Marks a database as one of ours: "SBIX".
    static let applicationID = 0x5342_4958

    /// Where vectors are: rows of the vector files. What is removed stays in a file until the file is written anew, so that
    /// rows never move under a reader.
    static let statements = """
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 0),
            manifest TEXT NOT NULL,
            -- Part of the names of the vector files.
            generation INTEGER NOT NULL,
            -- Rows of the vector files that belong to the index; what is behind them was never committed.
            passageRows INTEGER NOT NULL,
            documentRows INTEGER NOT NULL
        );
        CREATE TABLE documents (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            source TEXT NOT NULL,
            kind TEXT NOT NULL,
            date TEXT,
            digest TEXT NOT NULL,
            -- SHA-256 of what this index keeps of the document, see EmbeddedChecksum.
            checksum TEXT NOT NULL,
            passageCount INTEGER NOT NULL,
            vectorRow INTEGER NOT NULL UNIQUE
        );
        CREATE INDEX documentsBySource ON documents(source);
        CREATE TABLE metadata (
            document INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (document, name)
        ) WITHOUT ROWID;
        CREATE INDEX metadataByValue ON metadata(name, value);
        -- Folders that documents were read from: what files are called without telling where they are.
        CREATE TABLE roots (key INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE);
        CREATE TABLE passages (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            document INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            text TEXT NOT NULL,
            firstScalar INTEGER NOT NULL,
            endScalar INTEGER NOT NULL,
            firstLine INTEGER NOT NULL,
            lastLine INTEGER NOT NULL,
            vectorRow INTEGER NOT NULL UNIQUE,
            UNIQUE (document, ordinal)
        );
        -- Only the words: the texts are in passages. A row has the key of its passage.
        CREATE VIRTUAL TABLE words USING fts5(
            title, text, content='', tokenize="unicode61 remove_diacritics 2 tokenchars '_'"
        );
        -- Rows of the vector files whose passage (level 0) or document (level 1) was removed.
        CREATE TABLE removedRows (level INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (level, row)) WITHOUT ROWID;
        PRAGMA application_id = \(applicationID);
        """
}

extension SearchLevel {
    /// What the level is in `removedRows`.
    var number: Int { self == .passage ? 0 : 1 }
    /// The table whose rows have vectors.
    var table: String { self == .passage ? "passages" : "documents" }
    /// The column of `state` that counts the rows of its vector file.
    var rowsColumn: String { self == .passage ? "passageRows" : "documentRows" }
}

/// The single row of `state`.
struct EmbeddedState: Sendable, Equatable {
    var generation: Int
    /// Rows that belong to the index, by level.
    var rows: [SearchLevel: Int]

    init(_ db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT generation, passageRows, documentRows FROM state")
        guard let row else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table state is empty") }
        generation = try row.decode(atIndex: 0)
        rows = [.passage: try row.decode(atIndex: 1), .document: try row.decode(atIndex: 2)]
    }

    func write(_ db: Database) throws {
        try db.execute(
            sql: "UPDATE state SET generation = ?, passageRows = ?, documentRows = ?",
            arguments: [generation, rows[.passage], rows[.document]])
    }
}
