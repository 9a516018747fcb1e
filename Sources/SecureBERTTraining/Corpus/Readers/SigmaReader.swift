import SecureBERTJSON

/// Sigma rules: what a rule is about as text, and the rule as code.
///
/// The code leaves out what identifies the rule rather than detects: `id`, `related`, `status`, `references`, `author`, `date`,
/// `modified`, `tags`. The tags are the labels of detection benchmarks.
package struct SigmaReader: FormatReader {
    package init() {}

    private static let removedKeys: Set<String> = [
        "id", "related", "status", "references", "author", "date", "modified", "tags", "license",
    ]

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        guard let rule = try YAMLTree.documents(file).first, let title = rule["title"]?.stringValue else {
            throw file.error("has no title; expected a Sigma rule")
        }
        var body = Paragraphs()
        body.append(title)
        body.append(markdown: rule["description"]?.stringValue)
        let source = (rule["logsource"]?.objectValue?.members ?? []).compactMap { member in
            member.value.stringValue.map { "\(member.key) \($0)" }
        }
        if !source.isEmpty { body.append("Log source: \(source.joined(separator: ", "))") }
        let positives = rule["falsepositives"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if !positives.isEmpty { body.append("False positives: \(positives.joined(separator: "; "))") }
        if let level = rule["level"]?.stringValue { body.append("Level: \(level)") }
        try emit(RawDocument(title: title, text: body.text, code: code(file.text)))
    }

    /// The file without the top-level keys that are left out, and what belongs to them.
    private func code(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            var isRemoved = false
            text.forEachLine { line in
                if let first = text[line].first, !first.isBlank, first != 0x2D, first != 0x23 {
                    let key = String(decoding: text[line].prefix { $0 != 0x3A }, as: UTF8.self)
                    isRemoved = Self.removedKeys.contains(key)
                }
                if !isRemoved {
                    out.append(text, line)
                    out.append(0x0A)
                }
            }
            return out
        }
    }
}
