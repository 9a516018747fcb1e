import Crypto
import SecureBERTJSON
import SecureBERTSearch

/// A document as a line of JSON: `{"id", "title"?, "text", "date"?, ...}`, or as BEIR has it, `{"_id", "title", "text"}`.
enum IndexRecord {
    /// Members that are not metadata.
    private static let known: Set<String> = ["id", "_id", "title", "text", "date", "published", "kind"]

    /// Reads a line.
    /// - Parameters:
    ///   - source: The absolute path of the file; empty for the standard input.
    ///   - place: For messages: the file and the line.
    /// - Throws: ``CommandLineError`` that says what is wrong with the line.
    static func document(
        _ line: some Collection<UInt8>, source: String, place: String
    ) throws(CommandLineError) -> SourceDocument {
        func refuse(_ problem: String) -> CommandLineError { CommandLineError(.badInput, "\(place): \(problem)") }
        let json: JSON
        do {
            json = try JSON.parse(line)
        } catch {
            throw refuse("is not valid JSON: \(error.problem) at byte \(error.offset)")
        }
        guard case .object(let members) = json else { throw refuse("is \(json.kind), expected an object") }
        func text(_ key: String) throws(CommandLineError) -> String? {
            guard let value = members[key], !value.isNull else { return nil }
            guard let text = value.stringValue else { throw refuse("\"\(key)\" is \(value.kind), expected a string") }
            return text
        }
        guard let content = try text("text") else { throw refuse("has no \"text\"") }
        let title = try text("title") ?? ""
        var date = try text("date")
        if date == nil { date = try text("published") }
        var metadata: [String: String] = [:]
        for (key, value) in members.members where !known.contains(key) {
            if let value = scalar(value) {
                metadata[key] = value
            } else if key == "metadata", case .object(let inner) = value {
                for (key, value) in inner.members { metadata[key] = scalar(value) }
            }
        }
        let id: String
        if let name = members["id"] ?? members["_id"], !name.isNull {
            guard let name = scalar(name), !name.isEmpty else {
                throw refuse("\"id\" is \(name.kind), expected a string or a number")
            }
            id = name
        } else {
            // Named by its content: a record that only moves to another line is the same.
            let digest = SHA256.hash(data: Array("\(title.utf8.count):\(title)\(content)".utf8))
            let digits = digest.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            id = "\(source.isEmpty ? "stdin" : source)#\(digits)"
        }
        return SourceDocument(
            id: id, title: title, text: content, source: source, kind: try text("kind") ?? "record",
            date: date, metadata: metadata)
    }

    /// A text, number or truth value as text.
    private static func scalar(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .integer, .number, .bool: value.text
        case .null, .array, .object: nil
        }
    }
}
