import GRDB
import SecureBERTCheckpoint
import SecureBERTTensor
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An index in a folder: documents, passages and words in SQLite, vectors in files beside it.
///
/// SQLite's transaction is what commits a batch: vectors are appended and made durable first, and the rows that belong to the index
/// are counted in the database. A process that is killed leaves at most a tail behind the vectors that nothing refers to, which
/// the next writer cuts off.
public final class EmbeddedStore: SearchStore {
    public let manifest: IndexManifest
    public var location: String { folder.path }
    let folder: EmbeddedFolder
    /// One connection that writes and reads, or several that read.
    let database: any DatabaseWriter
    let vectors: VectorCache
    /// Held by a store that writes.
    private let lock: WriterLock?
    /// The files that are written to; nil in a store that reads.
    let appending: Mutex<VectorAppending?>

    /// Opens an index to search it.
    /// - Parameters:
    ///   - path: the folder.
    ///   - compute: where vectors are compared.
    /// - Throws: ``SearchError``.
    public init(reading path: String, compute: Compute) throws {
        folder = EmbeddedFolder(path)
        try folder.requireIndex()
        database = try folder.connectToRead()
        manifest = try folder.manifest(database)
        vectors = VectorCache(folder, manifest, compute)
        lock = nil
        appending = Mutex(nil)
    }

    /// Opens an index to change it, and makes it first where there is none.
    /// - Parameters:
    ///   - path: the folder.
    ///   - wanted: makes the description of a new index; nil to open one that is there.
    ///   - wait: how long to wait for another process that writes.
    ///   - compute: where vectors are compared.
    /// - Throws: ``SearchError``.
    public init(writing path: String, creating wanted: IndexManifest? = nil, wait: Duration = .zero, compute: Compute)
        throws
    {
        folder = EmbeddedFolder(path)
        if wanted == nil { try folder.requireIndex() } else { try folder.make() }
        let lock = try WriterLock(folder.lockPath, location: path, wait: wait)
        database = try folder.connectToWrite(creating: wanted)
        manifest = try folder.manifest(database)
        vectors = VectorCache(folder, manifest, compute)
        let state = try folder.state(database)
        appending = Mutex(try VectorAppending(folder, manifest, state))
        folder.removeStrangers(keeping: folder.vectorNames(generation: state.generation, manifest))
        self.lock = lock
    }

    /// The body may be called again, when another process has replaced the vector files before they could be opened.
    public func read<Result>(_ body: (any SearchReader) throws -> Result) throws -> Result {
        var generation: Int?
        while true {
            do {
                return try folder.reporting(.unreadable) {
                    try database.read { db in
                        let state = try EmbeddedState(db)
                        generation = state.generation
                        return try body(EmbeddedReader(db: db, state: state, vectors: vectors))
                    }
                }
            } catch let error as SearchError where error.code == .damaged {
                guard let generation, try folder.state(database).generation != generation else { throw error }
            }
        }
    }

    public func write(_ batch: SearchBatch) throws {
        try batch.check(manifest, location: location)
        try appending.withLock { current in
            guard var appending = current else {
                throw SearchError(.invalidRequest, location, "was opened to be searched, not to be changed")
            }
            // A file that is opened again must not be open here still.
            current = nil
            defer { current = appending }
            do {
                try folder.reporting(.writeFailed) {
                    let rows = try appending.append(batch.entries)
                    try database.write { db in
                        let writing = EmbeddedWriting(db)
                        for path in batch.roots { try writing.add(root: path) }
                        for id in batch.removals { try writing.remove(id) }
                        for (entry, rows) in zip(batch.entries, rows) {
                            try writing.remove(entry.document.id)
                            try writing.add(entry, documentRow: rows.document, passageRows: rows.passages)
                        }
                        var state = try EmbeddedState(db)
                        state.rows = appending.rows
                        try state.write(db)
                    }
                }
            } catch {
                // What was appended does not belong to the index; opening again cuts it off.
                try? appending.open(folder, manifest, folder.state(database))
                throw error
            }
        }
    }

    deinit {
        // The lock goes last: whoever gets it finds nothing open.
        appending.withLock { $0 = nil }
        try? database.close()
    }
}

extension SearchBatch {
    /// Refuses entries that do not fit the index, before anything is written.
    func check(_ manifest: IndexManifest, location: String) throws(SearchError) {
        for entry in entries {
            let vectors = entry.passageVectors + [entry.documentVector]
            guard !entry.passages.isEmpty, entry.passages.count == entry.passageVectors.count else {
                throw SearchError(
                    .invalidRequest, location,
                    "the document \(entry.document.id.quoted) has \(entry.passages.count) passages and \(entry.passageVectors.count) vectors, expected as many of both, at least one"
                )
            }
            for vector in vectors where vector.count != manifest.dimensions || !vector.allSatisfy(\.isFinite) {
                throw SearchError(
                    .invalidRequest, location,
                    "the document \(entry.document.id.quoted) has a vector of \(vector.count) elements or with elements that are no numbers, expected \(manifest.dimensions) finite ones"
                )
            }
        }
    }
}
