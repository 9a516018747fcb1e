import SecureBERTJSON

/// Which relationships STIX 2.1 defines between the types of object that a bundle has (the summary table of appendix
/// B).
enum StixRelationships {
    static let common: Set<String> = ["derived-from", "duplicate-of", "related-to"]

    /// Targets by source type and kind.
    static let table: [String: [String: Set<String>]] = [
        "attack-pattern": [
            "delivers": ["malware"], "targets": ["identity", "vulnerability"], "uses": ["malware", "tool"],
        ],
        "campaign": [
            "attributed-to": ["intrusion-set"], "targets": ["identity", "vulnerability"],
            "uses": ["attack-pattern", "malware", "tool"],
        ],
        "course-of-action": [
            "investigates": ["indicator"],
            "mitigates": ["attack-pattern", "indicator", "malware", "tool", "vulnerability"],
            "remediates": ["malware", "vulnerability"],
        ],
        "indicator": ["indicates": ["attack-pattern", "campaign", "intrusion-set", "malware", "tool"]],
        "intrusion-set": [
            "targets": ["identity", "vulnerability"], "uses": ["attack-pattern", "malware", "tool"],
        ],
        "malware": [
            "authored-by": ["intrusion-set"], "communicates-with": ["domain-name", "ipv4-addr", "ipv6-addr", "url"],
            "controls": ["malware"], "downloads": ["file", "malware", "tool"], "drops": ["file", "malware", "tool"],
            "exploits": ["vulnerability"], "targets": ["identity"], "uses": ["attack-pattern", "malware", "tool"],
            "variant-of": ["malware"],
        ],
        "tool": [
            "delivers": ["malware"], "drops": ["malware"], "has": ["vulnerability"],
            "targets": ["identity", "vulnerability"],
        ],
    ]

    /// - Parameters:
    ///   - source: Id of an object, from which its type is read.
    ///   - target: Likewise.
    static func allows(_ kind: String, from source: String, to target: String) -> Bool {
        common.contains(kind) || table[type(of: source)]?[kind]?.contains(type(of: target)) == true
    }

    static func type(of id: String) -> String {
        id.firstRange(of: "--").map { String(id[..<$0.lowerBound]) } ?? ""
    }
}

extension StixContext {
    /// A relationship object; nil when the specification has none of that kind between the two.
    func relationship(
        _ kind: String, from source: String, to target: String, confidence: Int, description: String? = nil
    ) -> StixObject? {
        guard StixRelationships.allows(kind, from: source, to: target) else { return nil }
        let id = Self.id("relationship", [kind, source, target])
        var members: Members = [
            ("relationship_type", .string(kind)), ("source_ref", .string(source)), ("target_ref", .string(target)),
        ]
        if let description { members.append(("description", .string(description))) }
        return StixObject(id: id, json: object("relationship", id: id, confidence: confidence, members))
    }
}
