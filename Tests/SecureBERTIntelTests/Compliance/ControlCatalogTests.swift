import SecureBERTCheckpoint
import SecureBERTIntel
import TestSupport
import Testing

/// The catalogs of the knowledge files and catalogs of one's own.
@Suite struct ControlCatalogTests {
    private func installed() throws -> KnowledgeBase { try KnowledgeBase(folder: Fixtures.path + "/../Knowledge") }

    @Test func frameworksAreComplete() throws {
        let base = try installed()
        let controls = try #require(ControlCatalog(.nist80053, base))
        #expect(controls.controls.count == 450 && controls.groups.count == 20)
        #expect(controls.groups.first?.name == "Access Control")
        let expected = ["low": 149, "moderate": 287, "high": 370, "privacy": 102]
        for (baseline, count) in expected {
            #expect(controls.controls.count { controls.isExpected($0, baseline: baseline) } == count, "\(baseline)")
        }
        // An enhancement belongs to the family of what it enhances.
        let place = try #require(controls.controls.firstIndex { $0.id == "AC-2(1)" })
        #expect(controls.controls[place].parent == "AC-2" && controls.groups[controls.groupIndices[place]].id == "AC")
        let outcomes = try #require(ControlCatalog(.nistCSF, base))
        #expect(outcomes.controls.count == 106 && outcomes.groups.map(\.id) == ["GV", "ID", "PR", "DE", "RS", "RC"])
    }

    /// Ids of the mapping are of ATT&CK 16.1, and those given up since are replaced.
    @Test func everyTechniqueOfAControlIsKnown() throws {
        let base = try installed()
        let controls = try #require(ControlCatalog(.nist80053, base)).controls
        let ids = Set(controls.flatMap(\.related))
        #expect(ids.count == 468 && ids.allSatisfy { base[$0]?.kind == .technique })
        #expect(ids.contains("T1574.001") && !ids.contains("T1574.002"))
        #expect(base["AC-10"]?.related.contains("T1185") == true)
        #expect(base["PR.AA-01"]?.related.contains("IA-5") == true)
        #expect(
            base["PR.AA-01"]?.url == "https://www.nist.gov/cyberframework"
                && base["AC-2"]?.url.contains("800/53") == true)
    }

    @Test func aCatalogOfOnesOwnIsRead() throws {
        let text = """
            {"id": "A.1", "title": "Backups", "text": "Backups are made.", "group": "A"}

            {"id": "B.1", "text": "Doors are locked.", "owner": "x", "notes": 1}
            """
        let reading = try ControlCatalog.reading(Array(text.utf8), path: "dir/own.jsonl")
        #expect(reading.catalog.name == "own.jsonl" && reading.unknownMembers == ["owner", "notes"])
        #expect(reading.catalog.controls.map(\.name) == ["Backups", "B.1"])
        #expect(reading.catalog.groups.map(\.id) == ["A", ""])
    }

    @Test(arguments: [
        ("", "no controls"), ("\n \n", "no controls"), ("x", "line 1 is not JSON"), ("{}", "line 1 has no \"id\""),
        (#"{"id": "a"}"#, "no \"text\""), (#"{"id": 1, "text": "t"}"#, "no \"id\""),
        (
            #"{"id": "a", "text": "t"}"# + "\n" + #"{"id": "a", "text": "u"}"#,
            "line 2 has the \"id\" \"a\", which line 1"
        ),
        ("[1]", "no \"id\""), ("{\"id\": \"a\", \"text\": \"\u{0}\"}", "line 1 is not JSON"),
    ])
    func aDamagedCatalogIsRefusedWithItsLine(text: String, message: String) throws {
        do {
            _ = try ControlCatalog.reading(Array(text.utf8), path: "own.jsonl")
            Issue.record("accepted")
        } catch {
            #expect(error.code == .malformed && error.description.contains(message), "\(error)")
        }
    }
}
