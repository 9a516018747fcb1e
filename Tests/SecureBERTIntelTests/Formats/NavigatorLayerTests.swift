import SecureBERTIntel
import SecureBERTJSON
import Testing

@Suite struct NavigatorLayerTests {
    @Test func analysesAreMerged() throws {
        var other = AnalysisBuilder("They sent mail. Scripts ran.", name: "other.txt")
        other.add(.phishing, [("They sent mail.", 0.4), ("Scripts ran.", 0.87)])
        other.add(.attackTechnique, "Scripts", link: .interpreter)
        let layer = NavigatorLayer([.sample, other.analysis], name: "both", attackVersion: "18.1").json
        #expect(layer["name"]?.stringValue == "both" && layer["domain"]?.stringValue == "enterprise-attack")
        #expect(layer["versions"]?["attack"]?.stringValue == "18" && layer["versions"]?["layer"]?.stringValue == "4.5")

        let techniques = layer["techniques"]?.arrayValue ?? []
        #expect(techniques.map { $0["techniqueID"]?.stringValue } == ["T1059", "T1059.001", "T1566"])
        #expect(techniques.map { $0["score"]?.integerValue } == [100, 100, 87])
        #expect(techniques.last?["comment"]?.stringValue == "Scripts ran.")
        // An id alone is shown in its sentence.
        #expect(techniques.first?["comment"]?.stringValue == "Scripts ran.")
        let metadata = techniques.last?["metadata"]?.arrayValue ?? []
        #expect(metadata.map { $0["value"]?.stringValue } == ["2", "report.txt", "other.txt"])
        #expect(techniques.last?["links"]?.arrayValue?.first?["url"]?.stringValue == KnowledgeEntry.phishing.url)
    }

    @Test func aLayerOfNothingHasNoVersionThatIsNotKnown() {
        let layer = NavigatorLayer([], name: "none").json
        #expect(layer["techniques"]?.arrayValue?.isEmpty == true && layer["versions"]?["attack"] == nil)
    }
}
