import SecureBERTJSON

extension SearchDocument {
    /// The document as a database can hold it.
    var storable: SearchDocument {
        var document = self
        (document.id, document.title) = (PostgresText.storable(id), PostgresText.storable(title))
        (document.source, document.kind) = (PostgresText.storable(source), PostgresText.storable(kind))
        document.date = date.map(PostgresText.storable)
        document.metadata = Dictionary(
            metadata.map { (PostgresText.storable($0.key), PostgresText.storable($0.value)) },
            uniquingKeysWith: { first, _ in first })
        return document
    }

    /// The metadata as an object.
    var metadataJSON: String {
        let members = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return JSON.object(JSON.Object(members.map { ($0.key, .string($0.value)) })).text
    }

    /// Reads columns from one on: ``columns``.
    /// - Returns: nil when one of them has no value.
    init?(_ result: PostgresResult, _ row: Int, at column: Int) {
        func text(_ offset: Int) -> String? { result.text(row, column + offset) }
        guard let id = text(0), let title = text(1), let source = text(2), let kind = text(3), let digest = text(5),
            let members = text(6).flatMap({ try? JSON.parse($0) })?.objectValue?.members
        else { return nil }
        let metadata = members.compactMap { member in member.value.stringValue.map { (member.key, $0) } }
        self.init(
            id: id, title: title, source: source, kind: kind, date: text(4),
            metadata: Dictionary(metadata, uniquingKeysWith: { first, _ in first }), digest: digest)
    }

    static let columns = "d.id, d.title, d.source, d.kind, d.date, d.digest, d.metadata::text"
}

extension SearchPassage {
    /// The passage as a database can hold it.
    var storable: SearchPassage {
        SearchPassage(text: PostgresText.storable(text), scalars: scalars, lines: lines)
    }

    /// Reads columns from one on: ``columns``.
    /// - Returns: nil when they are not those of a passage.
    init?(_ result: PostgresResult, _ row: Int, at column: Int) {
        let numbers = (1...4).compactMap { result.integer(row, column + $0).flatMap { Int(exactly: $0) } }
        guard let text = result.text(row, column), numbers.count == 4, numbers[0] <= numbers[1],
            numbers[2] <= numbers[3]
        else { return nil }
        self.init(text: text, scalars: numbers[0]..<numbers[1], lines: numbers[2]...numbers[3])
    }

    static let columns = "p.text, p.firstscalar, p.endscalar, p.firstline, p.lastline"
}
