import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTTensor
import TestSupport
import Testing

/// The mapper with a model that knows nothing: what keywords, enhancements and the crosswalk do.
@Suite struct ControlMapperTests {
    private let folder: TemporaryFolder
    private let encoder: SentenceEncoder

    init() throws {
        folder = try TemporaryFolder()
        encoder = try SentenceEncoder(
            PretrainedModel(path: Fixtures.path + "/models/st-mean-normalize", head: ModelHead.none))
    }

    private static let controls = """
        {"format":"securebert-knowledge-1","source":"NIST SP 800-53","version":"5","attribution":"x"}
        {"id":"CP","kind":"control-group","name":"Contingency Planning","text":""}
        {"id":"PE","kind":"control-group","name":"Physical Protection","text":""}
        {"id":"CP-9","kind":"control","name":"System Backup","text":"Conduct backups.","baselines":["low","moderate"],"parent":"CP","related":["T1486"]}
        {"id":"CP-9(1)","kind":"control","name":"Testing","text":"Test restored copies.","baselines":["moderate"],"parent":"CP-9"}
        {"id":"PE-3","kind":"control","name":"Physical Access Control","text":"Doors are guarded.","baselines":["low"],"parent":"PE"}
        """
    private static let outcomes = """
        {"format":"securebert-knowledge-1","source":"NIST CSF","version":"2.0","attribution":"x"}
        {"id":"PR","kind":"control-group","name":"Protect","text":""}
        {"id":"PR.DS","kind":"control-group","name":"Data Security","text":"","parent":"PR"}
        {"id":"PR.DS-11","kind":"control","name":"Data Security","text":"Tapes are stored elsewhere","parent":"PR.DS","related":["CP-9","XX-1"]}
        """
    private static func mapping(_ weights: String) -> String {
        let form = """
            {"weights": {\(weights)}, "probability": {"bias": -1, "score": 1, "similarity": 0, "threshold": 0.5}}
            """
        return """
            {"format": "securebert-control-mapping-1", "encoder": "e", "nist-800-53": \(form), "nist-csf": \(form), "other": \(form)}
            """
    }
    private static let even =
        "\"title\": 1, \"statement\": 1, \"guidance\": 1, \"similarity\": 0, \"crosswalk\": 1, \"enhancements\": 0.5, \"base\": 0.1"

    private func mapper(_ weights: String = even) throws -> (mapper: ControlMapper, knowledge: KnowledgeBase) {
        try folder.write("a.jsonl", Self.controls)
        try folder.write("b.jsonl", Self.outcomes)
        try folder.write(ControlMapping.fileName, Self.mapping(weights))
        let knowledge = try KnowledgeBase(folder: folder.path)
        let catalog = try #require(ControlCatalog(.nist80053, knowledge))
        let vectors = try EntryVectors(of: catalog.controls, .controls, encoder)
        let mapping = try ControlMapping(folder: folder.path, .nist80053)
        return (
            ControlMapper(
                catalog, mapping: mapping, vectors: vectors, partners: ControlCatalog(.nistCSF, knowledge)), knowledge
        )
    }

    private func ids(_ text: String, _ mapper: ControlMapper, isLeftOut: Bool = false) throws -> [String] {
        let vector = try encoder([text])[0].vector
        return try mapper(.init(text, vector: vector), limit: 3) { _ in isLeftOut }.filter { $0.probability >= 0.5 }
            .map { mapper.catalog.controls[$0.control].id }
    }

    @Test func keywordsEnhancementsAndCrosswalkSpeakForControls() throws {
        let (mapper, _) = try mapper()
        #expect(try ids("The backup is made at night.", mapper) == ["CP-9"])
        // Singular and plural are one word.
        #expect(try ids("A door and a guard.", mapper) == ["PE-3"])
        // The enhancement matches, and what it enhances has half of that: 2 statements of 1, 0.5 + 0.1.
        #expect(try ids("We test a restored copy.", mapper).first == "CP-9(1)")
        // Only the outcome has these words, and only as long as it may speak.
        #expect(try ids("A tape is stored.", mapper) == ["CP-9"])
        #expect(try ids("A tape is stored.", mapper, isLeftOut: true).isEmpty)
        #expect(try ids("", mapper).isEmpty)
    }

    @Test func probabilitiesFallAndAreTheSameEachTime() throws {
        let (mapper, _) = try mapper()
        let vector = try encoder(["backup of doors"])[0].vector
        let found = try mapper(.init("backup of doors", vector: vector), limit: 10)
        #expect(found.count == 3)
        let again = try mapper(.init("backup of doors", vector: vector), limit: 10)
        #expect(found.map(\.probability) == again.map(\.probability) && found.map(\.control) == again.map(\.control))
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.probability >= $1.probability })
    }

    @Test func documentsHaveCoverageGapsAndTechniques() throws {
        let (mapper, knowledge) = try mapper()
        let text = "# Data\n\nNight shift. The backup is made every night.\n\nThe canteen opens at noon today.\n"
        let analysis = try PolicyAnalyzer([mapper], encoder: encoder)(.init(text, name: "p.md", digest: "d"))
        #expect(analysis.passages.count == 2 && analysis.passages.map(\.controls.count) == [1, 0])
        let mapped = try #require(analysis.passages[0].controls.first)
        #expect(mapped.evidence.text == "The backup is made every night." && analysis.passages[0].heading == "Data")
        #expect(String(Array(text)[mapped.evidence.range.scalars]) == mapped.evidence.text)
        let coverage = ComplianceCoverage(mapper.catalog, baseline: "moderate", [analysis])
        #expect(coverage.counts == (1, 2) && coverage.gaps.map(\.id) == ["CP-9(1)"])
        #expect(coverage.groups.map(\.id) == ["CP"] && coverage.covered.map(\.control.id) == ["CP-9"])
        let low = ComplianceCoverage(mapper.catalog, baseline: "low", [])
        #expect(low.counts == (0, 2) && low.gaps.map(\.id) == ["CP-9", "PE-3"])
        // The technique is not in these knowledge files.
        #expect(coverage.techniques(knowledge).isEmpty)
        let technique = KnowledgeEntry(id: "T1486", kind: .technique, name: "Data Encrypted for Impact", text: "")
        let more = KnowledgeBase(
            knowledge.files + [try file([technique])])
        #expect(coverage.techniques(more).map(\.controls) == [["CP-9"]])
    }

    private func file(_ entries: [KnowledgeEntry]) throws -> KnowledgeFile {
        let lines = ["{\"format\":\"securebert-knowledge-1\"}"] + entries.map { $0.json.text }
        return try KnowledgeFile(path: folder.write("c/attack.jsonl", lines.joined(separator: "\n")))
    }

    @Test func vectorsAreOfTheirTextsAndEncoderOnly() throws {
        let (_, knowledge) = try mapper()
        let compute = try Compute(threads: 1)
        let entries = EntryVectors.Subject.controls.entries(of: knowledge)
        #expect(entries.count == 4)
        let vectors = try EntryVectors(of: entries, .controls, encoder)
        try vectors.write(toFolder: folder.path, compute)
        let read = try EntryVectors(folder: folder.path, .controls, knowledge: knowledge, encoder, compute)
        #expect(read?.ids == vectors.ids)
        let fewer = KnowledgeBase([knowledge.files[0]])
        #expect(try EntryVectors(folder: folder.path, .controls, knowledge: fewer, encoder, compute) == nil)
        #expect(try EntryVectors(folder: folder.path, .techniques, knowledge: knowledge, encoder, compute) == nil)
    }

    @Test(arguments: ["{}", "[", "{\"format\": \"securebert-control-mapping-1\", \"encoder\": \"e\"}"])
    func aDamagedMappingIsRefused(text: String) throws {
        try folder.write(ControlMapping.fileName, text)
        #expect(throws: CheckpointError.self) { try ControlMapping(folder: folder.path, .nist80053) }
        try folder.write(ControlMapping.fileName, Self.mapping("\"title\": \"x\""))
        #expect(throws: CheckpointError.self) { try ControlMapping(folder: folder.path, nil) }
    }
}
