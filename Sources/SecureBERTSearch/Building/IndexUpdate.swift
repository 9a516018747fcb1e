/// Brings an index up to date with documents as they are read.
///
/// Documents are committed a batch at a time; an update that is interrupted has lost nothing of what it has acknowledged, and when
/// it is run again it passes over what is already there.
public final class IndexUpdate {
    /// What an update has done so far.
    public struct Report: Sendable, Equatable {
        /// Documents that were added or replaced.
        public var indexed = 0
        /// Documents that were in the index as they are.
        public var unchanged = 0
        /// Documents that were taken out.
        public var removed = 0
        /// Passages of the documents that were added or replaced.
        public var passages = 0
        /// Documents without any text.
        public var empty = 0
    }

    /// What is told while an update runs.
    public struct Observer {
        /// Documents have become part of the index and are durable.
        public var committed: (_ ids: [String]) throws -> Void = { _ in }
        /// Passages of the current batch that are encoded, and their number.
        public var encoding: (_ done: Int, _ total: Int) -> Void = { _, _ in }

        public init() {}
    }

    public private(set) var report = Report()
    private let store: any SearchStore
    private let make: EntryMaker
    private let observer: Observer
    private let roots: [String]
    private var waiting: [SourceDocument] = []
    private var waitingBytes = 0
    /// Ids of all documents that were given.
    private var seen: Set<String> = []
    /// Sources whose documents stay though they were not given.
    private var kept: Set<String> = []
    /// The most documents of a batch.
    private let batchCount: Int

    /// Bytes of text that make a batch.
    private static let batchBytes = 256 << 10
    /// Documents that are removed together.
    private static let removalCount = 500

    /// - Parameters:
    ///   - store: opened to be changed.
    ///   - encoder: makes the vectors of passages.
    ///   - roots: the folders that documents are from, as absolute paths; a slash at the end does not count.
    ///   - batchCount: the most documents that are committed together.
    ///   - observer: told while the update runs.
    /// - Throws: ``SearchError`` when the index was made with another model.
    public init(
        _ store: any SearchStore, _ encoder: SearchEncoder, roots: [String] = [], batchCount: Int = 128,
        observer: Observer = Observer()
    ) throws {
        try store.manifest.check(encoder.identity, location: store.location)
        self.store = store
        make = try EntryMaker(encoder, store.manifest)
        self.roots = roots.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.batchCount = max(1, batchCount)
        self.observer = observer
    }

    /// Takes a document; one that was given before in this update is replaced by it.
    public func add(_ document: SourceDocument) throws {
        if !seen.insert(document.id).inserted, let index = waiting.firstIndex(where: { $0.id == document.id }) {
            waiting.remove(at: index)
        }
        waiting.append(document)
        waitingBytes += document.text.utf8.count
        if waiting.count >= batchCount || waitingBytes >= Self.batchBytes { try commit() }
    }

    /// Whether a document of that id was given before.
    public func hasSeen(_ id: String) -> Bool { seen.contains(id) }

    /// Whether everything that was given is in the index.
    public var isCommitted: Bool { waiting.isEmpty }

    /// Keeps the documents of a file that could not be read, or not as a whole.
    public func keep(source: String) { kept.insert(source) }

    /// Commits what was given so far.
    public func commit() throws {
        guard !waiting.isEmpty else { return }
        let documents = waiting.map { ($0, $0.digest) }
        (waiting, waitingBytes) = ([], 0)
        let known = try store.read { try $0.digests(of: documents.map(\.0.id)) }
        let changed = documents.filter { known[$0.0.id] != $0.1 }
        report.unchanged += documents.count - changed.count
        guard !changed.isEmpty else { return }
        let entries = try make(changed, progress: observer.encoding)
        let ids = Set(entries.map(\.document.id))
        // What has lost its text is not found by the old one any more.
        let empty = changed.map(\.0.id).filter { !ids.contains($0) }
        try store.write(SearchBatch(entries: entries, removals: empty.filter { known[$0] != nil }, roots: roots))
        report.indexed += entries.count
        report.empty += empty.count
        report.passages += entries.reduce(0) { $0 + $1.passages.count }
        try observer.committed(entries.map(\.document.id))
    }

    /// Commits the rest and takes out the documents of files, or below folders, that were not given.
    /// - Parameter sources: absolute paths; empty to take out nothing.
    public func finish(removingMissingFrom sources: [String] = []) throws {
        try commit()
        let missing = try store.read { reader in
            let all = try reader.documentIDs(sources: sources)
            let kept = Set(try reader.documentIDs(sources: self.kept.sorted()))
            return all.filter { !seen.contains($0) && !kept.contains($0) }
        }
        try remove(missing)
        // Documents that were there before may be below a folder that was not.
        if !roots.isEmpty { try store.write(SearchBatch(roots: roots)) }
        try store.finishWriting()
    }

    /// Takes out documents.
    public func remove(_ ids: [String]) throws {
        for start in stride(from: 0, to: ids.count, by: Self.removalCount) {
            let batch = Array(ids[start..<min(start + Self.removalCount, ids.count)])
            try store.write(SearchBatch(removals: batch))
            report.removed += batch.count
        }
    }
}
