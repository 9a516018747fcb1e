import SecureBERTJSON
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An index in a PostgreSQL database with the extension pgvector, for one that is too large for a folder or is searched from
/// several computers.
///
/// A batch is one transaction of the server. Vectors are found by pgvector's graphs (HNSW), words by a `tsvector`; so results are
/// not those of a folder to the last place: a graph may miss a few of the nearest, and `ts_rank_cd`, unlike BM25, counts a rare
/// word no higher than a common one.
public final class PostgresStore: SearchStore {
    public let manifest: IndexManifest
    public var location: String { address.location }
    private let address: PostgresAddress
    private let graph: PostgresGraph
    /// Connections for reading that nobody uses now.
    private let idle = Mutex<[PostgresConnection]>([])
    /// The connection that holds the lock and writes; nil in a store that reads.
    private let writer: Mutex<PostgresConnection?>

    /// Connections for reading that are kept.
    private static let mostIdle = 8

    /// Opens an index to search it.
    /// - Parameter address: see ``SearchLocation``.
    /// - Throws: ``SearchError``.
    public convenience init(reading address: String) throws { try self.init(reading: address, graph: PostgresGraph()) }

    package init(reading address: String, graph: PostgresGraph) throws {
        self.graph = graph
        self.address = try PostgresAddress(address)
        let connection = try Self.connect(self.address)
        manifest = try Self.manifest(connection, self.address)
        writer = Mutex(nil)
        giveBack(connection)
    }

    /// Opens an index to change it, and makes it first where there is none.
    /// - Parameters:
    ///   - address: see ``SearchLocation``.
    ///   - wanted: the description of a new index; nil to open one that is there.
    ///   - wait: how long to wait for another process that writes.
    /// - Throws: ``SearchError``.
    public convenience init(
        writing address: String, creating wanted: IndexManifest? = nil, wait: Duration = .zero
    ) throws {
        try self.init(writing: address, creating: wanted, wait: wait, graph: PostgresGraph())
    }

    package init(
        writing address: String, creating wanted: IndexManifest?, wait: Duration = .zero, graph: PostgresGraph
    ) throws {
        self.graph = graph
        self.address = try PostgresAddress(address)
        let connection = try Self.connect(self.address)
        try Self.lock(connection, self.address, wait)
        if let wanted, try !Self.hasIndex(connection, self.address) {
            try Self.create(connection, self.address, wanted)
        }
        manifest = try Self.manifest(connection, self.address)
        writer = Mutex(connection)
    }

    private static func connect(_ address: PostgresAddress) throws(SearchError) -> PostgresConnection {
        let connection = try PostgresConnection(address)
        try connection.prepare(schema: address.schema)
        return connection
    }

    private static func hasIndex(
        _ connection: PostgresConnection, _ address: PostgresAddress
    ) throws(SearchError) -> Bool {
        try connection.run("SELECT to_regclass($1) IS NOT NULL", ["\"\(address.schema)\".state"]).text(0, 0) == "t"
    }

    /// Keeps other processes from writing to the same index, until the connection ends.
    private static func lock(
        _ connection: PostgresConnection, _ address: PostgresAddress, _ wait: Duration
    ) throws(SearchError) {
        let deadline = ContinuousClock.now + wait
        // The first number says that it is an index of this program: "SBIX".
        while try connection.run("SELECT pg_try_advisory_lock(1396853080, hashtext($1))", [address.schema]).text(0, 0)
            != "t"
        {
            guard ContinuousClock.now < deadline else {
                throw SearchError(
                    .busy, address.location,
                    "is being written by another process; try again when it has finished, or wait for it with --wait SECONDS"
                )
            }
            usleep(100_000)
        }
    }

    private static func create(
        _ connection: PostgresConnection, _ address: PostgresAddress, _ manifest: IndexManifest
    ) throws {
        try connection.transaction("BEGIN") {
            try connection.runAll(["CREATE SCHEMA IF NOT EXISTS \"\(address.schema)\""])
            try connection.runAll(PostgresSchema.statements(manifest))
            try connection.run("INSERT INTO state VALUES (0, $1)", [manifest.json.text], otherwise: .writeFailed)
        }
    }

    private static func manifest(
        _ connection: PostgresConnection, _ address: PostgresAddress
    ) throws(SearchError) -> IndexManifest {
        guard try hasIndex(connection, address) else {
            throw SearchError(
                .notFound, address.location,
                "there is no index in the schema \(address.schema); make one with securebert index build")
        }
        let text = try connection.run("SELECT manifest FROM state").text(0, 0)
        guard let json = text.flatMap({ try? JSON.parse($0) }) else {
            throw SearchError(.damaged, address.location, "its description is not JSON; build the index again")
        }
        return try IndexManifest(json, location: address.location)
    }

    public func read<Result>(_ body: (any SearchReader) throws -> Result) throws -> Result {
        try reading { try body($0) }
    }

    /// Runs a body in a transaction that sees one state of the index.
    func reading<Result>(_ body: (PostgresReader) throws -> Result) throws -> Result {
        let connection = try connectionToRead()
        defer { giveBack(connection) }
        return try connection.transaction(Self.beginReading) {
            try body(PostgresReader(connection: connection, manifest: manifest, graph: graph))
        }
    }

    private static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    /// A connection that answers: one that was idle may have been ended by the server.
    private func connectionToRead() throws(SearchError) -> PostgresConnection {
        while let connection = idle.withLock({ $0.popLast() }) {
            do throws(SearchError) {
                try connection.run("SELECT 1")
                return connection
            } catch {
                continue
            }
        }
        return try Self.connect(address)
    }

    private func giveBack(_ connection: PostgresConnection) {
        guard connection.isAlive else { return }
        idle.withLock { if $0.count < Self.mostIdle { $0.append(connection) } }
    }

    public func write(_ batch: SearchBatch) throws {
        try batch.check(manifest, location: location)
        let writing = PostgresWriting(manifest: manifest)
        let rows = try writing.rows(batch, location: location)
        try withWriter { connection in
            try connection.transaction("BEGIN") { try writing.write(rows, of: batch, connection) }
        }
    }

    /// Makes the graphs of the vectors, forgets folders that no document is from, and lets the server count what it has.
    public func finishWriting() throws {
        try withWriter { connection in
            try connection.runAll(
                PostgresSchema.graphs(manifest, graph) + [
                    PostgresSchema.removalOfUnusedRoots, "ANALYZE documents", "ANALYZE passages",
                ])
        }
    }

    private func withWriter(_ body: (PostgresConnection) throws -> Void) throws {
        try writer.withLock { held in
            guard var connection = held else {
                throw SearchError(.invalidRequest, location, "was opened to be searched, not to be changed")
            }
            if !connection.isAlive {
                connection = try Self.connect(address)
                try Self.lock(connection, address, .seconds(5))
                held = connection
            }
            try body(connection)
        }
    }
}
