import SecureBERTIntel
import SecureBERTJSON

/// Settings with the controls that someone has mapped them to: JSON lines as `Scripts/experiments/settings_from_content.py` writes them.
struct SettingQueries {
    struct Query {
        let id: String
        let document: PolicyAnalyzer.Document
        /// Ids of controls.
        let relevant: Set<String>
    }

    let name: String
    let queries: [Query]

    /// Reads a file.
    /// - Parameter catalog: Controls that it lacks are left out, and settings that have no others.
    /// - Throws: ``CommandLineError`` naming the first line that is no setting, or when none is left.
    init(path: String, _ catalog: ControlCatalog) throws {
        let known = Set(catalog.controls.map(\.id))
        var reader = LineReader(try InputFile(path))
        var queries: [Query] = []
        while let line = try reader.nextBytes() {
            guard line.bytes.contains(where: { $0 > 0x20 }) else { continue }
            guard let json = try? JSON.parse(line.bytes), let text = json["text"]?.stringValue,
                let controls = json["controls"]?.arrayValue?.compactMap(\.stringValue)
            else {
                throw CommandLineError(
                    .badInput,
                    "\(path.visible): line \(line.number) is no setting, expected {\"text\", \"controls\", \"file\"?, \"id\"?}"
                )
            }
            let relevant = known.intersection(controls)
            guard !relevant.isEmpty else { continue }
            queries.append(
                Query(
                    id: json["id"]?.stringValue ?? "\(line.number)",
                    document: .init(text, name: json["file"]?.stringValue ?? "settings.conf"), relevant: relevant))
        }
        guard !queries.isEmpty else {
            throw CommandLineError(.badInput, "\(path.visible): has no settings with controls of \(catalog.name)")
        }
        (name, self.queries) = (path, queries)
    }
}
