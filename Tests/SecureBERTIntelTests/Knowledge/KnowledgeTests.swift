import SecureBERTCheckpoint
import SecureBERTIntel
import TestSupport
import Testing

/// The knowledge files in the repository, and bundles as MITRE publishes them.
@Suite struct KnowledgeTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let installed = Fixtures.path + "/../Knowledge"

    @Test func theFilesInTheRepositoryAreComplete() throws {
        let base = try KnowledgeBase(folder: Self.installed)
        #expect(base.files.allSatisfy { !$0.attribution.isEmpty && !$0.source.isEmpty })
        let counts = Dictionary(grouping: base.entries, by: \.kind).mapValues(\.count)
        #expect(counts[.technique] ?? 0 > 650 && counts[.group] ?? 0 > 150 && counts[.weakness] ?? 0 > 900)
        let technique = try #require(base["T1003.001"])
        #expect(technique.name == "LSASS Memory" && technique.tactics == ["credential-access"])
        #expect(technique.url == "https://attack.mitre.org/techniques/T1003/001")
        #expect(base["G0007"]?.aliases.contains("Fancy Bear") == true)
        #expect(base["CWE-787"]?.url == "https://cwe.mitre.org/data/definitions/787.html")
        #expect(base["CAPEC-66"]?.related.contains("CWE-89") == true)
        #expect(base["T9999"] == nil)
    }

    private static let bundle = """
        {"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "marking-definition", "id": "marking-definition--1", "definition": {"statement": "Copyright X."}},
        {"type": "x-mitre-collection", "id": "x-mitre-collection--1", "x_mitre_version": "19.0"},
        {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Phishing", "modified": "2026-01-02T00:00:00Z",
         "description": "Sends [mail](https://a.example/x) with <code>x.doc</code>.(Citation: One 2020) Often.",
         "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "initial-access"}],
         "external_references": [{"source_name": "other"}, {"source_name": "mitre-attack", "external_id": "T1566"}]},
        {"type": "attack-pattern", "id": "attack-pattern--2", "name": "Old", "revoked": true,
         "external_references": [{"source_name": "mitre-attack", "external_id": "T1000"}]},
        {"type": "course-of-action", "id": "course-of-action--1", "name": "Training",
         "external_references": [{"source_name": "mitre-attack", "external_id": "M1017"}]},
        {"type": "intrusion-set", "id": "intrusion-set--1", "name": "APT99", "aliases": ["APT99", "Odd Bear"],
         "external_references": [{"source_name": "mitre-attack", "external_id": "G9999"}]},
        {"type": "relationship", "id": "relationship--1", "relationship_type": "uses",
         "source_ref": "intrusion-set--1", "target_ref": "attack-pattern--1"},
        {"type": "relationship", "id": "relationship--2", "relationship_type": "mitigates",
         "source_ref": "course-of-action--1", "target_ref": "attack-pattern--1"},
        {"type": "relationship", "id": "relationship--3", "relationship_type": "uses",
         "source_ref": "intrusion-set--1", "target_ref": "attack-pattern--2"}, 7, {"type": "odd"}]}
        """

    @Test func aBundleBecomesAFileThatReadsTheSame() throws {
        let path = try folder.write("bundle.json", Self.bundle)
        let files = try KnowledgeFile.files(ofStixBundle: path)
        let file = try #require(files.first)
        #expect(files.count == 1 && file.name == "attack.jsonl")
        #expect(
            file.version == "19.0" && file.attribution.hasPrefix("Copyright X. This work is")
                && file.source == "MITRE ATT&CK")
        #expect(file.entries.map(\.id) == ["T1566", "G9999", "M1017"])
        #expect(file.entries[0].text == "Sends mail with x.doc. Often.")
        #expect(file.entries[0].tactics == ["initial-access"] && file.entries[0].related == ["M1017"])
        #expect(file.entries[0].stixID == "attack-pattern--1")
        #expect(file.entries[1].aliases == ["Odd Bear"] && file.entries[1].related == ["T1566"])
        try file.write(to: folder.file("attack.jsonl"))
        let again = try KnowledgeFile(path: folder.file("attack.jsonl"))
        #expect(again.entries == file.entries && again.version == file.version)
    }

    @Test(arguments: [
        "{}", "[]", #"{"type": "bundle"}"#, #"{"type": "bundle", "objects": []}"#, "not json",
        #"{"type": "bundle", "objects": [{"type": "attack-pattern", "id": "a", "name": "N"}]}"#,
    ])
    func whatIsNoBundleIsRefused(text: String) throws {
        let path = try folder.write("bundle.json", text)
        #expect(throws: CheckpointError.self) { try KnowledgeFile.files(ofStixBundle: path) }
    }

    @Test(arguments: [
        "", "{}\n", "{\"format\": \"securebert-knowledge-1\"}\nnot json\n",
        "{\"format\": \"securebert-knowledge-1\"}\n{\"id\": \"T1\", \"name\": \"N\", \"kind\": \"odd\"}\n",
        "{\"format\": \"securebert-knowledge-1\"}\n{\"id\": \"\", \"name\": \"N\", \"kind\": \"group\"}\n",
    ])
    func aDamagedFileIsRefusedWithItsLine(text: String) throws {
        let path = try folder.write("attack.jsonl", text)
        let error = try #require(throws: CheckpointError.self) { try KnowledgeFile(path: path) }
        #expect(error.description.contains("line "))
        #expect(throws: CheckpointError.self) { try KnowledgeBase(folder: folder.path) }
    }

    /// An object of ATT&CK; `number` makes its STIX id.
    private static func object(
        _ type: String, _ number: Int, _ id: String, domains: [String]?, source: String = "mitre-attack",
        more: String = ""
    ) -> String {
        let domains = domains.map { #""x_mitre_domains": \#($0),"# } ?? ""
        return #"""
            {"type": "\#(type)", "id": "\#(type)--\#(number)", "name": "Name of \#(id)", \#(domains) \#(more)
             "external_references": [{"source_name": "\#(source)", "external_id": "\#(id)"}]}
            """#
    }

    private static func uses(_ group: Int, _ technique: Int) -> String {
        """
        {"type": "relationship", "id": "relationship--\(group)-\(technique)", "relationship_type": "uses",
         "source_ref": "intrusion-set--\(group)", "target_ref": "attack-pattern--\(technique)"}
        """
    }

    private func files(_ objects: [String]) throws -> [KnowledgeFile] {
        let text = #"{"type": "bundle", "objects": [\#(objects.joined(separator: ",\n"))]}"#
        return try KnowledgeFile.files(ofStixBundle: folder.write("bundle.json", text))
    }

    /// A group of two domains is related to what both bundles say, and neither bundle touches what the other has.
    @Test func eachDomainHasItsFile() throws {
        let group = Self.object("intrusion-set", 1, "G0001", domains: ["enterprise-attack", "mobile-attack"])
        let enterprise = try files([
            Self.object("attack-pattern", 1, "T1000", domains: ["enterprise-attack"]), group, Self.uses(1, 1),
        ])
        let mobile = try files([
            Self.object("attack-pattern", 2, "T1400", domains: ["mobile-attack"]), group, Self.uses(1, 2),
            Self.object("attack-pattern", 3, "T1401", domains: ["mobile-attack"], more: #""revoked": true,"#),
            Self.object(
                "attack-pattern", 4, "T1402", domains: ["mobile-attack"], more: #""x_mitre_deprecated": true,"#),
        ])
        #expect(enterprise.map(\.name) == ["attack.jsonl"] && mobile.map(\.name) == ["mobile-attack.jsonl"])
        #expect(mobile[0].source == "MITRE ATT&CK for Mobile" && mobile[0].entries.map(\.id) == ["T1400", "G0001"])
        let base = KnowledgeBase(enterprise + mobile)
        #expect(base["G0001"]?.related == ["T1000", "T1400"] && base["G0001"]?.domains == [.enterprise, .mobile])
        #expect(base["T1400"]?.domains == [.mobile] && base["T1401"] == nil && base["T1402"] == nil)
        #expect(base.entries.count { $0.id == "G0001" } == 1)
    }

    /// The matrix tells the domain, without one the techniques; objects of old bundles say it by their source, or not at all.
    @Test func theDomainIsThatOfTheMatrixOrTheTechniques() throws {
        let ics = try files([
            Self.object("x-mitre-matrix", 1, "ics-attack", domains: nil),
            Self.object("malware", 1, "S0001", domains: ["enterprise-attack", "ics-attack"]),
            Self.object("attack-pattern", 1, "T0800", domains: ["enterprise-attack", "ics-attack"]),
        ])
        #expect(ics.map(\.name) == ["ics-attack.jsonl"] && ics[0].entries.map(\.id) == ["T0800", "S0001"])
        let old = try files([
            Self.object("attack-pattern", 1, "T1400", domains: nil, source: "mitre-mobile-attack"),
            Self.object("tool", 1, "S0002", domains: nil),
        ])
        #expect(old.map(\.name) == ["mobile-attack.jsonl"] && old[0].entries.count == 2)
        let both = try files([
            Self.object("attack-pattern", 1, "T1000", domains: ["enterprise-attack"]),
            Self.object("attack-pattern", 2, "T0800", domains: ["ics-attack"]),
            Self.object("tool", 1, "S0001", domains: ["ics-attack"]), Self.object("tool", 2, "S0002", domains: nil),
            Self.object("attack-pattern", 3, "CAPEC-1", domains: nil, source: "capec"),
        ])
        #expect(both.map(\.name) == ["attack.jsonl", "ics-attack.jsonl", "capec.jsonl"])
        #expect(both.map { $0.entries.map(\.id) } == [["T1000", "S0002"], ["T0800", "S0001", "S0002"], ["CAPEC-1"]])
    }

    @Test func anEmptyFolderIsNoKnowledge() throws {
        #expect(throws: CheckpointError.self) { try KnowledgeBase(folder: folder.path) }
    }
}
