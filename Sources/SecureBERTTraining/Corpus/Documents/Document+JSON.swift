import SecureBERTCheckpoint
import SecureBERTJSON

extension Document {
    /// Reads a line of a JSONL corpus: `{"id", "source", "kind", "license", "title", "text"}`. Only `text` is required;
    /// the rest is empty, and `kind` "text", when missing.
    /// - Parameters:
    ///   - line: the line without its line feed.
    ///   - place: where it is, for messages: "train-000.jsonl, line 3".
    /// - Throws: ``CorpusError`` for anything else.
    init(jsonLine line: some Collection<UInt8>, place: String) throws(CorpusError) {
        let json: JSON
        do { json = try JSON.parse(line) } catch {
            throw CorpusError(.malformed, file: place, "is not valid JSON: \(error.problem) at byte \(error.offset)")
        }
        guard case .object(let members) = json else {
            throw CorpusError(.malformed, file: place, "is \(json.kind), expected an object with a \"text\"")
        }
        func string(_ key: String) throws(CorpusError) -> String? {
            guard let value = members[key], !value.isNull else { return nil }
            guard let text = value.stringValue else {
                throw CorpusError(.malformed, file: place, "\"\(key)\" is \(value.kind), expected a string")
            }
            return text
        }
        guard let text = try string("text") else { throw CorpusError(.malformed, file: place, "has no \"text\"") }
        let name = try string("kind") ?? DocumentKind.text.rawValue
        guard let kind = DocumentKind(rawValue: name) else {
            throw CorpusError(
                .malformed, file: place, "\"kind\" is \(name.quoted), expected \"text\" or \"code\"")
        }
        self.init(
            id: try string("id") ?? "", source: try string("source") ?? "", kind: kind,
            license: try string("license") ?? "", title: try string("title") ?? "", text: Array(text.utf8))
    }
}
