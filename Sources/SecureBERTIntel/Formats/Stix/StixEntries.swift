import SecureBERTJSON

extension KnowledgeEntry {
    /// The type of the STIX object that stands for the entry; nil for tactics, weaknesses and controls, which have none.
    var stixType: String? {
        switch kind {
        case .technique, .attackPattern: "attack-pattern"
        case .group: "intrusion-set"
        case .malware: "malware"
        case .tool: "tool"
        case .campaign: "campaign"
        case .mitigation: "course-of-action"
        case .tactic, .weakness, .control, .controlGroup: nil
        }
    }

    /// The id by which MITRE calls the entry, when it is known and is one.
    var officialStixID: String? {
        guard let stixID, let stixType, stixID.hasPrefix(stixType + "--") else { return nil }
        let groups = stixID.dropFirst(stixType.count + 2).split(separator: "-", omittingEmptySubsequences: false)
        let isUUID = groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.joined().utf8.allSatisfy(\.isHexDigit)
        return isUUID ? stixID : nil
    }

    /// Where the entry is described (STIX 2.1, section 2.5).
    var stixReference: JSON {
        let source =
            switch kind {
            case .weakness: "cwe"
            case .attackPattern: "capec"
            default: "mitre-attack"
            }
        return ["source_name": .string(source), "external_id": .string(id), "url": .string(url)]
    }
}

extension StixContext {
    /// The object of an entry and its id; nil when STIX has no type for it.
    func object(of entry: KnowledgeEntry, confidence: Int) -> StixObject? {
        guard let type = entry.stixType else { return nil }
        var members: Members = [
            ("external_references", [entry.stixReference]), ("name", .string(entry.name)),
        ]
        switch entry.kind {
        case .group, .malware, .tool, .campaign:
            if !entry.aliases.isEmpty { members.append(("aliases", .array(entry.aliases.map(JSON.string)))) }
            if entry.kind == .malware { members.append(("is_family", true)) }
        case .technique:
            members += Self.technique(entry)
        case .attackPattern, .mitigation, .tactic, .weakness, .control, .controlGroup: break
        }
        if let id = entry.officialStixID { return StixObject(id: id, json: Self.reference(type, id: id, members)) }
        let id = Self.id(type, [entry.id])
        return StixObject(id: id, json: object(type, id: id, confidence: confidence, members))
    }

    private static func technique(_ entry: KnowledgeEntry) -> Members {
        let phases = entry.tactics.map { tactic -> JSON in
            ["kill_chain_name": "mitre-attack", "phase_name": .string(tactic)]
        }
        let definition: JSON.Object.Member = (
            StixProducer.extensionID, ["extension_type": "toplevel-property-extension"]
        )
        return (phases.isEmpty ? [] : [("kill_chain_phases", .array(phases))]) + [
            ("x_mitre_id", .string(entry.id)), ("extensions", .object(.init([definition]))),
        ]
    }
}
