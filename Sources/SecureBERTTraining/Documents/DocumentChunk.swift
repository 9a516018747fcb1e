import SecureBERTJSON

/// A text as it was read from a file. Valid only inside the closure it is passed to.
public struct TextDocument {
    /// The text as valid UTF-8.
    public let text: UnsafeBufferPointer<UInt8>
    /// The line of JSON it was in.
    let json: JSON?

    /// Another string of the same line of JSON; nil when there is none under that key.
    public func property(_ key: String) -> String? { json?[key]?.stringValue }

    /// The text as a string.
    public var string: String { String(decoding: text, as: UTF8.self) }
}

/// A part of a file that can be worked on by itself: whole lines of JSON, or text.
package struct DocumentChunk: Sendable {
    /// Position among the chunks of all files.
    let index: Int
    let file: String
    package let bytes: [UInt8]
    /// Line of the file the chunk starts with, counted from 1.
    let firstLine: Int
    let isJSONLines: Bool

    /// Calls the body with every text of the chunk, in order.
    /// - Parameter field: the key of the text in a line of JSON.
    package func forEachText(field: String, _ body: (TextDocument) throws -> Void) throws {
        guard isJSONLines else {
            try checkUTF8()
            return try bytes.withUnsafeBufferPointer { try body(TextDocument(text: $0, json: nil)) }
        }
        var line = firstLine
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            defer { line += 1 }
            guard part.contains(where: { $0 > 0x20 }) else { continue }
            let json: JSON
            do { json = try JSON.parse(part) } catch {
                throw CorpusError(.malformed, file: file, line: line, "is not valid JSON: \(error.problem)")
            }
            guard var text = json[field]?.stringValue else {
                let found = json[field].map(\.kind) ?? "no such key"
                throw CorpusError(
                    .malformed, file: file, line: line, "expected a string under \"\(field)\", found \(found)")
            }
            try text.withUTF8 { try body(TextDocument(text: $0, json: json)) }
        }
    }

    private func checkUTF8() throws(CorpusError) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var line = firstLine
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) {
            if scalar.first == 0x0A { line += 1 }
        }
        throw CorpusError(
            .malformed, file: file, line: line, "is not valid UTF-8; convert the file, with iconv for example")
    }
}
