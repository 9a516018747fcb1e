import SecureBERTIntel
import SecureBERTJSON
import Testing

@Suite struct MispEventTests {
    let event = MispEvent(.sample, published: StixBundleTests.published, marking: .amberStrict).json["Event"] ?? .null

    private func tags(_ json: JSON?) -> [String] {
        json?["Tag"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    private func attribute(_ value: String) -> JSON? {
        event["Attribute"]?.arrayValue?.first { $0["value"]?.stringValue == value }
    }

    @Test func theEventIsOfTheReport() {
        #expect(event["info"]?.stringValue == "report.txt" && event["date"]?.stringValue == "2022-11-17")
        #expect(event["timestamp"]?.stringValue == "1668688200" && event["published"]?.boolValue == false)
        #expect(["distribution", "threat_level_id", "analysis"].map { event[$0]?.stringValue } == ["0", "4", "0"])
        let again = MispEvent(.sample, published: StixBundleTests.published, marking: .amberStrict).json["Event"]
        #expect(again?.text == event.text)
    }

    @Test func tagsAreOfTheGalaxies() {
        #expect(
            tags(event) == [
                "tlp:amber+strict", #"securebert:provenance="automatic-analysis""#,
                #"misp-galaxy:mitre-attack-pattern="PowerShell - T1059.001""#,
                #"misp-galaxy:mitre-attack-pattern="Phishing - T1566""#,
                #"misp-galaxy:mitre-intrusion-set="Wizard Spider - G0102""#,
                #"misp-galaxy:mitre-malware="TrickBot - S0266""#, #"misp-galaxy:mitre-tool="Net - S0039""#,
                #"misp-galaxy:mitre-campaign="C0015 - C0015""#,
                #"misp-galaxy:mitre-course-of-action="Disable or Remove Feature or Program - M1042""#,
            ])
    }

    @Test(arguments: [
        ("198.51.100.3|443", "ip-dst|port", "Network activity", true),
        ("203.0.113.9", "ip-dst", "Network activity", false),
        ("https://evil.example.com/a?b=c#d", "url", "Network activity", true),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5", "Payload delivery", true),
        (#"C:\Windows\Temp\evil.exe"#, "filename", "Payload delivery", false),
        ("CVE-2021-44228", "vulnerability", "External analysis", false),
        ("CWE-79", "weakness", "External analysis", false), ("NewLoader", "text", "Payload type", false),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "btc", "Financial fraud", false),
    ])
    func attributesHaveTypeCategoryAndPurpose(value: String, type: String, category: String, detects: Bool) throws {
        let attribute = try #require(self.attribute(value))
        #expect(attribute["type"]?.stringValue == type && attribute["category"]?.stringValue == category)
        #expect(attribute["to_ids"]?.boolValue == detects)
        #expect(attribute["comment"]?.stringValue?.contains("characters ") == true)
    }

    @Test func aSentenceHasTheTagsOfAllItsTechniques() {
        var builder = AnalysisBuilder("A mail starts a script.")
        builder.add(.phishing, [("A mail starts a script.", 0.8)])
        builder.add(.interpreter, [("A mail starts a script.", 0.6)])
        let json = MispEvent(builder.analysis, published: StixBundleTests.published).json["Event"]
        let attributes = json?["Attribute"]?.arrayValue ?? []
        #expect(attributes.count == 1 && tags(attributes.first).count == 2)
        #expect(attributes.first?["comment"]?.stringValue?.contains("T1566 Phishing (confidence 80)") == true)
        #expect(tags(json).first == #"securebert:provenance="automatic-analysis""#)
    }

    /// MISP removes it, and refuses values that are nothing else.
    @Test func valuesHaveNoWhiteSpaceAround() {
        var builder = AnalysisBuilder("see \n here \u{85}x\u{1F} there", name: " \n")
        builder.add(.mutex, "\n")
        builder.add(.mutex, "\u{85}x\u{1F}")
        let json = MispEvent(builder.analysis, published: StixBundleTests.published).json["Event"]
        #expect(json?["Attribute"]?.arrayValue?.map { $0["value"]?.stringValue } == ["x"])
        #expect(json?["info"]?.stringValue == "report")
    }

    @Test func aQuotationMarkDoesNotEndATag() {
        var builder = AnalysisBuilder("Bad.")
        builder.add("Malware", "Bad", [KnowledgeEntry(id: "S1", kind: .malware, name: "\"x\"", text: "")])
        let json = MispEvent(builder.analysis, published: StixBundleTests.published).json["Event"]
        #expect(tags(json).last == "misp-galaxy:mitre-malware=\"'x' - S1\"")
    }
}
