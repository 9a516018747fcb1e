import SecureBERTCheckpoint
import SecureBERTJSON

/// JSON and YAML files in which a recipe names the fields that hold text and code.
///
/// A path is made of member names and `*` (every element or member) between dots: `document.notes.*.text`. Names in braces
/// follow each other for every element: `tests.*.{name,description}`.
package struct FieldReader: FormatReader {
    package enum Format: Sendable {
        case json
        case yaml
    }

    let format: Format
    /// Paths of the records, each of which is a document; empty when the file is one.
    let records: [String]
    /// Path of a name: records that share it become one document with it as the title; empty for one document each.
    let group: String
    /// Path of a record's identifier; empty for the number of the record.
    let id: String
    /// Path of the title; empty for none.
    let title: String
    /// Paths of prose, in the order of the document.
    let text: [String]
    /// Paths of code.
    let code: [String]
    let markup: TextMarkup
    /// Whether YAML files are templates of Jinja, whose statements and macros go first.
    let isTemplate: Bool

    package init(
        format: Format, records: [String], group: String = "", id: String, title: String, text: [String],
        code: [String], markup: TextMarkup, isTemplate: Bool = false
    ) {
        self.isTemplate = isTemplate
        self.format = format
        self.records = records
        self.group = group
        self.id = id
        self.title = title
        self.text = text
        self.code = code
        self.markup = markup
    }

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let roots = format == .json ? [try file.json()] : try YAMLTree.documents(file, isTemplate: isTemplate)
        var number = 0
        for root in roots {
            let found = records.isEmpty ? [root] : records.flatMap { Self.values(root, $0) }
            if !group.isEmpty {
                try emitGroups(found, file, emit)
                continue
            }
            for record in found {
                number += 1
                let isOnly = records.isEmpty && roots.count == 1
                try emit(document(record, number: isOnly ? nil : number, file))
            }
        }
    }

    private func emitGroups(
        _ records: [JSON], _ file: SourceFile, _ emit: (RawDocument) throws -> Void
    ) throws {
        var names: [String] = []
        var groups: [String: [JSON]] = [:]
        for record in records {
            guard let name = Self.strings(record, group).first else { continue }
            if groups[name] == nil { names.append(name) }
            groups[name, default: []].append(record)
        }
        for name in names {
            var body = Paragraphs()
            body.append(name)
            var seen: Set<String> = [name]
            for record in groups[name] ?? [] { append(record, except: &seen, to: &body) }
            try emit(
                RawDocument(id: "\(file.name)/\(name)", title: name, text: body.text, code: body.joinedCode))
        }
    }

    private func document(_ record: JSON, number: Int?, _ file: SourceFile) -> RawDocument {
        var body = Paragraphs()
        let name = title.isEmpty ? "" : Self.strings(record, title).first ?? ""
        body.append(name)
        var seen: Set<String> = [name]
        append(record, except: &seen, to: &body)
        let identifier = id.isEmpty ? nil : Self.strings(record, id).first
        let suffix = identifier ?? number.map { "\(file.name)/\($0)" }
        return RawDocument(
            id: suffix, title: name.isEmpty ? file.plainTitle : name, text: body.text, code: body.joinedCode)
    }

    /// Appends the texts and the code of a record, each text once.
    private func append(_ record: JSON, except seen: inout Set<String>, to body: inout Paragraphs) {
        for path in text {
            for value in Self.strings(record, path) where seen.insert(value).inserted {
                body.append(Templates.remove(value), markup)
            }
        }
        for path in code {
            for value in Self.strings(record, path) {
                let bytes = Characters.clean(Array(value.utf8))
                // Fields of code may themselves be Markdown with a fence.
                let fenced = value.contains("```") ? Markdown.extract(bytes).code : []
                for block in fenced.isEmpty ? [bytes] : fenced { body.append(code: block) }
            }
        }
    }

    /// The texts at a path. A list of texts gives each, a table its lines `name: value`.
    private static func strings(_ value: JSON, _ path: String) -> [String] {
        values(value, path).flatMap { found -> [String] in
            switch found {
            case .string(let text): text.isEmpty ? [] : [text]
            case .array(let elements): elements.compactMap(\.stringValue).filter { !$0.isEmpty }
            case .object(let object):
                [
                    object.members.compactMap { member in member.value.stringValue.map { "\(member.key): \($0)" } }
                        .joined(separator: "\n")
                ].filter { !$0.isEmpty }
            default: []
            }
        }
    }

    private static func values(_ value: JSON, _ path: String) -> [JSON] {
        var found = [value]
        for part in path.split(separator: ".") {
            found = found.flatMap { value -> [JSON] in
                if part.hasPrefix("{"), part.hasSuffix("}") {
                    return part.dropFirst().dropLast().split(separator: ",").compactMap { value[String($0)] }
                }
                if part == "*" { return value.arrayValue ?? value.objectValue?.members.map(\.value) ?? [] }
                return value[String(part)].map { [$0] } ?? []
            }
        }
        return found
    }
}

/// XML files in which a recipe names the element that is a document, and those in it that hold text and code.
package struct ElementReader: FormatReader {
    /// Name of the element that is a document.
    let element: String
    /// Attribute with its identifier; empty for the number of the element.
    let id: String
    /// Names of elements with the title, text and code.
    let title: String
    let text: [String]
    let code: [String]
    let markup: TextMarkup

    package init(element: String, id: String, title: String, text: [String], code: [String], markup: TextMarkup) {
        self.element = element
        self.id = id
        self.title = title
        self.text = text
        self.code = code
        self.markup = markup
    }

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let bytes = TextEncoding.utf8(of: file.bytes)
        var number = 0
        try bytes.view { view in
            try XMLElement.forEach([element], in: view) { record in
                number += 1
                try emit(document(record, number, file))
            }
        }
        guard number > 0 else { throw file.error("has no element \(element.quoted)") }
    }

    private func document(_ record: XMLElement, _ number: Int, _ file: SourceFile) -> RawDocument {
        var body = Paragraphs()
        let name = title.isEmpty ? "" : record.descendants(title).first.map(Self.string) ?? ""
        body.append(name)
        for part in text {
            for found in record.descendants(part) { body.append(Self.discussion(Self.string(found)), markup) }
        }
        for part in code {
            for found in record.descendants(part) { body.append(code: Characters.clean(found.text())) }
        }
        let identifier = id.isEmpty ? "" : record.attribute(named: id)
        return RawDocument(
            id: identifier.isEmpty ? "\(file.name)/\(number)" : identifier,
            title: name.isEmpty ? file.plainTitle : name, text: body.text, code: body.joinedCode)
    }

    /// DISA's guides hold further elements as escaped text in a description, of which only the discussion is prose.
    private static func discussion(_ text: String) -> String {
        guard text.hasPrefix("<VulnDiscussion>") else { return text }
        let bytes = Array(text.utf8)
        return bytes.view { view in
            let start = "<VulnDiscussion>".utf8.count
            return view.string(start..<(view.position(of: "</VulnDiscussion>", from: start) ?? view.count))
        }
    }

    private static func string(_ element: XMLElement) -> String {
        String(decoding: element.text().trimmedSpace, as: UTF8.self)
    }
}
