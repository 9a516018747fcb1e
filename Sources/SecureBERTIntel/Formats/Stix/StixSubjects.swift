import SecureBERTJSON

/// An object of a bundle.
struct StixObject {
    let id: String
    let json: JSON
}

/// The objects of what several reports name: of each subject one, with the confidence of its best mention in any of
/// them.
struct StixSubjects {
    private struct Facts {
        var confidence = 0
        var isHostile = false
        var ports: Set<Int> = []
    }

    private let context: StixContext
    private var facts: [Finding.Subject: Facts] = [:]

    init(_ context: StixContext, _ findings: [Finding]) {
        self.context = context
        for finding in findings {
            var all = facts[finding.subject] ?? Facts()
            all.confidence = max(all.confidence, finding.confidence)
            all.isHostile = all.isHostile || finding.isHostile
            all.ports.formUnion(finding.ports)
            facts[finding.subject] = all
        }
    }

    /// The object of a subject; nil when STIX has no type for it.
    func object(of subject: Finding.Subject) -> StixObject? {
        let facts = facts[subject] ?? Facts()
        switch subject {
        case .entry(let entry):
            return context.object(of: entry, confidence: facts.confidence)
        case .vulnerability(let cve):
            let reference: JSON = [
                "source_name": "cve", "external_id": .string(cve),
                "url": .string("https://www.cve.org/CVERecord?id=\(cve)"),
            ]
            return own("vulnerability", cve, facts, [("external_references", [reference]), ("name", .string(cve))])
        case .name(.malware, let name):
            return own("malware", name, facts, [("name", .string(name)), ("is_family", true)])
        case .name(.organization, let name):
            return own("identity", name, facts, [("name", .string(name)), ("identity_class", "organization")])
        case .name(.vulnerability, let name):
            return own("vulnerability", name, facts, [("name", .string(name))])
        case .indicator(let type, let value):
            return indicator(type, StixValue.normalized(type, value), facts)
        }
    }

    /// An object whose id depends on its name in lower case.
    private func own(_ type: String, _ name: String, _ facts: Facts, _ members: StixContext.Members) -> StixObject {
        let id = StixContext.id(type, ["name", name.lowercased()])
        return StixObject(id: id, json: context.object(type, id: id, confidence: facts.confidence, members))
    }

    private func indicator(_ type: IndicatorType, _ value: String, _ facts: Facts) -> StixObject? {
        guard let pattern = StixPattern.pattern(type, value) else { return nil }
        let id = StixContext.id("indicator", [type.rawValue, value])
        let ports = facts.ports.sorted().map { ", port \($0)" }.joined()
        let json = context.object(
            "indicator", id: id, confidence: facts.confidence,
            [
                ("name", .string(value)), ("description", .string("Named in a report as \(type.rawValue)\(ports).")),
                ("indicator_types", [facts.isHostile ? "malicious-activity" : "unknown"]),
                ("pattern", .string(pattern)), ("pattern_type", "stix"), ("pattern_version", "2.1"),
                ("valid_from", .string(context.published.rfc3339(milliseconds: true))),
            ])
        return StixObject(id: id, json: json)
    }
}
