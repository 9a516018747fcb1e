import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to a database, used by one thread at a time.
///
/// `@unchecked Sendable`: whoever has it keeps other threads from it.
package final class PostgresConnection: @unchecked Sendable {
    private let library: PostgresLibrary
    private let handle: OpaquePointer
    let location: String
    /// The version of pgvector, for settings that older ones lack.
    private(set) var vectorVersion: [Int] = []

    /// Connects, and waits at most ten seconds unless the address says otherwise.
    /// - Throws: ``SearchError`` with code `unavailable` or `notFound`.
    package init(_ address: PostgresAddress) throws(SearchError) {
        switch PostgresLibrary.shared {
        case .success(let found): library = found
        case .failure(let missing): throw SearchError(.unavailable, address.location, missing.problem)
        }
        location = address.location
        // What comes later counts, so the address may have its own limit of time; the encoding it may not.
        let settings: [(String, String)] = [
            ("connect_timeout", "10"), ("application_name", "securebert"), ("dbname", address.connection),
            ("client_encoding", "UTF8"),
        ]
        let library = library
        let made = withCStrings(settings.map(\.0) + [nil]) { names in
            withCStrings(settings.map(\.1) + [nil]) { values -> OpaquePointer? in
                guard let names = names.baseAddress, let values = values.baseAddress else { return nil }
                return library.connectdbParams(names, values, 1)
            }
        }
        guard let made else { throw SearchError(.unavailable, address.location, "cannot be reached: out of memory") }
        guard library.status(made) == PostgresLibrary.Status.connectionOK else {
            let message = library.errorMessage(made).map { String(cString: $0) } ?? ""
            library.finish(made)
            throw SearchError(connecting: message, address.location)
        }
        handle = made
        // Notices would be written to the terminal.
        _ = library.setNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit { library.finish(handle) }

    /// Whether the server still answers, as far as is known.
    var isAlive: Bool { library.status(handle) == PostgresLibrary.Status.connectionOK }

    /// Finds pgvector and sets where names are looked for: in the schema of the index, then where pgvector is.
    /// - Throws: ``SearchError`` that says how to install pgvector when it is missing.
    package func prepare(schema: String) throws(SearchError) {
        let found = try run(
            """
            SELECT e.extversion, quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = 'vector'
            """)
        guard let version = found.text(0, 0), let place = found.text(0, 1) else {
            throw SearchError(
                .unavailable, location,
                "the database has no extension vector; install pgvector (Debian and Ubuntu: apt-get install postgresql-NN-pgvector, NN the server's version) and run CREATE EXTENSION vector in the database as its superuser"
            )
        }
        vectorVersion = version.split(separator: ".").map { Int($0) ?? 0 }
        // The schema is a plain name, the place was quoted by the server.
        try run("SELECT set_config('search_path', $1, false)", ["\"\(schema)\", \(place)"])
        // A server may be set to call durable what is not.
        try run(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
    }

    /// Runs one statement.
    /// - Parameters:
    ///   - sql: with `$1`, `$2`, ... for the values.
    ///   - values: as text; nil for NULL.
    /// - Throws: ``SearchError``.
    @discardableResult
    package func run(
        _ sql: String, _ values: [String?] = [], otherwise code: SearchError.Code = .unavailable
    ) throws(SearchError) -> PostgresResult {
        let result = withCStrings(values) { values in
            sql.withCString { sql in
                library.execParams(handle, sql, Int32(values.count), nil, values.baseAddress, nil, nil, 0)
            }
        }
        return try checked(result, otherwise: code)
    }

    /// Runs statements without values, one after the other.
    func runAll(_ statements: [String]) throws(SearchError) {
        for statement in statements { try run(statement, otherwise: .writeFailed) }
    }

    /// Sends rows to `COPY ... FROM STDIN`.
    /// - Parameters:
    ///   - sql: the statement.
    ///   - next: the next rows; nil after the last.
    /// - Throws: ``SearchError``.
    func copy(_ sql: String, _ next: () -> [UInt8]?) throws(SearchError) {
        let started = sql.withCString { library.exec(handle, $0) }
        try checked(started, otherwise: .writeFailed)
        while let rows = next() {
            // In pieces: libpq counts with 32 bits, and keeps a copy of each.
            for start in stride(from: 0, to: rows.count, by: 1 << 20) {
                let count = min(1 << 20, rows.count - start)
                let status = rows.withUnsafeBytes { rows in
                    rows.baseAddress.map {
                        library.putCopyData(handle, ($0 + start).assumingMemoryBound(to: CChar.self), Int32(count))
                    } ?? 1
                }
                guard status == 1 else { throw lost() }
            }
        }
        guard library.putCopyEnd(handle, nil) == 1 else { throw lost() }
        var problem: SearchError?
        // The results must be taken to the last, also after an error.
        while let result = library.getResult(handle) {
            do throws(SearchError) { try checked(result, otherwise: .writeFailed) } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
    }

    /// Runs a body between BEGIN and COMMIT; an error takes everything back.
    /// - Parameter begin: the first statement.
    func transaction<Result>(_ begin: String, _ body: () throws -> Result) throws -> Result {
        try run(begin)
        do {
            let result = try body()
            try run("COMMIT", otherwise: .writeFailed)
            return result
        } catch {
            // On a connection that is lost the server does the same by itself.
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    @discardableResult
    private func checked(_ result: OpaquePointer?, otherwise code: SearchError.Code) throws(SearchError)
        -> PostgresResult
    {
        guard let result else { throw lost() }
        let status = library.resultStatus(result)
        let good = [
            PostgresLibrary.Status.commandOK, PostgresLibrary.Status.tuplesOK, PostgresLibrary.Status.copyIn,
        ]
        guard good.contains(status) else {
            defer { library.clear(result) }
            let state = library.resultErrorField(result, PostgresLibrary.Status.sqlState).map { String(cString: $0) }
            let message = library.resultErrorField(result, PostgresLibrary.Status.primaryMessage).map {
                String(cString: $0)
            }
            guard let state else { throw lost() }
            throw SearchError(state: state, message: message ?? "", location, otherwise: code)
        }
        return PostgresResult(library, result)
    }

    private func lost() -> SearchError {
        let message = library.errorMessage(handle).map { String(cString: $0) } ?? ""
        return SearchError(
            .unavailable, location, "the connection was lost: \(message.oneLine); look at the server, then try again")
    }
}

/// The rows that a statement has yielded.
package final class PostgresResult {
    private let library: PostgresLibrary
    private let handle: OpaquePointer

    init(_ library: PostgresLibrary, _ handle: OpaquePointer) { (self.library, self.handle) = (library, handle) }

    deinit { library.clear(handle) }

    var rows: Range<Int> { 0..<Int(library.rowCount(handle)) }

    /// The text at a place; nil for NULL, and where there is no such row or column.
    func text(_ row: Int, _ column: Int) -> String? {
        guard rows.contains(row), (0..<Int(library.columnCount(handle))).contains(column) else { return nil }
        let (row, column) = (Int32(row), Int32(column))
        guard library.isNull(handle, row, column) == 0, let value = library.value(handle, row, column) else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(start: value, count: Int(library.length(handle, row, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The whole number at a place; nil for what is none.
    func integer(_ row: Int, _ column: Int) -> Int64? { text(row, column).flatMap { Int64($0) } }

    /// The number at a place; nil for what is none.
    func number(_ row: Int, _ column: Int) -> Double? { text(row, column).flatMap { Double($0) } }
}

/// Calls a body with texts as C strings, nil as a null pointer.
private func withCStrings<Result>(
    _ texts: [String?], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = texts.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return copies.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer(body)
}
