import Crypto

/// A document as it is read, before it is cut into passages.
public struct SourceDocument: Sendable, Equatable {
    /// Its name, which no other document has.
    public var id: String
    /// Empty when it has none.
    public var title: String
    /// Whether the title is the beginning of the text, as a heading is; otherwise every passage is read with the title before it.
    public var titleIsInText = false
    public var text: String
    /// The file it is from, as an absolute path; empty for documents from elsewhere.
    public var source: String
    /// What it is: `text`, `markdown`, `html`, `pdf`, `record`.
    public var kind: String
    /// `YYYY-MM-DD`, with perhaps a time behind it.
    public var date: String?
    public var metadata: [String: String]

    public init(
        id: String, title: String = "", text: String, source: String = "", kind: String = "text", date: String? = nil,
        metadata: [String: String] = [:]
    ) {
        (self.id, self.title, self.text, self.source) = (id, title, text, source)
        (self.kind, self.date, self.metadata) = (kind, date, metadata)
    }

    /// SHA-256 of everything about the document, in hexadecimal: of equal ones nothing has to be done again.
    public var digest: String {
        var hash = SHA256()
        func add(_ text: String) {
            hash.update(data: Array("\(text.utf8.count):".utf8))
            hash.update(data: Array(text.utf8))
        }
        for part in [id, title, "\(titleIsInText)", text, source, kind, date ?? ""] { add(part) }
        for (name, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            add(name)
            add(value)
        }
        return hash.finalize().hexadecimal
    }
}
