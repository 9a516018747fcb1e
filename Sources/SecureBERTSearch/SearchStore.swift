/// Where an index is kept: documents, their passages, the words and the vectors of both.
///
/// Two kinds implement it, a folder (SQLite and vector files) and a PostgreSQL database. Calls are synchronous and safe from any thread;
/// those of a reader use the connection of their read. One process writes at a time, any number read, and a read sees the
/// index as one write left it.
public protocol SearchStore: Sendable {
    /// What the index was made with; it never changes.
    var manifest: IndexManifest { get }

    /// The folder, or the address without its password, for messages.
    var location: String { get }

    /// Runs reads that see one state of the index, whatever others write meanwhile. The body may be called more than once.
    /// - Throws: ``SearchError`` when the store is damaged or cannot be reached; what the body throws.
    func read<Result>(_ body: (any SearchReader) throws -> Result) throws -> Result

    /// Makes all changes of a batch, or none. When it returns they are durable: neither the end of the process nor a power
    /// failure loses them.
    /// - Throws: ``SearchError``; the index is then as it was before.
    func write(_ batch: SearchBatch) throws

    /// To be called once after the last batch of a job: gives back the room of what was removed, builds what is cheaper to build
    /// at once than batch by batch, and forgets folders that no document is from any more. Leaving it out loses nothing.
    func finishWriting() throws

    /// Reads everything and compares it with its checksums and with each other.
    /// - Parameter progress: called with the parts that are done and their number.
    /// - Returns: what is wrong, one clause each; empty for a sound index.
    /// - Throws: ``SearchError`` when the check cannot be made.
    func check(progress: (Int, Int) -> Void) throws -> [String]
}

/// One state of an index. Keys are the store's own numbers of documents and of passages, which never change and are never given to others.
public protocol SearchReader {
    /// The digests of those of the documents that are in the index, by id.
    func digests(of ids: [String]) throws -> [String: String]

    /// The ids of the documents whose source is one of the files, or a file below one of the folders.
    func documentIDs(sources: [String]) throws -> [String]

    /// The folders that documents were read from, in the order in which they became part of the index.
    func roots() throws -> [String]

    /// The passages, or documents by their best passage, that have a word or phrase of the query, best first by BM25; of equal ones the one with
    /// the lower key. Scores are positive, higher is better.
    func keywordMatches(
        _ query: KeywordQuery, level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch]

    /// The passages or documents whose vectors have the greatest dot product with the query's, best first; of equal ones the one with the lower
    /// key.
    /// - Parameters:
    ///   - vector: `[dimensions]`, of length 1.
    ///   - level: Whether passages or documents are found.
    ///   - filter: Which documents may be found.
    ///   - limit: The most that are found.
    func nearest(
        to vector: [Float], level: SearchLevel, filter: SearchFilter, limit: Int
    ) throws -> [SearchMatch]

    /// The passages with these keys, in their order; keys that are not in the index are left out.
    func passages(_ keys: [Int64]) throws -> [StoredPassage]

    /// The documents with these keys, in their order; keys that are not in the index are left out.
    func documents(_ keys: [Int64]) throws -> [StoredDocument]

    /// How much is in the index.
    func counts() throws -> SearchCounts
}

/// What one search is about.
public enum SearchLevel: String, Sendable, CaseIterable {
    /// Stretches of documents.
    case passage
    /// Whole documents.
    case document
}

/// A passage or document that was found.
public struct SearchMatch: Sendable, Equatable {
    /// Of the passage, or of the document, by the level of the search.
    public let key: Int64
    /// Higher is better; the scale is the ranking's own.
    public let score: Double

    public init(key: Int64, score: Double) { (self.key, self.score) = (key, score) }
}

/// What a keyword search looks for. A passage that has any of the words or phrases is found, one with more and rarer of them first.
public struct KeywordQuery: Sendable, Equatable {
    /// Words of letters, digits and underscores only, lower case.
    public var words: [String]
    /// Words that stand next to each other in this order: `["cve", "2024", "1234"]`.
    public var phrases: [[String]]

    public init(words: [String], phrases: [[String]] = []) { (self.words, self.phrases) = (words, phrases) }

    /// Whether nothing can be found with it.
    public var isEmpty: Bool { words.isEmpty && phrases.isEmpty }
}

/// Which documents a search is about; every condition that is given must hold.
public struct SearchFilter: Sendable, Equatable {
    /// The source is one of these files or below one of these folders; empty for any.
    public var sources: [String] = []
    /// The kind is one of these; empty for any.
    public var kinds: [String] = []
    /// The date is this or later, compared as text: `2024`, `2024-05-01`. Documents without a date fail.
    public var since: String?
    /// The date is before this, compared as text. Documents without a date fail.
    public var before: String?
    /// For each key, the document's value is one of these.
    public var metadata: [String: [String]] = [:]

    public init() {}

    /// Whether every document passes.
    public var isEmpty: Bool { self == SearchFilter() }
}

/// How much is in an index.
public struct SearchCounts: Sendable, Equatable {
    public let documents: Int
    public let passages: Int
    /// Bytes that the index takes on disk.
    public let bytes: Int
    /// Documents by kind.
    public let kinds: [String: Int]

    public init(documents: Int, passages: Int, bytes: Int, kinds: [String: Int]) {
        (self.documents, self.passages, self.bytes, self.kinds) = (documents, passages, bytes, kinds)
    }
}
