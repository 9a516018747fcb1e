import SecureBERTCheckpoint
import SecureBERTJSON

/// Entries of one source, and what a file of them says about itself.
public struct KnowledgeFile: Sendable {
    /// "MITRE ATT&CK", that of the enterprise domain.
    public let source: String
    /// "18.1"; empty when the source has none.
    public let version: String
    /// Whose work it is, on which terms.
    public let attribution: String
    public let entries: [KnowledgeEntry]

    private static let format = "securebert-knowledge-1"
    /// ATT&CK with the mobile and ICS domains has 3,000 entries of a kilobyte.
    static let sizeLimit = 256 << 20

    init(source: String, version: String, attribution: String, entries: [KnowledgeEntry]) {
        (self.source, self.version, self.attribution) = (source, version, attribution)
        let domain = AttackDomain(source: source)
        self.entries = entries.map { entry in
            var entry = entry
            entry.domains = domain.map { [$0] } ?? []
            return entry
        }
    }

    /// Reads a file: a header, then one entry on each line, as JSON.
    /// - Throws: `CheckpointError` naming the line that is none.
    public init(path: String) throws {
        let lines = try FileSystem.read(path, limit: Self.sizeLimit).split(separator: 0x0A)
        func problem(_ index: Int, _ text: String) -> CheckpointError {
            CheckpointError(
                .malformed, file: path,
                "line \(index + 1) \(text); make the file again with securebert knowledge update")
        }
        func parsed(_ index: Int) throws -> JSON {
            do throws(JSONError) {
                return try JSON.parse(lines[index])
            } catch {
                throw problem(index, "is not JSON (\(error.problem))")
            }
        }
        guard !lines.isEmpty, let header = try? parsed(0), header["format"]?.stringValue == Self.format else {
            throw problem(0, "is not the header of a knowledge file, expected \"format\": \"\(Self.format)\"")
        }
        self.init(
            source: header["source"]?.stringValue ?? "", version: header["version"]?.stringValue ?? "",
            attribution: header["attribution"]?.stringValue ?? "",
            entries: try lines.indices.dropFirst().map { index in
                guard let entry = KnowledgeEntry(try parsed(index)) else {
                    throw problem(index, "has no \"id\", no \"name\", or a \"kind\" that is not known")
                }
                return entry
            })
    }

    /// Writes the file, whole or not at all.
    /// - Throws: `CheckpointError` when that fails.
    public func write(to path: String) throws {
        let header: JSON = [
            "format": .string(Self.format), "source": .string(source), "version": .string(version),
            "attribution": .string(attribution),
        ]
        var bytes: [UInt8] = []
        for line in [header] + entries.map(\.json) {
            line.write(into: &bytes)
            bytes.append(0x0A)
        }
        try AtomicFile.write(bytes, to: path)
    }
}

extension KnowledgeFile {
    /// Reads a STIX 2.x bundle in which MITRE publishes a domain of ATT&CK (`enterprise-attack.json`, `mobile-attack.json`,
    /// `ics-attack.json`) or CAPEC (`stix-capec.json`).
    /// - Returns: A file for each domain whose techniques it has, and one for CAPEC.
    /// - Throws: `CheckpointError` when it is none.
    public static func files(ofStixBundle path: String) throws -> [KnowledgeFile] {
        try StixKnowledge(path: path).files
    }

    /// Its name in the folder of the knowledge base, for sources that bundles have.
    public var name: String { AttackDomain(source: source)?.fileName ?? "capec.jsonl" }
}
