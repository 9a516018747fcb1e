import SecureBERTIntel
import SecureBERTJSON
import Testing

/// SARIF of scans that no test could make with a model: too many findings, and weaknesses as labels.
@Suite struct SarifLogTests {
    private static func run(_ findings: [ScanFinding]) throws -> JSON {
        var report = ScanReport()
        report.findings = findings
        let context = SarifLog.Context(
            toolVersion: "1.0.0", model: "model", triage: nil, category: "test", hasBaseline: false,
            weaknessNames: ["CWE-79": "Cross-site Scripting"])
        return try #require(SarifLog(report, context).json["runs"]?.arrayValue?.first)
    }

    private static func finding(_ number: Int, score: Double, label: String = "vulnerable", reason: String? = nil)
        throws
        -> ScanFinding
    {
        let source = "int f\(number)(void) { return \(number); }"
        let function = try #require(SourceFunctions.find(in: Array(source.utf8), .c).first)
        return ScanFinding(
            path: "src/file \(number).c", language: .c, function: function, score: score, label: label, lines: [],
            fingerprint: "print\(number)", snippet: source, suppression: reason)
    }

    /// GitHub refuses files with more.
    @Test func theLowestScoresAreLeftOutWhenThereAreTooManyAndThatIsSaid() throws {
        let count = SarifLog.mostResults + 3
        let run = try Self.run(
            (0..<count).map { try Self.finding($0, score: 1 - Double($0) / Double(2 * count)) })
        let results = run["results"]?.arrayValue ?? []
        #expect(results.count == 25_000)
        #expect(results.last?["message"]?["text"]?.stringValue?.contains("`f24999`") == true)
        let notes = run["invocations"]?.arrayValue?.first?["toolExecutionNotifications"]?.arrayValue ?? []
        let note = notes.first { $0["descriptor"]?["id"]?.stringValue == "results-left-out" }
        #expect(note?["message"]?["text"]?.stringValue?.hasPrefix("3 findings") == true)
    }

    @Test func weaknessesAreRulesAndTaxa() throws {
        let run = try Self.run([
            Self.finding(1, score: 0.9, label: "CWE-787"),
            Self.finding(2, score: 0.8, label: "CWE-79", reason: "tested"),
            Self.finding(3, score: 0.7, label: "CWE-other"),
        ])
        let rules = run["tool"]?["driver"]?["rules"]?.arrayValue ?? []
        #expect(rules.compactMap { $0["id"]?.stringValue } == ["vulnerable-function", "CWE-79", "CWE-787"])
        #expect(rules[1]["properties"]?["tags"]?.arrayValue?.last?.stringValue == "external/cwe/cwe-079")
        #expect(rules[1]["shortDescription"]?["text"]?.stringValue == "CWE-79: Cross-site Scripting")
        let taxa = run["taxonomies"]?.arrayValue?.first?["taxa"]?.arrayValue ?? []
        #expect(taxa.compactMap { $0["id"]?.stringValue } == ["CWE-79", "CWE-787"])
        let results = run["results"]?.arrayValue ?? []
        #expect(results.compactMap { $0["ruleIndex"]?.integerValue } == [2, 1, 0])
        // One that is suppressed makes the others say that they are not.
        #expect(results.map { $0["suppressions"]?.arrayValue?.count } == [0, 1, 0])
        let uri = results[0]["locations"]?.arrayValue?.first?["physicalLocation"]?["artifactLocation"]?["uri"]
        #expect(uri?.stringValue == "src/file%201.c")
    }
}
