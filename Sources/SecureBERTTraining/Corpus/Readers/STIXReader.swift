import SecureBERTJSON

/// STIX 2.x bundles: ATT&CK, CAPEC, and what other tools export.
///
/// Every object with a description becomes a document: name, description, other names, detection, the fields of CAPEC, and
/// how it uses others (the descriptions of its `uses` relationships, one a line). Revoked and deprecated objects are left
/// out. Descriptions are Markdown.
package struct STIXReader: FormatReader {
    package init() {}

    private static let types: Set<String> = [
        "attack-pattern", "campaign", "course-of-action", "indicator", "infrastructure", "intrusion-set", "malware",
        "malware-analysis", "report", "threat-actor", "tool", "vulnerability", "x-mitre-tactic", "x-mitre-data-source",
        "x-mitre-data-component", "x-mitre-asset", "x-mitre-analytic", "x-mitre-detection-strategy", "grouping", "note",
        "opinion", "incident",
    ]

    /// Members with prose, beyond the description, and the words before it.
    private static let texts: [(key: String, label: String)] = [
        ("x_mitre_detection", "Detection"), ("x_capec_prerequisites", "Prerequisites"),
        ("x_capec_resources_required", "Resources required"), ("x_capec_example_instances", "Examples"),
        ("x_capec_extended_definition", ""), ("abstract", ""), ("content", ""), ("opinion", ""),
    ]

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        var uses: [String: [[UInt8]]] = [:]
        try file.forEachElement(of: "objects") { object in
            guard object["type"]?.stringValue == "relationship", !isWithdrawn(object),
                let source = object["source_ref"]?.stringValue, let text = object["description"]?.stringValue
            else { return }
            uses[source, default: []].append(Markdown.extract(Array(text.utf8)).text.trimmedSpace)
        }
        try file.forEachElement(of: "objects") { object in
            guard let type = object["type"]?.stringValue, Self.types.contains(type), !isWithdrawn(object),
                let id = object["id"]?.stringValue
            else { return }
            try emit(document(object, id, uses[id] ?? [], file))
        }
    }

    private func isWithdrawn(_ object: JSON) -> Bool {
        object["revoked"]?.boolValue == true || object["x_mitre_deprecated"]?.boolValue == true
            || object["x_capec_status"]?.stringValue == "Deprecated"
    }

    private func document(_ object: JSON, _ id: String, _ uses: [[UInt8]], _ file: SourceFile) -> RawDocument {
        let name = object["name"]?.stringValue ?? ""
        var body = Paragraphs()
        body.append(name)
        body.append(markdown: object["description"]?.stringValue)
        let aliases = (object["aliases"] ?? object["x_mitre_aliases"] ?? object["x_capec_alternate_terms"])?.arrayValue
        let others = (aliases ?? []).compactMap(\.stringValue).filter { $0 != name }
        if !others.isEmpty { body.append("Also known as \(others.joined(separator: ", ")).") }
        for (key, label) in Self.texts {
            let value = object[key]
            let texts = value?.arrayValue?.compactMap(\.stringValue) ?? [value?.stringValue].compactMap { $0 }
            guard !texts.isEmpty else { continue }
            if !label.isEmpty { body.append(label) }
            for text in texts { body.append(markdown: text) }
        }
        if let flow = object["x_capec_execution_flow"]?.stringValue { body.append(html: flow) }
        for (key, label) in [("x_capec_consequences", "Consequences"), ("x_capec_skills_required", "Skills required")] {
            guard let members = object[key]?.objectValue?.members, !members.isEmpty else { continue }
            body.append(label)
            for member in members {
                let values =
                    member.value.arrayValue?.compactMap(\.stringValue) ?? [member.value.stringValue].compactMap { $0 }
                body.append(line: "\(member.key): \(values.joined(separator: ", "))")
            }
        }
        body.append(lines: uses)
        return RawDocument(id: externalID(object) ?? id, title: name, text: body.text, code: body.joinedCode)
    }

    /// The identifier that people use: T1059, G0016, CAPEC-66.
    private func externalID(_ object: JSON) -> String? {
        let known = ["mitre-attack", "mitre-ics-attack", "mitre-mobile-attack", "capec"]
        for reference in object["external_references"]?.arrayValue ?? [] {
            if let name = reference["source_name"]?.stringValue, known.contains(name) {
                return reference["external_id"]?.stringValue
            }
        }
        return nil
    }
}

/// Builds the text of a document from its parts, with the code found in them set apart.
struct Paragraphs {
    private(set) var text: [UInt8] = []
    private var code: [[UInt8]] = []

    /// Code blocks as one text.
    var joinedCode: [UInt8] { ExtractedText(code: code).joinedCode }

    /// Appends a paragraph that has no markup.
    mutating func append(_ paragraph: String?) {
        guard let paragraph, !paragraph.isEmpty else { return }
        separate()
        text.append(contentsOf: paragraph.utf8)
    }

    /// Appends a line, without an empty one before it.
    mutating func append(line: String) {
        if !text.isEmpty { text.append(0x0A) }
        text.append(contentsOf: line.utf8)
    }

    /// Appends lines as one paragraph.
    mutating func append(lines: [[UInt8]]) {
        guard !lines.isEmpty else { return }
        separate()
        text.append(contentsOf: lines.joined(separator: [0x0A]))
    }

    mutating func append(markdown: String?) { append(markdown, .markdown) }

    mutating func append(html: String?) { append(html, .html) }

    /// Appends a text with its markup taken off.
    mutating func append(_ source: String?, _ markup: TextMarkup) {
        guard let source, !source.isEmpty else { return }
        append(markup.extract(Characters.clean(Array(source.utf8))))
    }

    /// Appends prose and code.
    mutating func append(_ extracted: ExtractedText) {
        let plain = extracted.text.trimmedSpace
        if !plain.isEmpty {
            separate()
            text.append(contentsOf: plain)
        }
        code.append(contentsOf: extracted.code)
    }

    /// Appends a block of code.
    mutating func append(code block: [UInt8]) { code.append(block) }

    private mutating func separate() {
        if !text.isEmpty { text.append("\n\n") }
    }
}
