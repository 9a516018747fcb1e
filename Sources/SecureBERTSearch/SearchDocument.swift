/// A document as an index has it, without its text, which is that of its passages.
public struct SearchDocument: Sendable, Equatable {
    /// Its name, which no other document of the index has: the path of a file, or what a record calls itself.
    public var id: String
    /// Empty when it has none.
    public var title: String
    /// The file it was read from, as an absolute path; empty for documents from elsewhere.
    public var source: String
    /// What it is: `text`, `markdown`, `html`, `pdf`, `record`.
    public var kind: String
    /// When it is from, as `YYYY-MM-DD` with perhaps a time behind it; nil when nobody says.
    public var date: String?
    /// What else is known about it, as text; keys differ.
    public var metadata: [String: String]
    /// SHA-256 of all that passages and metadata are made from, in hexadecimal: of equal ones, nothing has to be done again.
    public var digest: String

    public init(
        id: String, title: String = "", source: String = "", kind: String = "text", date: String? = nil,
        metadata: [String: String] = [:], digest: String
    ) {
        (self.id, self.title, self.source, self.kind) = (id, title, source, kind)
        (self.date, self.metadata, self.digest) = (date, metadata, digest)
    }
}

/// A stretch of a document.
public struct SearchPassage: Sendable, Equatable {
    public var text: String
    /// Where it is in the document, in Unicode scalars, as Python slices count.
    public var scalars: Range<Int>
    /// First and last line in the document, counted from 1.
    public var lines: ClosedRange<Int>

    public init(text: String, scalars: Range<Int>, lines: ClosedRange<Int>) {
        (self.text, self.scalars, self.lines) = (text, scalars, lines)
    }
}

/// A document with all that the index keeps of it, as it is written.
public struct SearchEntry: Sendable {
    public var document: SearchDocument
    /// At least one.
    public var passages: [SearchPassage]
    /// One for each passage, `[dimensions]`, of length 1.
    public var passageVectors: [[Float]]
    /// The vector of the whole document, `[dimensions]`, of length 1.
    public var documentVector: [Float]

    public init(
        document: SearchDocument, passages: [SearchPassage], passageVectors: [[Float]], documentVector: [Float]
    ) {
        (self.document, self.passages) = (document, passages)
        (self.passageVectors, self.documentVector) = (passageVectors, documentVector)
    }
}

/// Changes that become part of an index together.
public struct SearchBatch: Sendable {
    /// Documents to add; one of the same id in the index is replaced, passages and vectors included.
    public var entries: [SearchEntry]
    /// Ids of documents to remove; those that are not in the index are passed over.
    public var removals: [String]
    /// Folders that documents are read from, as absolute paths; those that the index knows are passed over.
    public var roots: [String]

    public init(entries: [SearchEntry] = [], removals: [String] = [], roots: [String] = []) {
        (self.entries, self.removals, self.roots) = (entries, removals, roots)
    }

    public var isEmpty: Bool { entries.isEmpty && removals.isEmpty && roots.isEmpty }
}

/// A document of an index.
public struct StoredDocument: Sendable, Equatable {
    public let key: Int64
    public let document: SearchDocument
    /// How many passages it has.
    public let passageCount: Int

    public init(key: Int64, document: SearchDocument, passageCount: Int) {
        (self.key, self.document, self.passageCount) = (key, document, passageCount)
    }
}

/// A passage of an index.
public struct StoredPassage: Sendable, Equatable {
    public let key: Int64
    /// The key of its document.
    public let documentKey: Int64
    /// Position among the passages of its document, from 0.
    public let ordinal: Int
    public let passage: SearchPassage

    public init(key: Int64, documentKey: Int64, ordinal: Int, passage: SearchPassage) {
        (self.key, self.documentKey, self.ordinal, self.passage) = (key, documentKey, ordinal, passage)
    }
}
