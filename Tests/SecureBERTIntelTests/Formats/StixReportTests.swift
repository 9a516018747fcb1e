import SecureBERTIntel
import SecureBERTJSON
import Testing

/// Relationships, and where things are in the text.
@Suite struct StixReportTests {
    let bundle = StixBundle([.sample], published: StixBundleTests.published).json

    /// The relationships of the summary table of STIX 2.1, appendix B, that an analysis can support.
    static let allowed: Set = [
        "intrusion-set uses attack-pattern", "intrusion-set uses malware", "intrusion-set uses tool",
        "campaign uses attack-pattern", "campaign uses malware", "campaign uses tool", "malware uses attack-pattern",
        "malware uses malware", "malware uses tool", "course-of-action mitigates attack-pattern",
    ]

    private func name(_ id: String?) -> String {
        bundle["objects"]?.arrayValue?.first { $0.id == id }?["name"]?.stringValue ?? ""
    }

    private var relationships: [(kind: String, source: String, target: String, json: JSON)] {
        bundle.objects("relationship").map {
            (
                $0["relationship_type"]?.stringValue ?? "", name($0["source_ref"]?.stringValue),
                name($0["target_ref"]?.stringValue), $0
            )
        }
    }

    @Test func relationshipsAreOfKindsThatTheSpecificationHas() {
        for relationship in bundle.objects("relationship") {
            let types = ["source_ref", "target_ref"].map {
                relationship[$0]?.stringValue?.split(separator: "--").first.map(String.init) ?? ""
            }
            let kind = relationship["relationship_type"]?.stringValue ?? ""
            #expect(kind == "related-to" || Self.allowed.contains("\(types[0]) \(kind) \(types[1])"))
        }
    }

    @Test func usesAndMitigationsAreThoseOfTheKnowledgeBase() {
        let known = relationships.filter { $0.kind != "related-to" }.map { "\($0.source) \($0.kind) \($0.target)" }
        // What a tool uses has no relationship in STIX, nor do tactics.
        #expect(
            Set(known) == [
                "Wizard Spider uses TrickBot", "Wizard Spider uses PowerShell", "TrickBot uses PowerShell",
                "Disable or Remove Feature or Program mitigates PowerShell",
            ])
        let confidence = relationships.first { $0.source == "Wizard Spider" && $0.target == "TrickBot" }?.json[
            "confidence"]
        #expect(confidence?.integerValue == 80)
    }

    @Test func whatASentenceNamesTogetherIsRelatedAndNothingElse() throws {
        let related = relationships.filter { $0.kind == "related-to" && !$0.json.description.isEmpty }
        #expect(
            Set(related.map { "\($0.source) - \($0.target)" }) == [
                "Wizard Spider - Contoso", "TrickBot - Contoso", "TrickBot - 198.51.100.3",
                "TrickBot - https://evil.example.com/a?b=c#d", "C0015 - Net", "C0015 - 203.0.113.9",
                "Net - 203.0.113.9",
            ])
        let organization = try #require(related.first { $0.source == "Wizard Spider" })
        #expect(
            organization.json.description == "🚨 Wizard Spider drops TrickBot at Contoso with PowerShell (T1059.001).")
        #expect(organization.json["confidence"]?.integerValue == 71)
    }

    @Test func aGroupAndItsMalwareOfOneNameAreNotRelatedByIt() {
        let group = KnowledgeEntry(id: "G1", kind: .group, name: "Carbanak", text: "")
        let malware = KnowledgeEntry(id: "S1", kind: .malware, name: "Carbanak", text: "")
        func kinds(_ type: String) -> [String] {
            var builder = AnalysisBuilder("Carbanak is back.")
            builder.add(type, "Carbanak", [group, malware])
            let json = StixBundle([builder.analysis], published: StixBundleTests.published).json
            #expect(json.objects("relationship").isEmpty)
            return ["intrusion-set", "malware"].filter { !json.objects($0).isEmpty }
        }
        #expect(kinds("Threat") == ["intrusion-set", "malware"])
        // What the model says decides.
        #expect(kinds("Malware") == ["malware"] && kinds("Organization") == ["intrusion-set"])
    }

    @Test func aListOfNamesRelatesNothing() {
        let names = (1...9).map { "Loader\($0)" }
        func count(_ names: [String]) -> Int {
            var builder = AnalysisBuilder("We saw \(names.joined(separator: ", ")).")
            for name in names { builder.add("Malware", name, score: 0.9) }
            return StixBundle([builder.analysis], published: StixBundleTests.published).json.objects("relationship")
                .count
        }
        #expect(count(names) == 0)
        #expect(count(Array(names.dropLast())) == 28)
    }

    @Test func mentionsAreWhereTheirTextIs() throws {
        let report = try #require(bundle.objects("report").first)
        let definition = try #require(bundle.objects("extension-definition").first)
        let content = try #require(report["extensions"]?[definition.id])
        #expect(content["extension_type"]?.stringValue == "property-extension")
        #expect(content["source"]?.stringValue == "report.txt" && content["source_sha256"]?.stringValue?.count == 64)
        let mentions = content["mentions"]?.arrayValue ?? []
        let scalars = Array(ReportAnalysis.sample.text.unicodeScalars)
        let refs = Set(report.strings("object_refs"))
        for mention in mentions {
            let start = try #require(mention["start"]?.integerValue)
            let end = try #require(mention["end"]?.integerValue)
            #expect(String(String.UnicodeScalarView(scalars[start..<end])) == mention["text"]?.stringValue)
            #expect(refs.contains(mention["object_ref"]?.stringValue ?? ""))
            #expect((0...100).contains(mention["confidence"]?.integerValue ?? -1))
        }
        // Every object that is not the producer's has a mention, or is an observable or a relationship of one that has.
        let mentioned = Set(mentions.compactMap { $0["object_ref"]?.stringValue })
        for type in ["indicator", "attack-pattern", "malware", "tool", "intrusion-set", "vulnerability", "campaign"] {
            for object in bundle.objects(type) { #expect(mentioned.contains(object.id), "\(object.id)") }
        }
        let sentence = mentions.first { $0["text"]?.stringValue == "The café's mail had a link." }
        #expect(sentence?["confidence"]?.integerValue == 62)
    }
}

extension JSON {
    fileprivate var description: String { self["description"]?.stringValue ?? "" }
}
