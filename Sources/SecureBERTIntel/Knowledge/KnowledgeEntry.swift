import SecureBERTJSON

/// Something that ATT&CK, CWE, CAPEC or a framework of controls has an id for.
public struct KnowledgeEntry: Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Sendable, CaseIterable {
        case tactic, technique, group, malware, tool, campaign, mitigation
        /// Of CWE.
        case weakness
        /// Of CAPEC.
        case attackPattern = "attack-pattern"
        /// Of NIST SP 800-53, and a subcategory of the NIST CSF.
        case control
        /// A family of controls; a function or category of the CSF.
        case controlGroup = "control-group"
    }

    /// "T1059.001", "G0007", "S0154", "CWE-79", "CAPEC-66", "AC-2(1)", "PR.AA-01".
    public let id: String
    public let kind: Kind
    public let name: String
    /// Other names of a group or of software.
    public let aliases: [String]
    /// A description of a few sentences; of a control its statement.
    public let text: String
    /// What is said of a control besides its statement: discussion, examples of how it is met.
    public let guidance: String
    /// Short names of the tactics of a technique ("credential-access"); of a tactic its own.
    public let tactics: [String]
    public let platforms: [String]
    /// Baselines that a control is in: "low", "moderate", "high", "privacy".
    public let baselines: [String]
    /// The group of a control or group; the control that an enhancement enhances.
    public let parent: String?
    /// Ids of entries that its source names with it: what a group uses, what mitigates a technique, the parents of a weakness, the
    /// techniques that a control mitigates, the controls behind a subcategory.
    public let related: [String]
    /// What the entry is called in its source's STIX bundle; nil when that is not known.
    public let stixID: String?
    /// Of ATT&CK: the domains whose files have it.
    public internal(set) var domains: [AttackDomain] = []

    /// The page of the entry at its source.
    public var url: String {
        func number() -> Substring { id.drop { !$0.isNumber } }
        return switch kind {
        case .weakness: "https://cwe.mitre.org/data/definitions/\(number()).html"
        case .attackPattern: "https://capec.mitre.org/data/definitions/\(number()).html"
        case .technique: "https://attack.mitre.org/techniques/\(id.replacing(".", with: "/"))"
        case .tactic: "https://attack.mitre.org/tactics/\(id)"
        case .group: "https://attack.mitre.org/groups/\(id)"
        case .malware, .tool: "https://attack.mitre.org/software/\(id)"
        case .campaign: "https://attack.mitre.org/campaigns/\(id)"
        case .mitigation: "https://attack.mitre.org/mitigations/\(id)"
        case .control, .controlGroup:
            id.contains(".") || ["GV", "ID", "PR", "DE", "RS", "RC"].contains(id)
                ? "https://www.nist.gov/cyberframework" : "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"
        }
    }

    public init(
        id: String, kind: Kind, name: String, aliases: [String] = [], text: String, guidance: String = "",
        tactics: [String] = [], platforms: [String] = [], baselines: [String] = [], parent: String? = nil,
        related: [String] = [], stixID: String? = nil
    ) {
        (self.id, self.kind, self.name, self.aliases, self.text) = (id, kind, name, aliases, text)
        (self.guidance, self.baselines, self.parent) = (guidance, baselines, parent)
        (self.tactics, self.platforms, self.related, self.stixID) = (tactics, platforms, related, stixID)
    }
}

extension KnowledgeEntry {
    /// The same with what another source says of it beside this one: groups and software are in several domains of ATT&CK.
    func merged(with other: KnowledgeEntry) -> KnowledgeEntry {
        func all(_ key: KeyPath<KnowledgeEntry, [String]>) -> [String] {
            self[keyPath: key] + other[keyPath: key].filter { !self[keyPath: key].contains($0) }
        }
        var merged = KnowledgeEntry(
            id: id, kind: kind, name: name, aliases: all(\.aliases), text: text, guidance: guidance,
            tactics: all(\.tactics),
            platforms: all(\.platforms), baselines: all(\.baselines), parent: parent ?? other.parent,
            related: all(\.related), stixID: stixID ?? other.stixID)
        merged.domains = domains + other.domains.filter { !domains.contains($0) }
        return merged
    }
}

extension KnowledgeEntry {
    /// Reads a line of a knowledge file; nil when it has no id, no name or no kind that is known.
    init?(_ json: JSON) {
        func texts(_ key: String) -> [String] { json[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        guard let id = json["id"]?.stringValue, !id.isEmpty, let name = json["name"]?.stringValue, !name.isEmpty,
            let kind = json["kind"]?.stringValue.flatMap(Kind.init)
        else { return nil }
        self.init(
            id: id, kind: kind, name: name, aliases: texts("aliases"), text: json["text"]?.stringValue ?? "",
            guidance: json["guidance"]?.stringValue ?? "",
            tactics: json["shortName"]?.stringValue.map { [$0] } ?? texts("tactics"), platforms: texts("platforms"),
            baselines: texts("baselines"), parent: json["parent"]?.stringValue, related: texts("related"),
            stixID: json["stix"]?.stringValue)
    }

    /// A line of a knowledge file.
    public var json: JSON {
        var members: [JSON.Object.Member] = [
            ("id", .string(id)), ("kind", .string(kind.rawValue)), ("name", .string(name)),
        ]
        func add(_ key: String, _ texts: [String]) {
            if !texts.isEmpty { members.append((key, .array(texts.map(JSON.string)))) }
        }
        add("aliases", aliases)
        members.append(("text", .string(text)))
        if !guidance.isEmpty { members.append(("guidance", .string(guidance))) }
        if kind == .tactic, let name = tactics.first {
            members.append(("shortName", .string(name)))
        } else {
            add("tactics", tactics)
        }
        add("platforms", platforms)
        add("baselines", baselines)
        if let parent { members.append(("parent", .string(parent))) }
        add("related", related)
        if let stixID { members.append(("stix", .string(stixID))) }
        return .object(.init(members))
    }
}
