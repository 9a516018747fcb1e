import GRDB
import SecureBERTCheckpoint
import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of an index: names of its files, connections to its database, and what errors of SQLite mean for it.
struct EmbeddedFolder: Sendable {
    let path: String
    var databasePath: String { FileSystem.join(path, "index.sqlite") }
    var lockPath: String { FileSystem.join(path, "write.lock") }

    init(_ path: String) { self.path = path }

    /// Whether a name in the folder is one of ours.
    private static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("index.sqlite") || name == "write.lock" || name.hasSuffix(vectorEnding)
    }

    static let vectorEnding = ".vectors"

    /// - Throws: ``SearchError`` with code `notFound` when there is no index in the folder.
    func requireIndex() throws(SearchError) {
        guard FileSystem.kind(of: databasePath) != nil else {
            throw SearchError(
                .notFound, path,
                FileSystem.kind(of: path) == nil
                    ? "there is no index; make one with securebert index build PATH... --index \(path.printable)"
                    : "is no index, it has no index.sqlite; make one with securebert index build PATH... --index DIR")
        }
    }

    /// Makes the folder, and those it is in.
    /// - Throws: ``SearchError`` when it cannot be made, or holds something else.
    func make() throws(SearchError) {
        do {
            var missing: [String] = []
            var folder = path
            while FileSystem.kind(of: folder) == nil, !folder.isEmpty {
                missing.append(folder)
                guard let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) else { break }
                folder = String(folder[..<slash])
            }
            for folder in missing.reversed() { try FileSystem.makeFolder(folder) }
            guard FileSystem.kind(of: databasePath) == nil else { return }
            if let other = try FileSystem.names(inFolder: path).first(where: { !Self.isOurs($0) }) {
                throw SearchError(
                    .invalidRequest, path,
                    "is a folder with other files (\(other.printable)), expected an index or a folder that is empty or does not exist yet"
                )
            }
        } catch let error as CheckpointError {
            throw SearchError(.writeFailed, path, error.problem)
        } catch let error as SearchError {
            throw error
        } catch {
            throw SearchError(.writeFailed, path, "\(error)")
        }
    }

    /// Removes vector files of other generations, which a rewriting that did not finish has left, and files that were never complete.
    func removeStrangers(keeping names: Set<String>) {
        for name in (try? FileSystem.names(inFolder: path)) ?? []
        where name.hasSuffix(".partial") || name.hasSuffix(Self.vectorEnding) && !names.contains(name) {
            unlink(FileSystem.join(path, name))
        }
    }

    /// One connection that writes.
    /// - Parameter wanted: the description of the index to make when the database is empty.
    func connectToWrite(creating wanted: IndexManifest?) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            // Durable after every commit, not only after checkpoints.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA cache_size = -65536")
        }
        return try reporting(.writeFailed) {
            let queue = try DatabaseQueue(path: databasePath, configuration: configuration)
            guard let wanted, try queue.read({ try $0.tableExists("state") }) == false else { return queue }
            try queue.write { db in
                try db.execute(sql: EmbeddedSchema.statements)
                try db.execute(
                    sql: "INSERT INTO state VALUES (0, ?, 1, 0, 0)", arguments: [wanted.json.text])
            }
            return queue
        }
    }

    /// Connections that read. Where the files that SQLite shares with writers are missing and cannot be made, as on a disk that
    /// cannot be written, there is no writer either.
    func connectToRead() throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(30)
        configuration.maximumReaderCount = 16
        let isShared = ["-wal", "-shm"].allSatisfy { FileSystem.kind(of: databasePath + $0) != nil }
        let isFixed = access(path, W_OK) != 0 && !isShared
        return try reporting(.unreadable) {
            if isFixed {
                return try DatabaseQueue(path: "file:\(escapedPath)?immutable=1", configuration: configuration)
            }
            return try DatabasePool(path: databasePath, configuration: configuration)
        }
    }

    /// The database's path as part of a URI.
    private var escapedPath: String {
        databasePath.utf8.reduce(into: "") { text, byte in
            let isPlain =
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x2D...0x39).contains(byte)
                || byte == 0x5F
            text +=
                isPlain
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }

    func manifest(_ database: any DatabaseWriter) throws -> IndexManifest {
        let text = try reporting(.unreadable) {
            try database.read { db in
                guard try Int.fetchOne(db, sql: "PRAGMA application_id") == EmbeddedSchema.applicationID else {
                    guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") != 0 else {
                        throw SearchError(
                            .notFound, path, "there is no index, making one was interrupted; build it again")
                    }
                    throw SearchError(
                        .damaged, path, "its index.sqlite is not the database of an index; build the index again")
                }
                return try String.fetchOne(db, sql: "SELECT manifest FROM state") ?? ""
            }
        }
        guard let json = try? JSON.parse(text) else {
            throw SearchError(.damaged, path, "its description is not JSON; build the index again")
        }
        return try IndexManifest(json, location: path)
    }

    func state(_ database: any DatabaseWriter) throws -> EmbeddedState {
        try reporting(.unreadable) { try database.read { try EmbeddedState($0) } }
    }
}

extension EmbeddedFolder {
    /// Bytes of the files in the folder.
    var byteCount: Int {
        ((try? FileSystem.names(inFolder: path)) ?? []).reduce(0) {
            $0 + (FileSystem.size(of: FileSystem.join(path, $1)) ?? 0)
        }
    }
}
