/// Rule `templates`: what a template engine would replace in the texts of rules.
///
/// | from | to |
/// |---|---|
/// | statements `{{% if x %}}` (Jinja as ComplianceAsCode sets it) | removed |
/// | macros `{{{ describe(x) }}}` | removed |
/// | links `{{ create_internal_link(some_name) }}` (ATLAS) | `some name` |
/// | parameters `{{ insert: param, ac-1 }}` (OSCAL) | `[value]` |
///
/// Other double braces stay: they are what texts about template injection are about.
package enum Templates {
    package static func remove(_ text: String) -> String {
        guard text.contains("{{") else { return text }
        var out = removeStatements(text)
        out = replace(out, "{{{", "}}}") { _ in [] }
        out = replace(out, "{{ create_internal_link(", ")") { $0.map { $0 == 0x5F ? 0x20 : $0 } }
        out = replace(out, "{{ insert: param", "}}") { _ in Array("[value]".utf8) }
        return out
    }

    /// Only the statements, which stand on lines of their own in YAML and make it invalid.
    package static func removeStatements(_ text: String) -> String { replace(text, "{{%", "%}}") { _ in [] } }

    /// Replaces what is between two marks, and the marks.
    private static func replace(
        _ text: String, _ open: StaticString, _ close: StaticString, _ value: (ArraySlice<UInt8>) -> [UInt8]
    ) -> String {
        let bytes = Array(text.utf8)
        return bytes.view { view in
            guard var start = view.position(of: open, from: 0) else { return text }
            var out: [UInt8] = []
            var position = 0
            while let end = view.position(of: close, from: start + open.utf8CodeUnitCount) {
                out.append(view, position..<start)
                out.append(contentsOf: value(bytes[(start + open.utf8CodeUnitCount)..<end]))
                position = end + close.utf8CodeUnitCount
                // The link's closing braces follow its argument.
                if view.has(" }}", at: position) { position += 3 }
                guard let next = view.position(of: open, from: position) else { break }
                start = next
            }
            out.append(view, position..<view.count)
            return String(decoding: out, as: UTF8.self)
        }
    }
}
