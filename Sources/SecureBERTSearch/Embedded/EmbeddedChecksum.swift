import Crypto

/// SHA-256 over what an index keeps of a document: SQLite notices broken pages, but not a changed byte in a text.
struct EmbeddedChecksum {
    private var hash = SHA256()

    init(_ document: SearchDocument) {
        for text in [document.id, document.title, document.source, document.kind, document.date ?? "", document.digest]
        {
            add(text)
        }
        for (name, value) in document.metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            add(name)
            add(value)
        }
    }

    mutating func add(_ passage: SearchPassage) {
        add(passage.text)
        add(
            "\(passage.scalars.lowerBound) \(passage.scalars.upperBound) \(passage.lines.lowerBound) \(passage.lines.upperBound)"
        )
    }

    /// In hexadecimal.
    var text: String { hash.finalize().hexadecimal }

    /// With the length before it, so that texts cannot flow into each other.
    private mutating func add(_ text: String) {
        hash.update(data: Array("\(text.utf8.count):".utf8))
        hash.update(data: Array(text.utf8))
    }
}
