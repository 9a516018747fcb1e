/// Rule `templates`: what a template engine would replace in the texts of rules.
///
/// | from | to |
/// |---|---|
/// | `{{% if x %}} a {{% else %}} b {{% endif %}}` (Jinja as ComplianceAsCode sets it) | ` a ` |
/// | other statements `{{% set x = 1 %}}`, comments `{{# x #}}` | removed |
/// | macros `{{{ describe(x) }}}` | removed |
/// | links `{{ create_internal_link(some_name) }}` (ATLAS) | `some name` |
/// | parameters `{{ insert: param, ac-1 }}` (OSCAL) | `[value]` |
///
/// Other double braces stay: they are what texts about template injection are about.
package enum Templates {
    package static func remove(_ text: String) -> String {
        guard text.contains("{{") else { return text }
        var out = removeJinja(text)
        out = replace(out, "{{ create_internal_link(", ")") { $0.map { $0 == 0x5F ? 0x20 : $0 } }
        out = replace(out, "{{ insert: param", "}}") { _ in Array("[value]".utf8) }
        return out
    }

    /// Only what Jinja would replace: in a YAML file it has to go before the file is valid YAML.
    ///
    /// Of the branches of a condition the first stays: they are the same text for different products, and give the same keys.
    package static func removeJinja(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return bytes.view { view in
            guard var start = view.position(of: "{{", from: 0) else { return text }
            var out: [UInt8] = []
            // What is open, and whether this is a branch after the first.
            var blocks: [Bool] = []
            // Kinds that are not closed any more, so that nobody looks to the end again and again.
            var unclosed: Set<UInt8> = []
            var position = 0
            while start + 2 < view.count {
                let kind = view[start + 2]
                let close: StaticString? =
                    switch kind {
                    case 0x25: "%}}"
                    case 0x23: "#}}"
                    case 0x7B: "}}}"
                    default: nil
                    }
                guard let close, !unclosed.contains(kind), let end = view.position(of: close, from: start + 3) else {
                    if close != nil { unclosed.insert(kind) }
                    guard let next = view.position(of: "{{", from: start + 2) else { break }
                    start = next
                    continue
                }
                if !blocks.contains(true) { out.append(view, position..<start) }
                if kind == 0x25 { enter(statement: bytes[(start + 3)..<end], &blocks) }
                position = end + 3
                guard let next = view.position(of: "{{", from: position) else { break }
                start = next
            }
            if !blocks.contains(true) { out.append(view, position..<view.count) }
            return String(decoding: out, as: UTF8.self)
        }
    }

    private static func enter(statement: ArraySlice<UInt8>, _ blocks: inout [Bool]) {
        let word = statement.drop { $0 == 0x20 || $0 == 0x2D }.prefix { $0 >= 0x61 && $0 <= 0x7A }
        switch String(decoding: word, as: UTF8.self) {
        case "if", "for": blocks.append(false)
        case "elif", "else": if !blocks.isEmpty { blocks[blocks.count - 1] = true }
        case "endif", "endfor": _ = blocks.popLast()
        default: break
        }
    }

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
