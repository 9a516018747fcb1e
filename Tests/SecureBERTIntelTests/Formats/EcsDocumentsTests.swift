import SecureBERTIntel
import SecureBERTJSON
import TestSupport
import Testing

@Suite struct EcsDocumentsTests {
    let knowledge: KnowledgeBase

    init() throws {
        let folder = try TemporaryFolder()
        let lines = [
            #"{"format":"securebert-knowledge-1","source":"MITRE ATT&CK","version":"18.1","attribution":""}"#,
            #"{"id":"TA0002","kind":"tactic","name":"Execution","text":"","shortName":"execution"}"#,
            #"{"id":"T1059","kind":"technique","name":"Command and Scripting Interpreter","text":""}"#,
        ]
        try folder.write("attack.jsonl", Array(lines.joined(separator: "\n").utf8))
        knowledge = try KnowledgeBase(folder: folder.path)
    }

    private func documents(_ analysis: ReportAnalysis, marking: TrafficLight? = nil) -> [JSON] {
        EcsDocuments([analysis], published: StixBundleTests.published, knowledge: knowledge, marking: marking).documents
    }

    private func indicator(_ type: IndicatorType, _ value: String, port: Int? = nil) -> JSON {
        var builder = AnalysisBuilder("see \(value) there")
        builder.add(type, value, port: port)
        return documents(builder.analysis).first ?? .null
    }

    @Test func everyDocumentIsOfTheReport() throws {
        let documents = documents(.sample)
        #expect(documents.map(\.text) == self.documents(.sample).map(\.text))
        #expect(Set(documents.compactMap { $0["event"]?["id"]?.stringValue }).count == documents.count)
        for document in documents {
            #expect(document["@timestamp"]?.stringValue == "2022-11-17T12:30:00.000Z")
            #expect(document["ecs"]?["version"]?.stringValue == "8.17.0")
            #expect(document["event"]?["kind"]?.stringValue == "enrichment")
            #expect(document["file"]?["path"]?.stringValue == "report.txt")
            #expect(document["file"]?["hash"]?["sha256"]?.stringValue?.count == 64)
        }
        // 2 techniques, group, malware, tool, vulnerability, and 6 indicators; the rest has no fields.
        #expect(documents.count == 12)
        let lines = EcsDocuments([.sample], published: StixBundleTests.published, knowledge: knowledge).lines
        #expect(try lines.split(separator: "\n").map { try JSON.parse(Array($0.utf8)).text } == documents.map(\.text))
    }

    @Test func subtechniquesStandBelowTheirTechniqueAndTactic() throws {
        let document = try #require(documents(.sample).first)
        let threat = try #require(document["threat"])
        #expect(threat["framework"]?.stringValue == "MITRE ATT&CK")
        #expect(threat["technique"]?.strings("id") == ["T1059"])
        #expect(threat["technique"]?.strings("name") == ["Command and Scripting Interpreter"])
        #expect(threat["technique"]?["subtechnique"]?.strings("id") == ["T1059.001"])
        #expect(threat["tactic"]?.strings("id") == ["TA0002"] && threat["tactic"]?.strings("name") == ["Execution"])
        #expect(document["message"]?.stringValue?.hasPrefix("🚨 Wizard Spider") == false)
        #expect(document["message"]?.stringValue?.hasPrefix("Wizard Spider drops TrickBot") == true)
        // Without the knowledge base only what the technique itself says.
        let alone = EcsDocuments([.sample], published: StixBundleTests.published, knowledge: KnowledgeBase([]))
            .documents
        #expect(alone.first?["threat"]?["technique"]?.strings("name") == [] && alone.first?["threat"]?["tactic"] == nil)
        #expect(alone.first?["threat"]?["technique"]?.strings("id") == ["T1059"])
    }

    @Test func groupsSoftwareAndVulnerabilities() {
        let documents = documents(.sample)
        let groups = documents.compactMap { $0["threat"]?["group"] }
        #expect(groups.map { $0["id"]?.stringValue } == ["G0102"] && groups.first?.strings("alias") == ["UNC1878"])
        let software = documents.compactMap { $0["threat"]?["software"]?["type"]?.stringValue }
        #expect(software == ["Malware", "Tool"])
        let vulnerability = documents.first { $0["vulnerability"] != nil }
        #expect(vulnerability?["vulnerability"]?["id"]?.stringValue == "CVE-2021-44228")
        #expect(vulnerability?["event"]?.strings("category") == ["vulnerability"])
        #expect(vulnerability?["event"]?.strings("type") == ["info"])
    }

    @Test func indicatorsHaveTheFieldsOfTheirType() throws {
        func fields(_ type: IndicatorType, _ value: String) -> JSON {
            indicator(type, value)["threat"]?["indicator"] ?? .null
        }
        let address = indicator(.ipv4, "198.51.100.3", port: 443)
        #expect(address["threat"]?["indicator"]?["ip"]?.stringValue == "198.51.100.3")
        #expect(address["threat"]?["indicator"]?["port"]?.integerValue == 443)
        #expect(address["threat"]?["indicator"]?["confidence"]?.stringValue == "Medium")
        #expect(address["related"]?.strings("ip") == ["198.51.100.3"])
        // A network is no address.
        #expect(fields(.cidr, "198.51.100.0/24")["ip"] == nil)
        #expect(fields(.cidr, "2001:db8::/32")["type"]?.stringValue == "ipv6-addr")
        #expect(fields(.domain, "evil.example")["url"]?["domain"]?.stringValue == "evil.example")
        #expect(indicator(.domain, "evil.example")["related"]?.strings("hosts") == ["evil.example"])
        #expect(fields(.email, "a@b.example")["email"]?["address"]?.stringValue == "a@b.example")
        #expect(fields(.sha1, "da39")["file"]?["hash"]?["sha1"]?.stringValue == "da39")
        #expect(fields(.sha1, "da39")["confidence"]?.stringValue == "High")
        let path = try #require(fields(.filePath, "/tmp/x.sh")["file"])
        #expect(["path", "directory", "name"].map { path[$0]?.stringValue } == ["/tmp/x.sh", "/tmp", "x.sh"])
        let key = try #require(fields(.registryKey, #"HKLM\Software\Run"#)["registry"])
        #expect(
            ["hive", "key", "path"].map { key[$0]?.stringValue } == ["HKLM", #"Software\Run"#, #"HKLM\Software\Run"#])
        #expect(fields(.registryKey, "Run")["registry"]?["hive"] == nil)
        #expect(fields(.asn, "AS13335")["as"]?["number"]?.integerValue == 13335)
        #expect(indicator(.userAgent, "curl/8")["user_agent"]?["original"]?.stringValue == "curl/8")
        #expect(fields(.userAgent, "curl/8")["type"] == nil)
    }

    @Test func theMarkingIsOnIndicators() {
        let marked = documents(.sample, marking: .amberStrict).compactMap { $0["threat"]?["indicator"]?["marking"] }
        #expect(marked.count == 6 && marked.allSatisfy { $0["tlp"]?.stringValue == "AMBER+STRICT" })
    }
}
