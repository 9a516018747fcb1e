import SecureBERTIntel
import SecureBERTJSON
import Testing

@Suite struct StixBundleTests {
    static let published = UTCTime(secondsSince1970: 1_668_688_200)
    let bundle = StixBundle([.sample], published: published).json

    @Test func theSameReportGivesTheSameBytes() {
        #expect(bundle.text == StixBundle([.sample], published: Self.published).json.text)
        let later = StixBundle([.sample], published: UTCTime(secondsSince1970: 1_700_000_000)).json
        #expect(later.objects("report").map(\.id) == bundle.objects("report").map(\.id))
        #expect(later.id != bundle.id)
    }

    @Test func everyIdIsThereOnceAndEveryReferenceIsInTheBundle() {
        // The same report under two names: all objects are shared but the reports.
        var other = AnalysisBuilder(ReportAnalysis.sample.text, name: "copy.txt")
        other.add("Malware", "TrickBot", [.malware])
        let json = StixBundle([.sample, other.analysis, .sample], published: Self.published, marking: .red).json
        let objects = json["objects"]?.arrayValue ?? []
        let ids = objects.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(json.objects("report").count == 2)
        for object in objects {
            let keys = ["source_ref", "target_ref", "created_by_ref", "parent_directory_ref"]
            let references =
                keys.compactMap { object[$0]?.stringValue } + object.strings("object_refs")
                + object.strings("object_marking_refs")
            for reference in references { #expect(ids.contains(reference), "\(reference)") }
        }
    }

    @Test func objectsOfATTACKKeepTheirIdsAndNeverReplaceMITREs() throws {
        let technique = try #require(bundle.object("attack-pattern", "name", "PowerShell"))
        #expect(technique.id == "attack-pattern--970a3432-3237-47ad-bcca-7d8cbb217736")
        #expect(technique["modified"]?.stringValue == "1970-01-01T00:00:00.000Z")
        #expect(technique["created_by_ref"] == nil && technique["confidence"] == nil)
        #expect(technique["x_mitre_id"]?.stringValue == "T1059.001")
        let reference = try #require(technique["external_references"]?.arrayValue?.first)
        #expect(reference["source_name"]?.stringValue == "mitre-attack")
        #expect(reference["external_id"]?.stringValue == "T1059.001")
        #expect(reference["url"]?.stringValue == "https://attack.mitre.org/techniques/T1059/001")
        let phase = try #require(technique["kill_chain_phases"]?.arrayValue?.first)
        #expect(phase["phase_name"]?.stringValue == "execution")

        let group = try #require(bundle.object("intrusion-set", "name", "Wizard Spider"))
        #expect(group.strings("aliases") == ["UNC1878"])
        #expect(group["confidence"]?.integerValue == 80)
        #expect(bundle.object("malware", "name", "TrickBot")?["is_family"]?.boolValue == true)
        #expect(bundle.object("malware", "name", "TrickBot")?["confidence"]?.integerValue == 93)
        #expect(bundle.object("tool", "name", "Net") != nil && bundle.object("campaign", "name", "C0015") != nil)
        #expect(bundle.object("course-of-action", "name", "Disable or Remove Feature or Program") != nil)
    }

    @Test func idsOfTheKnowledgeBaseThatAreNoneAreNotUsed() {
        for id in ["malware--970a3432-3237-47ad-bcca-7d8cbb217736", "attack-pattern--x", "attack-pattern--"] {
            var builder = AnalysisBuilder("Phishing.")
            let entry = KnowledgeEntry(id: "T1566", kind: .technique, name: "Phishing", text: "", stixID: id)
            builder.add(entry, [("Phishing.", 0.5)])
            let json = StixBundle([builder.analysis], published: Self.published).json
            #expect(json.objects("attack-pattern").first?.id != id)
            #expect(json.objects("attack-pattern").first?["confidence"]?.integerValue == 50)
        }
    }

    @Test func namesWithoutAnEntryAndVulnerabilities() {
        #expect(bundle.object("malware", "name", "NewLoader")?["confidence"]?.integerValue == 55)
        #expect(bundle.object("identity", "name", "Contoso")?["identity_class"]?.stringValue == "organization")
        #expect(bundle.object("identity", "name", "mail") == nil)
        let reference = bundle.object("vulnerability", "name", "CVE-2021-44228")?["external_references"]?.arrayValue?
            .first
        #expect(reference?["source_name"]?.stringValue == "cve")
        #expect(reference?["external_id"]?.stringValue == "CVE-2021-44228")
        let ids = bundle.objects("report").first?["external_references"]?.arrayValue?.compactMap {
            $0["external_id"]?.stringValue
        }
        #expect(ids == ["CWE-79"])
    }

    @Test func indicatorsAreMaliciousWhenTheAuthorSaysSo() throws {
        func types(_ name: String) -> [String]? { bundle.object("indicator", "name", name)?.strings("indicator_types") }
        #expect(types("198.51.100.3") == ["malicious-activity"])
        #expect(types("d41d8cd98f00b204e9800998ecf8427e") == ["malicious-activity"])
        #expect(types("203.0.113.9") == ["unknown"])
        let indicator = try #require(bundle.object("indicator", "name", "198.51.100.3"))
        #expect(indicator["valid_from"]?.stringValue == "2022-11-17T12:30:00.000Z")
        #expect(indicator["description"]?.stringValue?.contains("port 443") == true)
        #expect(bundle.objects("indicator").count == 5)
    }

    @Test(arguments: TrafficLight.allCases)
    func markingsAreOnEverythingTheReportSays(marking: TrafficLight) {
        let json = StixBundle([.sample], published: Self.published, marking: marking).json
        let definition = json.objects("marking-definition").first
        #expect(definition?["name"]?.stringValue == "TLP:\(marking.rawValue.uppercased())")
        for type in ["report", "indicator", "relationship", "ipv4-addr", "url", "file", "directory", "vulnerability"] {
            for object in json.objects(type) {
                #expect(object.strings("object_marking_refs") == [definition?.id ?? ""])
            }
        }
        #expect(json.object("attack-pattern", "name", "PowerShell")?["object_marking_refs"] == nil)
        #expect(bundle.objects("marking-definition").isEmpty)
    }

    @Test func nothingFoundIsAReportThatRefersToItsProducer() {
        for text in ["", "\n", "Nothing."] {
            let json = StixBundle([AnalysisBuilder(text).analysis], published: Self.published).json
            #expect(json.objects("report").first?.strings("object_refs") == json.objects("identity").map(\.id))
        }
        #expect(StixBundle([], published: Self.published).json["objects"]?.arrayValue?.count == 2)
    }
}
