import SecureBERTJSON

/// The fields of ECS that say what was found: `threat.*`, `vulnerability.*` and `related.*`.
struct EcsThreat {
    struct Content {
        /// What tells the documents of a report apart.
        let key: String
        /// The allowed values of `event.category` and `event.type` that belong together.
        var category = "threat"
        var type = "indicator"
        let members: [JSON.Object.Member]
    }

    private let knowledge: KnowledgeBase
    private let marking: TrafficLight?
    /// By short name.
    private let tactics: [String: KnowledgeEntry]

    init(_ knowledge: KnowledgeBase, _ marking: TrafficLight?) {
        (self.knowledge, self.marking) = (knowledge, marking)
        let tactics = knowledge.entries.filter { $0.kind == .tactic }
        self.tactics = Dictionary(
            tactics.compactMap { entry in entry.tactics.first.map { ($0, entry) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The fields of a finding; nil when the schema has none.
    func content(of finding: Finding) -> Content? {
        switch finding.subject {
        case .indicator(let type, let value):
            let indicator = EcsIndicator(type, value, finding, marking)
            return Content(key: "\(type.rawValue) \(value)", members: indicator.members)
        case .vulnerability(let cve):
            let fields: JSON = [
                "id": .string(cve), "enumeration": "CVE",
                "reference": .string("https://www.cve.org/CVERecord?id=\(cve)"),
            ]
            return Content(key: cve, category: "vulnerability", type: "info", members: [("vulnerability", fields)])
        case .name: return nil
        case .entry(let entry):
            guard let threat = threat(entry) else { return nil }
            let members = [("framework", "MITRE ATT&CK")] + threat
            return Content(key: entry.id, members: [("threat", .object(.init(members)))])
        }
    }

    private func threat(_ entry: KnowledgeEntry) -> [JSON.Object.Member]? {
        let reference: [JSON.Object.Member] = [
            ("id", .string(entry.id)), ("name", .string(entry.name)), ("reference", .string(entry.url)),
        ]
        let aliases: [JSON.Object.Member] =
            entry.aliases.isEmpty ? [] : [("alias", .array(entry.aliases.map(JSON.string)))]
        return switch entry.kind {
        case .technique: technique(entry)
        case .group: [("group", .object(.init(reference + aliases)))]
        case .malware, .tool:
            [
                (
                    "software",
                    .object(.init(reference + aliases + [("type", entry.kind == .malware ? "Malware" : "Tool")]))
                )
            ]
        case .tactic, .campaign, .mitigation, .weakness, .attackPattern, .control, .controlGroup: nil
        }
    }

    /// A sub-technique stands below its technique: "T1059.001" in "T1059".
    private func technique(_ entry: KnowledgeEntry) -> [JSON.Object.Member] {
        let parent = entry.id.firstIndex(of: ".").map { String(entry.id[..<$0]) }
        var technique =
            parent.map { id in
                knowledge[id].map { Self.lists([$0]) } ?? [("id", [.string(id)])]
            } ?? Self.lists([entry])
        if parent != nil { technique.append(("subtechnique", .object(.init(Self.lists([entry]))))) }
        let tactics = entry.tactics.compactMap { self.tactics[$0] }
        return [("technique", .object(.init(technique)))]
            + (tactics.isEmpty ? [] : [("tactic", .object(.init(Self.lists(tactics))))])
    }

    private static func lists(_ entries: [KnowledgeEntry]) -> [JSON.Object.Member] {
        [
            ("id", .array(entries.map { .string($0.id) })), ("name", .array(entries.map { .string($0.name) })),
            ("reference", .array(entries.map { .string($0.url) })),
        ]
    }
}
