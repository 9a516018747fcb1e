import SecureBERTCheckpoint
import SecureBERTJSON

/// A framework of controls that the knowledge files have.
public enum ControlFramework: String, Sendable, CaseIterable {
    /// NIST SP 800-53, revision 5: the controls of its baselines, and those that ATT&CK techniques are mapped to.
    case nist80053 = "nist-800-53"
    /// The subcategories of the NIST Cybersecurity Framework 2.0.
    case nistCSF = "nist-csf"

    /// What its knowledge file calls itself.
    public var source: String { self == .nist80053 ? "NIST SP 800-53" : "NIST CSF" }
}

/// Controls that texts are mapped to, in the order of their source.
public struct ControlCatalog: Sendable {
    /// A family of 800-53, a function of the CSF.
    public struct Group: Sendable, Hashable {
        /// "AC"; empty when a catalog has no groups.
        public let id: String
        /// "Access Control".
        public let name: String
    }

    /// A short name for programs: "nist-800-53", or the file of one's own catalog.
    public let id: String
    /// For people: "NIST SP 800-53, version 5".
    public let name: String
    /// Which framework of the knowledge files it is; nil for one's own.
    public let framework: ControlFramework?
    /// Entries of the kind ``KnowledgeEntry/Kind/control``.
    public let controls: [KnowledgeEntry]
    /// The groups, in the order of their first controls.
    public let groups: [Group]
    /// For each control the index of its group.
    public let groupIndices: [Int]
    /// For each control the index of the one that it enhances: that of AC-2 for AC-2(1).
    let enhanced: [Int?]

    init(
        id: String, name: String, framework: ControlFramework?, controls: [KnowledgeEntry],
        group: (KnowledgeEntry) -> Group
    ) {
        (self.id, self.name, self.framework, self.controls) = (id, name, framework, controls)
        var (groups, places): ([Group], [String: Int]) = ([], [:])
        groupIndices = controls.map { control in
            let group = group(control)
            if let place = places[group.id] { return place }
            places[group.id] = groups.count
            groups.append(group)
            return groups.count - 1
        }
        self.groups = groups
        let indices = Dictionary(
            controls.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        enhanced = controls.map { control in control.parent.flatMap { indices[$0] } }
    }

    /// The catalog of a framework; nil when the knowledge files do not have it.
    public init?(_ framework: ControlFramework, _ knowledge: KnowledgeBase) {
        guard let file = knowledge.files.first(where: { $0.source == framework.source }) else { return nil }
        self.init(
            id: framework.rawValue, name: "\(file.source), version \(file.version)", framework: framework,
            controls: file.entries.filter { $0.kind == .control }
        ) { control in
            var entry = control
            // A control's family, a subcategory's category and then its function; files may have circles.
            for _ in 0..<4 { entry = entry.parent.flatMap { knowledge[$0] } ?? entry }
            return Group(id: entry.id, name: entry.name)
        }
    }

    /// The same controls as a catalog of one's own would have them, statement and guidance in one text; for fitting what such catalogs
    /// are mapped with.
    package var likeOwn: ControlCatalog {
        let merged = controls.map { control in
            KnowledgeEntry(
                id: control.id, kind: .control, name: control.name, text: "\(control.text) \(control.guidance)",
                related: control.related)
        }
        return ControlCatalog(id: id, name: name, framework: nil, controls: merged) { _ in Group(id: "", name: "") }
    }

    /// Whether a control is in a baseline; every control is when the catalog has none.
    public func isExpected(_ control: KnowledgeEntry, baseline: String?) -> Bool {
        guard framework == .nist80053, let baseline else { return true }
        return control.baselines.contains(baseline)
    }
}

extension ControlCatalog {
    /// A catalog of one's own, and which members of its lines were not used.
    public struct Reading: Sendable {
        /// The controls.
        public let catalog: ControlCatalog
        /// Names of members other than "id", "title", "text" and "group", in the order of their first appearance.
        public let unknownMembers: [String]
    }

    /// Reads a catalog of one's own: on each line a JSON object with "id", "title", "text" and, if there are groups, "group".
    /// - Parameters:
    ///   - bytes: The file.
    ///   - path: Its name, for messages and as the catalog's.
    /// - Throws: `CheckpointError` naming the first line that is no control, or when there is none.
    public static func reading(_ bytes: [UInt8], path: String) throws(CheckpointError) -> Reading {
        var (controls, lines, unknown): ([KnowledgeEntry], [String: Int], [String]) = ([], [:], [])
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            func problem(_ text: String) -> CheckpointError {
                CheckpointError(.malformed, file: path, "line \(index + 1) \(text)")
            }
            let json: JSON
            do throws(JSONError) {
                json = try JSON.parse(line)
            } catch {
                throw problem("is not JSON (\(error.problem)); expected {\"id\", \"title\", \"text\"}")
            }
            func text(_ key: String) -> String? { json[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
            guard let id = text("id"), let description = text("text") else {
                throw problem("has no \"id\" or no \"text\", both must be text; expected {\"id\", \"title\", \"text\"}")
            }
            if let earlier = lines.updateValue(index + 1, forKey: id) {
                throw problem("has the \"id\" \(id.quoted), which line \(earlier) has too")
            }
            for member in json.objectValue?.members ?? []
            where !["id", "title", "text", "group"].contains(member.key) && !unknown.contains(member.key) {
                unknown.append(member.key)
            }
            controls.append(
                KnowledgeEntry(
                    id: id, kind: .control, name: text("title") ?? id, text: description, parent: text("group")))
        }
        guard !controls.isEmpty else {
            throw CheckpointError(
                .malformed, file: path, "has no controls, expected a line {\"id\", \"title\", \"text\"} for each")
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let catalog = ControlCatalog(id: name, name: name, framework: nil, controls: controls) { control in
            Group(id: control.parent ?? "", name: control.parent ?? "")
        }
        return Reading(catalog: catalog, unknownMembers: unknown)
    }
}
