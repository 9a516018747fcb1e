/// The XML catalogues of CWE and CAPEC: one document per weakness, category, view or attack pattern, with the code of its
/// examples set apart. Deprecated entries are left out.
package struct WeaknessXMLReader: FormatReader {
    package init() {}

    private static let entries: Set<String> = ["Weakness", "Category", "View", "Attack_Pattern"]

    /// Elements with prose, in the order of the document, and the heading before them. The elements inside that hold
    /// references, identifiers and history are left out with everything not named here.
    private static let sections: [(name: String, heading: String)] = [
        ("Description", ""), ("Summary", ""), ("Objective", ""), ("Extended_Description", ""),
        ("Background_Details", "Background"), ("Modes_Of_Introduction", "Introduction"),
        ("Prerequisites", "Prerequisites"), ("Skills_Required", "Skills required"),
        ("Resources_Required", "Resources required"), ("Indicators", "Indicators"),
        ("Execution_Flow", "Execution flow"),
        ("Common_Consequences", "Consequences"), ("Consequences", "Consequences"),
        ("Detection_Methods", "Detection"), ("Potential_Mitigations", "Mitigations"), ("Mitigations", "Mitigations"),
        ("Demonstrative_Examples", "Examples"), ("Example_Instances", "Examples"), ("Notes", "Notes"),
    ]

    private static let prefixes = ["Weakness": "CWE", "Category": "CWE", "View": "CWE", "Attack_Pattern": "CAPEC"]

    package func read(_ file: SourceFile, _ emit: (RawDocument) throws -> Void) throws {
        let bytes = TextEncoding.utf8(of: file.bytes)
        var count = 0
        try bytes.view { text in
            try XMLElement.forEach(Self.entries, in: text) { entry in
                count += 1
                guard entry.attribute("Status") != "Deprecated", entry.attribute("Status") != "Obsolete" else { return }
                // The schema reuses the name of CAPEC's categories.
                let isCAPEC = entry.name == "Attack_Pattern" || file.name.lowercased().contains("capec")
                let prefix = isCAPEC ? "CAPEC" : Self.prefixes[entry.name] ?? "CWE"
                try emit(document(entry, "\(prefix)-\(entry.attribute("ID"))"))
            }
        }
        guard count > 0 else {
            throw file.error(
                "has no weaknesses, categories or attack patterns; expected an XML catalogue of CWE or CAPEC")
        }
    }

    private func document(_ entry: XMLElement, _ id: String) -> RawDocument {
        let name = entry.attribute("Name")
        var body = Paragraphs()
        body.append("\(id): \(name)")
        for (section, heading) in Self.sections {
            guard let element = entry.child(section) else { continue }
            if !heading.isEmpty { body.append(heading) }
            append(element, to: &body)
        }
        return RawDocument(id: id, title: name, text: body.text, code: body.joinedCode)
    }

    private func append(_ element: XMLElement, to body: inout Paragraphs) {
        if element.name == "Example_Code" {
            if element.attribute("Nature") != "Informative" || !element.attribute("Language").isEmpty {
                body.append(code: Whitespace.trimCode(Characters.clean(element.text())))
                return
            }
        }
        if Self.skipped.contains(element.name) { return }
        let isLeaf = element.children.allSatisfy {
            XMLElement.htmlBlocks.contains($0.name) || $0.children.isEmpty && Self.inline.contains($0.name)
        }
        if isLeaf {
            let text = Whitespace.collapse(oneLine(element))
            if text.contains(where: \.isWord) { body.append(String(decoding: text, as: UTF8.self)) }
        } else {
            for child in element.children { append(child, to: &body) }
        }
    }

    /// The text of an element whose line feeds are layout; those of its HTML are not.
    private func oneLine(_ element: XMLElement) -> [UInt8] {
        let text = element.text()
        let paragraphs = text.split(separator: 0x0A).map { Array($0).trimmedSpace }.filter { !$0.isEmpty }
        let isMarkedUp = element.children.contains { XMLElement.htmlBlocks.contains($0.name) }
        return Array(paragraphs.joined(separator: isMarkedUp ? [0x0A] : [0x20]))
    }

    private static let skipped: Set<String> = [
        "Mitigation_ID", "External_Reference_ID", "References", "Detection_Method_ID", "Scope", "Impact", "Likelihood",
        "Phase",
        "Effectiveness", "Effectiveness_Notes", "Step", "Strategy", "Method",
    ]

    private static let inline: Set<String> = ["b", "i", "em", "strong", "code", "sup", "sub", "a", "span", "tt", "u"]
}
