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
        let file = try KnowledgeFile(stixBundle: path)
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
        #expect(throws: CheckpointError.self) { try KnowledgeFile(stixBundle: path) }
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

    @Test func anEmptyFolderIsNoKnowledge() throws {
        #expect(throws: CheckpointError.self) { try KnowledgeBase(folder: folder.path) }
    }
}
