import SecureBERTCheckpoint
import SecureBERTJSON

/// Reads a STIX 2.x bundle in which MITRE publishes a domain of ATT&CK, or CAPEC: its objects become entries, and what they use or are
/// mitigated by the entries they are related to. Revoked and deprecated objects are left out.
struct StixKnowledge {
    private let path: String
    private var entries: [KnowledgeEntry] = []
    /// For each entry the domains that it says it is in.
    private var domains: [Set<AttackDomain>] = []
    /// Those of the bundle's matrices.
    private var matrices: Set<AttackDomain> = []
    /// Where the entry of a STIX id is.
    private var places: [String: Int] = [:]
    private var attribution: [String] = []
    private var version: String?
    private var lastModified = ""

    /// - Throws: `CheckpointError` when the file is not such a bundle.
    init(path: String) throws {
        self.path = path
        let bundle = try FileSystem.readJSON(path, limit: KnowledgeFile.sizeLimit)
        guard bundle["type"]?.stringValue == "bundle", let objects = bundle["objects"]?.arrayValue else {
            throw CheckpointError(
                .malformed, file: path, "is not a STIX 2.x bundle: expected \"type\": \"bundle\" and a list \"objects\""
            )
        }
        for object in objects { read(object) }
        relate(objects)
        guard !entries.isEmpty else {
            throw CheckpointError(
                .malformed, file: path, "has no techniques, groups, software or attack patterns of ATT&CK or CAPEC")
        }
    }

    /// A file for each domain of the bundle, and one for CAPEC.
    var files: [KnowledgeFile] {
        let published = self.published
        var files = AttackDomain.allCases.filter(published.contains).map { domain in
            file(domain.source) { entry, domains in
                // What a bundle has without saying so, or of other domains only, is of all of the bundle's.
                entry.kind != .attackPattern && (domains.contains(domain) || domains.isDisjoint(with: published))
            }
        }
        files.append(file("MITRE CAPEC") { entry, _ in entry.kind == .attackPattern })
        return files.filter { !$0.entries.isEmpty }
    }

    /// The domains that the bundle publishes. Its groups and software name other domains too, of which it has nothing else.
    private var published: Set<AttackDomain> {
        if !matrices.isEmpty { return matrices }
        let techniques = zip(entries, domains).filter { $0.0.kind == .technique }.map(\.1)
        let named = techniques.reduce(into: Set()) { $0.formUnion($1) }
        return named.isEmpty ? [.enterprise] : named
    }

    private func file(_ source: String, isIn: (KnowledgeEntry, Set<AttackDomain>) -> Bool) -> KnowledgeFile {
        KnowledgeFile(
            source: source, version: version ?? String(lastModified.prefix(10)),
            attribution: (attribution + [Self.permission]).joined(separator: " "),
            entries: zip(entries, domains).filter { isIn($0, $1) }.map(\.0).sorted {
                ($0.kind.order, $0.id) < ($1.kind.order, $1.id)
            })
    }

    private mutating func read(_ object: JSON) {
        guard let type = object["type"]?.stringValue, let id = object["id"]?.stringValue else { return }
        switch type {
        case "marking-definition":
            if let text = object["definition"]?["statement"]?.stringValue { attribution.append(text) }
        case "x-mitre-collection": version = object["x_mitre_version"]?.stringValue
        case "x-mitre-matrix" where !Self.isWithdrawn(object):
            if let domain = Self.identifier(object).flatMap({ AttackDomain(rawValue: $0.id) }) {
                matrices.insert(domain)
            }
        default: break
        }
        lastModified = max(lastModified, object["modified"]?.stringValue ?? "")
        guard !Self.isWithdrawn(object), let (identifier, source) = Self.identifier(object),
            let kind = Self.kind(type, source), let name = object["name"]?.stringValue, !name.isEmpty,
            places[id] == nil
        else { return }
        func texts(_ key: String) -> [String] { object[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        let tactics = object["kill_chain_phases"]?.arrayValue?.compactMap { $0["phase_name"]?.stringValue } ?? []
        let shortName = object["x_mitre_shortname"]?.stringValue
        places[id] = entries.count
        domains.append(Self.domains(object, source))
        entries.append(
            KnowledgeEntry(
                id: identifier, kind: kind, name: name,
                aliases: (texts("aliases") + texts("x_mitre_aliases")).filter { $0 != name },
                text: StixText.summary(object["description"]?.stringValue ?? "", limit: kind.textLimit),
                tactics: shortName.map { [$0] } ?? tactics, platforms: texts("x_mitre_platforms"),
                related: Self.references(object), stixID: id))
    }

    /// Adds what relationships say; both ends have to be known.
    private mutating func relate(_ objects: [JSON]) {
        var related: [Int: Set<String>] = [:]
        for object in objects where object["type"]?.stringValue == "relationship" && !Self.isWithdrawn(object) {
            guard let source = object["source_ref"]?.stringValue.flatMap({ places[$0] }),
                let target = object["target_ref"]?.stringValue.flatMap({ places[$0] })
            else { continue }
            switch object["relationship_type"]?.stringValue {
            case "uses": related[source, default: []].insert(entries[target].id)
            case "mitigates": related[target, default: []].insert(entries[source].id)
            default: break
            }
        }
        for (place, ids) in related {
            entries[place] = entries[place].related(to: ids.union(entries[place].related).sorted())
        }
    }

    /// What MITRE's terms of use ask for beside its copyright.
    private static let permission =
        "This work is reproduced and distributed with the permission of The MITRE Corporation."

    private static func isWithdrawn(_ object: JSON) -> Bool {
        object["revoked"]?.boolValue == true || object["x_mitre_deprecated"]?.boolValue == true
            || object["x_capec_status"]?.stringValue == "Deprecated"
    }

    private static func identifier(_ object: JSON) -> (id: String, source: String)? {
        for reference in object["external_references"]?.arrayValue ?? [] {
            guard let source = reference["source_name"]?.stringValue, let id = reference["external_id"]?.stringValue,
                ["mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "capec"].contains(source)
            else { continue }
            return (id, source)
        }
        return nil
    }

    /// The domains that an object says it is in; before ATT&CK 9 its source said so.
    private static func domains(_ object: JSON, _ source: String) -> Set<AttackDomain> {
        let named = object["x_mitre_domains"]?.arrayValue?.compactMap(\.stringValue) ?? []
        guard named.isEmpty else { return Set(named.compactMap { AttackDomain(rawValue: $0) }) }
        return switch source {
        case "mitre-mobile-attack": [.mobile]
        case "mitre-ics-attack": [.ics]
        default: []
        }
    }

    /// Weaknesses and techniques that a pattern of CAPEC refers to.
    private static func references(_ object: JSON) -> [String] {
        (object["external_references"]?.arrayValue ?? []).compactMap { reference in
            switch reference["source_name"]?.stringValue {
            case "cwe", "ATTACK": reference["external_id"]?.stringValue
            default: nil
            }
        }
    }

    private static func kind(_ type: String, _ source: String) -> KnowledgeEntry.Kind? {
        switch type {
        case "attack-pattern": source == "capec" ? .attackPattern : .technique
        case "x-mitre-tactic": .tactic
        case "intrusion-set": .group
        case "malware": .malware
        case "tool": .tool
        case "campaign": .campaign
        case "course-of-action": source == "capec" ? nil : .mitigation
        default: nil
        }
    }
}

extension KnowledgeEntry {
    fileprivate func related(to ids: [String]) -> KnowledgeEntry {
        KnowledgeEntry(
            id: id, kind: kind, name: name, aliases: aliases, text: text, tactics: tactics, platforms: platforms,
            related: ids, stixID: stixID)
    }
}

extension KnowledgeEntry.Kind {
    /// The order in a file.
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Characters of a description that are kept: techniques are searched by them.
    fileprivate var textLimit: Int {
        switch self {
        case .technique: 1200
        case .malware, .tool: 300
        default: 600
        }
    }
}
