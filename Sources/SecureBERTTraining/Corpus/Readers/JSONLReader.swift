/// Lines of a corpus that was built before: `{"id", "source", "kind", "license", "title", "text"}`. Ids, sources and licences
/// are kept.
package struct JSONLReader: FormatReader {
    package init() {}

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let chunk = LineChunk(bytes: file.bytes, firstLine: file.firstLine)
        try chunk.forEachLine { (line, number) throws(any Error) in
            let document = try Document(jsonLine: line, place: "\(file.path), line \(number)")
            let isCode = document.kind == .code
            try emit(
                RawDocument(
                    id: document.id.isEmpty ? "\(file.name):\(number)" : document.id, title: document.title,
                    text: isCode ? [] : document.text, code: isCode ? document.text : [],
                    source: document.source.isEmpty ? nil : document.source,
                    license: document.license.isEmpty ? nil : document.license, hasFullID: !document.id.isEmpty))
        }
    }
}
