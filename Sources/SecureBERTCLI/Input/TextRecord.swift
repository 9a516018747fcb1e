import SecureBERTJSON

/// One text to work on, with where it came from.
struct TextRecord {
    /// Position among all records of the run, from 0.
    let index: Int
    /// For messages: "reports.txt, line 3".
    let place: String
    let text: String
    /// A second text that is encoded together with the first.
    let pair: String?
    /// The `id` of a JSON line; otherwise the index.
    let id: JSON
    /// All members of a JSON line; empty for plain text.
    let members: JSON.Object

    /// The same record without the second text it must not have.
    /// - Throws: ``CommandLineError`` when it has one.
    func requireSingle(_ task: String) throws(CommandLineError) {
        guard pair == nil else {
            throw CommandLineError(.badInput, "\(place): has a \"text_pair\", which \(task) cannot use")
        }
    }
}

/// How texts are laid out in an input.
enum InputFormat: String, CaseIterable {
    /// One text per line.
    case text
    /// One JSON object per line: `{"text", "text_pair"?, "id"?}`.
    case jsonl
    /// The whole file is one text.
    case document

    /// The format that a file's name tells, if it does.
    init?(path: String) {
        let name = path.lowercased()
        guard name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") else { return nil }
        self = .jsonl
    }
}
