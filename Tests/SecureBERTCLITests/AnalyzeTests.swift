import SecureBERTJSON
import TestSupport
import Testing

/// `securebert analyze` and `securebert knowledge` with the models and the knowledge in the repository.
@Suite struct AnalyzeTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private static let report = """
        APT28 sent mails with a link to hxxp://login.example[.]com/a.php in May.

        The attackers dumped credentials from the memory of lsass.exe with Mimikatz. Emotet was dropped, see T1059.001 and CVE-2021-44228.
        """

    private func analyze(_ arguments: String) throws -> String {
        try runner.write("report.txt", Self.report)
        let result = try runner.shell(#"securebert analyze \#(arguments) "$DIR/report.txt""#)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test func findsNamesIndicatorsAndTechniquesWithTheirPlaces() throws {
        let found = try JSON.parse(analyze("--json")).arrayValue?.first
        let text = Array(Self.report.unicodeScalars)
        func all(_ key: String) -> [JSON] { found?[key]?.arrayValue ?? [] }
        for item in all("entities") + all("indicators")
            + all("techniques").flatMap({ $0["evidence"]?.arrayValue ?? [] })
        {
            let (start, end) = (try #require(item["start"]?.integerValue), try #require(item["end"]?.integerValue))
            #expect(item["text"]?.stringValue == String(String.UnicodeScalarView(text[start..<end])))
        }
        let values = all("indicators").compactMap { $0["value"]?.stringValue }
        #expect(values == ["http://login.example.com/a.php", "lsass.exe", "T1059.001", "CVE-2021-44228"])
        let links = all("entities").flatMap { $0["links"]?.arrayValue ?? [] }.compactMap { $0["id"]?.stringValue }
        #expect(links.contains("G0007") && links.contains("S0002") && links.contains("S0367"), "\(links)")
        let techniques = all("techniques")
        #expect(techniques.first?["id"]?.stringValue == "T1059.001" && techniques.first?["score"]?.doubleValue == 1)
        #expect(techniques.contains { $0["id"]?.stringValue == "T1003.001" }, "\(techniques.map(\.text))")
    }

    @Test func writesTheFormatsOfOtherTools() throws {
        let bundle = try JSON.parse(analyze("--format stix --published 2026-05-01 --tlp green"))
        let types = Set((bundle["objects"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue })
        #expect(
            types.isSuperset(of: ["report", "indicator", "url", "attack-pattern", "intrusion-set", "vulnerability"]))
        #expect(try analyze("--format stix --published 2026-05-01") == analyze("--format stix --published 2026-05-01"))
        let event = try JSON.parse(analyze("--format misp --published 2026-05-01"))
        #expect(event["Event"]?["date"]?.stringValue == "2026-05-01")
        let layer = try JSON.parse(analyze("--format navigator"))
        #expect(layer["techniques"]?.arrayValue?.contains { $0["techniqueID"]?.stringValue == "T1059.001" } == true)
        for line in try analyze("--format ecs --published 2026-05-01").split(separator: "\n") {
            #expect(try JSON.parse(String(line))["event"]?["kind"]?.stringValue == "enrichment")
        }
        let page = try analyze("--format html")
        #expect(page.contains("Content-Security-Policy") && page.contains("T1003.001") && page.contains("<mark"))
        #expect(try analyze("--defang").contains("hxxp[:]//login[.]example[.]com/a.php"))
    }

    @Test func readsFoldersAndGoesOnAfterAnOddReport() throws {
        _ = try runner.shell(#"mkdir "$DIR/in""#)
        try runner.write("in/a.txt", "Emotet was dropped.")
        try runner.write("in/b.html", "<p>Visit <b>evil[.]example[.]com</b></p><script>x()</script>")
        try runner.write("in/c.txt", "a\u{0}b")
        try runner.write("in/d.txt", " \n")
        try runner.write("in/e.odd", "Emotet")
        let result = try runner.shell(#"securebert analyze --jsonl "$DIR/in""#)
        #expect(result.status == 3 && result.output.split(separator: "\n").count == 2, "\(result.errors)")
        #expect(result.errors.contains("c.txt: is binary") && result.errors.contains("d.txt: has no text"))
        #expect(result.output.contains("evil.example.com") && !result.output.contains("x()"))
    }

    @Test(arguments: [
        ("analyze --format odd -", 2), ("analyze --published May -", 2), ("analyze --tlp blue -", 2),
        ("analyze --technique-threshold 2 -", 2), ("analyze /no/such/file", 4), ("analyze --knowledge /no/such -", 4),
        ("knowledge show nobody-knows", 4), ("knowledge update /no/such.json", 4),
    ])
    func badRequestsAreRefused(command: String, status: Int) throws {
        let result = try runner.shell("echo text | securebert \(command)")
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count <= 2)
    }

    @Test func indicatorsNeedNoModel() throws {
        try runner.write("in.txt", "Get hxxps://a[.]example[.]com/x from 10.0.0[.]1:8080, not v1.2.3.4.\nnothing\n")
        let plain = try runner.shell(
            #"SECUREBERT_MODELS=/none securebert indicators "$DIR/in.txt" --defang --types url ipv4"#)
        #expect(plain.output == "url\thxxps[:]//a[.]example[.]com/x\nipv4\t10[.]0[.]0[.]1:8080\n", "\(plain.errors)")
        let lines = try runner.shell(#"securebert indicators "$DIR/in.txt" --jsonl --offsets utf8"#).output
            .split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.contains(#""indicators":[]"#) == true, "\(lines)")
        #expect(lines.first?.contains(#""start":4,"end":31,"value":"https://a.example.com/x""#) == true, "\(lines)")
        #expect(lines.first?.contains(#""value":"10.0.0.1","port":8080,"defanged":true"#) == true, "\(lines)")
        #expect(try runner.shell("echo x | securebert indicators --types odd").status == 2)
    }

    @Test func recordsAreEnrichedInTheirOrderAndPassThroughOtherwise() throws {
        let lines = [
            #"{"n": 1.0, "message":"Emotet came from hxxp://a[.]example[.]com/x."}"#, "", "oops", "[1]", "{}",
            #"{"message":"x","securebert":1}"#, #"{"event":{"original":["one","CVE-2021-44228"]}}  "#,
            #"{"message":"\u0000"#, #"{"message":7}"#,
        ]
        try runner.write("in.ndjson", lines.joined(separator: "\n") + "\n")
        let result = try runner.shell(
            #"securebert enrich --field message event.original < "$DIR/in.ndjson""#)
        #expect(result.status == 0, "\(result.errors)")
        let output = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(output.count == lines.count + 1)
        for (index, line) in lines.enumerated() where index != 0 && index != 6 { #expect(output[index] == line) }
        #expect(output[0].hasPrefix(lines[0].dropLast() + #","securebert":{"entities":["#))
        #expect(output[0].contains(#""id":"S0367""#) && output[0].contains(#""value":"http://a.example.com/x""#))
        let list = try JSON.parse(output[6])
        #expect(list["securebert"]?["indicators"]?.arrayValue?.first?["start"]?.integerValue == 5)
        for line in [3, 4, 6, 8] { #expect(result.errors.contains("line \(line):"), "\(result.errors)") }
        let nothing = try runner.shell("echo '{}' | securebert enrich --field no.where --key k")
        #expect(nothing.output == "{}\n" && nothing.errors.contains("no record has no.where"))
        #expect(try runner.shell("securebert enrich --key '' < /dev/null").status == 2)
    }

    /// Lines that are no text are no reason to stop, and the ends of lines stay what they were.
    @Test func bytesThatAreNotUTF8PassThrough() throws {
        let result = try runner.shell(
            #"""
            printf '{"message":"caf\351"}\n{"message":"CVE-2021-44228"}\r\n\357\273\277{"message":"CVE-2021-44228"}\n' > "$DIR/in"
            securebert enrich < "$DIR/in" > "$DIR/out" || exit 1
            head -n 1 "$DIR/in" | cmp - <(head -n 1 "$DIR/out") && grep -c 'securebert' "$DIR/out" && grep -c $'}\r$' "$DIR/out"
            printf 'CVE-2021-44228 caf\351' | securebert analyze --json | grep -c 'CVE-2021-44228'
            """#)
        #expect(result.output == "2\n1\n1\n", "\(result.output) \(result.errors)")
        #expect(result.errors.contains("line 1:"))
    }

    /// Whoever sends one record and waits gets it back before sending the next.
    @Test func recordsDoNotWaitForEachOther() throws {
        let result = try runner.shell(
            #"""
            mkfifo "$DIR/to" "$DIR/from"
            securebert enrich < "$DIR/to" > "$DIR/from" &
            exec 3> "$DIR/to" 4< "$DIR/from"
            for n in 1 2; do
                echo "{\"message\":\"Emotet $n\"}" >&3
                read -r -t 60 line <&4 && echo "${line%%,*}"
            done
            exec 3>&-
            wait
            """#)
        #expect(result.output == "{\"message\":\"Emotet 1\"\n{\"message\":\"Emotet 2\"\n", "\(result.errors)")
    }

    @Test func knowledgeIsShownAndUpdated() throws {
        let shown = try runner.shell("securebert knowledge show t1003.001 'Fancy Bear' --jsonl")
        #expect(shown.output.contains(#""id":"T1003.001""#) && shown.output.contains(#""id":"G0007""#))
        try runner.write(
            "bundle.json",
            #"""
            {"type": "bundle", "objects": [{"type": "intrusion-set", "id": "intrusion-set--1", "name": "APT99",
            "external_references": [{"source_name": "mitre-attack", "external_id": "G9999"}]}]}
            """#)
        let result = try runner.shell(
            #"""
            export XDG_DATA_HOME="$DIR/data"
            securebert knowledge update "$DIR/bundle.json" || exit 1
            securebert knowledge show APT99 CWE-79 --jsonl || exit 1
            securebert knowledge show G0007; echo $?
            """#)
        #expect(result.output.contains("G9999") && result.output.contains("CWE-79"), "\(result.errors)")
        #expect(result.output.hasSuffix("4\n"))
    }

    /// The bundle of another domain stands beside the enterprise one; what is withdrawn in it is gone with the next.
    @Test func domainsAreUpdatedByThemselves() throws {
        func bundle(_ version: String, _ withdrawn: String) -> String {
            #"""
            {"type": "bundle", "objects": [
            {"type": "x-mitre-collection", "id": "x-mitre-collection--1", "x_mitre_version": "\#(version)"},
            {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Exploit via Charging Station",
             "x_mitre_domains": ["mobile-attack"], "description": "Adversaries may use a charging station.",
             "external_references": [{"source_name": "mitre-attack", "external_id": "T1458"}]},
            {"type": "attack-pattern", "id": "attack-pattern--2", "name": "Old", "x_mitre_domains": ["mobile-attack"],
             \#(withdrawn) "external_references": [{"source_name": "mitre-attack", "external_id": "T1401"}]},
            {"type": "intrusion-set", "id": "intrusion-set--1", "name": "APT28",
             "x_mitre_domains": ["enterprise-attack", "mobile-attack"],
             "external_references": [{"source_name": "mitre-attack", "external_id": "G0007"}]},
            {"type": "relationship", "id": "relationship--1", "relationship_type": "uses",
             "source_ref": "intrusion-set--1", "target_ref": "attack-pattern--1"}]}
            """#
        }
        try runner.write("first.json", bundle("18.1", ""))
        try runner.write("second.json", bundle("19.0", #""revoked": true,"#))
        let result = try runner.shell(
            #"""
            export XDG_DATA_HOME="$DIR/data"
            securebert knowledge update "$DIR/first.json" && securebert knowledge show T1401 > /dev/null || exit 1
            securebert knowledge update "$DIR/second.json" || exit 1
            securebert knowledge show T1401; echo "withdrawn: $?"
            securebert knowledge show --jsonl | grep -o '"source":"[^"]*","version":"[^"]*"'
            securebert knowledge show T1458 T1003.001 G0007 --jsonl || exit 1
            echo 'The phone was attacked by T1458 and the host by T1003.001.' | securebert analyze -q --format navigator
            """#)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("withdrawn: 4\n"), "\(result.output.prefix(200))")
        #expect(result.output.contains(#""MITRE ATT&CK","version":"18.1""#))
        #expect(result.output.contains(#""MITRE ATT&CK for Mobile","version":"19.0""#))
        let group = try #require(result.output.split(separator: "\n").first { $0.contains(#""id":"G0007""#) })
        #expect(group.contains("T1458") && group.contains("T1003.001") && group.contains("Fancy Bear"))
        #expect(result.output.contains(#""techniqueID": "T1003.001""#) && !result.output.contains(#"ID": "T1458""#))
    }
}
