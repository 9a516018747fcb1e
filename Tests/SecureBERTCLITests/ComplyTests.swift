import SecureBERTJSON
import TestSupport
import Testing

/// `securebert comply` with the models, the knowledge and the examples in the repository.
@Suite struct ComplyTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private static let policy = """
        # Règles d'accès

        Accounts are reviewed every quarter, and accounts of people who leave are disabled. Backups of user and system data are made \
        every night and kept at a second site 💾.

        The canteen opens at noon, and visitors like the soup <b>very</b> much.
        """

    private func shell(_ script: String) throws -> CommandLineRunner.Result {
        try runner.write("policy.md", Self.policy)
        return try runner.shell(script, environment: ["EXAMPLES": "\(Fixtures.path)/../Examples"])
    }

    private func json(_ arguments: String) throws -> JSON {
        let result = try shell(#"securebert comply --json \#(arguments)"#)
        #expect(result.status == 0, "\(result.errors)")
        return try JSON.parse(result.output)
    }

    private func all(_ json: JSON?, _ key: String) -> [JSON] { json?[key]?.arrayValue ?? [] }

    private func ids(_ json: JSON?, _ key: String) -> [String] { all(json, key).compactMap { $0["id"]?.stringValue } }

    @Test func passagesHaveControlsWithTheSentencesThatShowThem() throws {
        for (unit, units) in [("scalars", Self.policy.unicodeScalars.map { [$0] }), ("utf8", [])] {
            let report = try json(#"--offsets \#(unit) "$DIR/policy.md""#)
            let passages = all(report, "documents").flatMap { all($0, "passages") }
            #expect(passages.count == 2 && passages.first?["heading"]?.stringValue == "Règles d'accès")
            let found = passages.map { ids($0, "controls") }
            #expect(found[0].contains("AC-2") && found[0].contains("CP-9"), "\(found)")
            #expect(found[0].contains { $0.hasPrefix("PR.") } && found[1].isEmpty, "\(found)")
            for place in passages + passages.flatMap({ all($0, "controls") }).compactMap({ $0["evidence"] }) {
                let (start, end) = (
                    try #require(place["start"]?.integerValue), try #require(place["end"]?.integerValue)
                )
                let part =
                    units.isEmpty
                    ? String(decoding: Array(Self.policy.utf8)[start..<end], as: UTF8.self)
                    : String(String.UnicodeScalarView(units[start..<end].joined()))
                #expect(place["text"]?.stringValue == part)
            }
            let backups = try #require(all(passages[0], "controls").first { $0["id"]?.stringValue == "CP-9" })
            #expect(backups["evidence"]?["text"]?.stringValue?.hasPrefix("Backups of user") == true)
        }
    }

    @Test func baselinesHaveCoverageAndGaps() throws {
        for (baseline, total) in [("low", 149), ("high", 370)] {
            let report = try json(#"--baseline \#(baseline) "$EXAMPLES/policy.md""#)
            #expect(all(report, "coverage").count == 2)
            let controls = try #require(all(report, "coverage").first)
            let covered = try #require(controls["covered"]?.integerValue)
            #expect(controls["total"]?.integerValue == total && covered > 10 && covered < 80, "\(covered)")
            #expect(all(controls, "gaps").count == total - covered)
            #expect(all(controls, "controls").count { $0["inBaseline"]?.boolValue == true } == covered)
            #expect(Set(ids(controls, "gaps")).isDisjoint(with: ids(controls, "controls")))
            #expect(all(controls, "groups").reduce(0) { $0 + ($1["total"]?.integerValue ?? 0) } == total)
            // What the policy says in so many words.
            #expect(Set(ids(controls, "controls")).isSuperset(of: ["AC-2", "AC-6", "CP-9", "IR-4", "RA-5"]))
            #expect(!all(report, "techniques").isEmpty)
        }
    }

    @Test func settingsAreMappedWithTheirComments() throws {
        let report = try json(#"--framework nist-800-53 --no-techniques --threshold 0.05 "$EXAMPLES/sshd_config""#)
        let passages = all(all(report, "documents").first, "passages")
        #expect(passages.count == 10 && report["techniques"]?.isNull == true)
        #expect(passages.flatMap { ids($0, "controls") }.contains { $0 == "AC-8" || $0.hasPrefix("AC-1") })
        // With the threshold that was fitted to settings, and a word about those below it.
        let text = try shell(#"securebert comply -q --framework nist-800-53 "$EXAMPLES/sshd_config""#).output
        for id in ["AC-8", "AC-12", "IA-5"] { #expect(text.contains("  \(id) "), "\(text)") }
        #expect(text.contains("passages without controls: the most probable, "), "\(text)")
        #expect(text.contains("settings: on held-out rules of ComplianceAsCode"))
    }

    @Test func everyFormatIsWritten() throws {
        let result = try shell(
            #"""
            cd "$DIR" && cp policy.md '=1.md'
            for format in text html csv navigator jsonl; do
                securebert comply policy.md =1.md --format $format --output out.$format || exit 1
                securebert comply policy.md =1.md --format $format --threads 1 | cmp - out.$format || exit 2
            done
            """#)
        #expect(result.status == 0, "\(result.errors)")
        func read(_ format: String) throws -> String { try CommandLineRunner.read("\(runner.folder)/out.\(format)") }
        let text = try read("text")
        #expect(text.contains("AC-2 Account Management") && text.contains("moderate baseline: evidence for"))
        #expect(text.contains("suggestions for a reviewer") && !text.contains("\u{1B}"))
        let page = try read("html")
        #expect(page.contains("Content-Security-Policy") && page.contains("&lt;b&gt;very&lt;/b&gt;"))
        #expect(!page.contains("<script") && page.contains("<mark>") && page.contains("href=\"#p1-0\""))
        let rows = try read("csv").components(separatedBy: "\r\n")
        #expect(rows[0] == "framework,control,title,status,score,file,line,start,end,evidence")
        #expect(rows.contains { $0.hasPrefix("nist-800-53,AC-2,Account Management,suggested,") })
        #expect(rows.contains { $0.hasPrefix("nist-800-53,AC-1,Policy and Procedures,gap,") })
        // A spreadsheet would run it.
        #expect(rows.contains { $0.contains(",'=1.md,") } && !rows.contains { $0.contains(",=1.md,") })
        let layer = try JSON.parse(try read("navigator"))
        #expect(
            all(layer, "techniques").contains {
                $0["techniqueID"]?.stringValue == "T1078" && $0["score"]?.integerValue ?? 0 > 0
            })
        let lines = try read("jsonl").split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.count == 5 && lines.last?["coverage"] != nil && lines.first?["file"]?.stringValue == "policy.md")
    }

    @Test func ownCatalogsAreMappedTo() throws {
        try runner.write(
            "own.jsonl",
            """
            {"id": "A.1", "title": "Backup of information", "text": "Backup copies of information, software and systems are made every day, kept at another site and tested regularly.", "group": "A", "owner": "x"}
            {"id": "A.2", "title": "Accounts", "text": "User accounts are reviewed regularly, and accounts are disabled when people leave the organization.", "group": "A"}
            {"id": "B.1", "title": "Doors", "text": "Doors of the data centre are locked, and visitors are accompanied.", "group": "B"}
            {"id": "B.2", "title": "Malware", "text": "Protection against malware is implemented and supported by user awareness.", "group": "B"}
            """)
        let result = try shell(#"securebert comply --json --controls "$DIR/own.jsonl" "$DIR/policy.md""#)
        #expect(result.status == 0 && result.errors.contains("not used: owner"), "\(result.errors)")
        let report = try JSON.parse(result.output)
        let coverage = try #require(all(report, "coverage").first)
        #expect(all(report, "coverage").count == 1 && report["techniques"]?.isNull == true)
        #expect(ids(coverage, "controls") == ["A.1", "A.2"] && ids(coverage, "gaps") == ["B.1", "B.2"])
        #expect(coverage["measured"]?.isNull == true)
        try runner.write("bad.jsonl", "{\"id\": \"A\"}\n")
        let bad = try shell(#"securebert comply --controls "$DIR/bad.jsonl" "$DIR/policy.md""#)
        #expect(bad.status == 3 && bad.errors.contains("bad.jsonl: line 1 has no"), "\(bad.errors)")
    }

    /// Each odd document is named in one sentence, the good ones are all there, and the exit code says that something is missing.
    @Test func oddDocumentsDoNotStopTheOthers() throws {
        let result = try shell(
            #"""
            mkdir "$DIR/in" && cd "$DIR/in"
            cp ../policy.md good.md
            printf 'a\0b' > binary.txt
            : > empty.txt
            printf ' \n\n' > blank.txt
            printf 'Backups are made every night, caf\351.' > latin.txt
            truncate -s 300M huge.txt
            printf '%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n' > scan.pdf
            (yes '<div><table><tr><td>' | head -n 50000; echo '<p>Backups are made every night.</p>') > bomb.html
            printf '{"a": [[[[' > broken.json
            deep=$(printf 'd/%.0s' $(seq 300)); mkdir -p "$deep"; cp ../policy.md "$deep/deep.md"
            ln -s . loop; ln -s /no/such dangling.md
            securebert comply -q --jsonl . /no/such.md > ../out.jsonl
            """#)
        #expect(result.status == 3, "\(result.status) \(result.errors)")
        for name in [
            "binary.txt: is binary", "empty.txt: has no text", "blank.txt: has no text", "huge.txt: ", "scan.pdf: ",
            "/no/such.md",
        ] {
            #expect(result.errors.split(separator: "\n").count { $0.contains(name) } == 1, "\(name)\n\(result.errors)")
        }
        #expect(
            result.errors.contains("6 documents or folders could not be mapped; the others are complete"),
            "\(result.errors)")
        let lines = try CommandLineRunner.read("\(runner.folder)/out.jsonl").split(separator: "\n").map {
            try JSON.parse(String($0))
        }
        let files = Set(
            lines.compactMap { $0["file"]?.stringValue }.map { String($0.split(separator: "/").last ?? "") })
        #expect(files == ["good.md", "latin.txt", "bomb.html", "deep.md"], "\(files)")
        #expect(lines.last?["coverage"] != nil)
    }

    @Test func outputThatCannotBeWrittenIsNamed() throws {
        let result = try shell(
            #"""
            cd "$DIR"
            securebert comply -q policy.md --output . ; echo $?
            securebert comply -q policy.md --output /no/such/file.html ; echo $?
            securebert comply -q policy.md > /dev/full ; echo $?
            securebert comply -q policy.md | head -c 1 > /dev/null ; echo ${PIPESTATUS[0]}
            securebert comply -q < policy.md | head -n 1
            """#)
        #expect(result.output == "3\n4\n3\n0\nstandard input, 1 of 2 passages with controls\n", "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count <= 4, "\(result.errors)")
    }

    @Test(arguments: [
        ("--threshold 2 -", 2), ("--top-k 0 -", 2), ("--format odd -", 2), ("--baseline odd -", 2),
        ("--framework iso -", 2), ("--format navigator --no-techniques -", 2), ("--unknown -", 2), ("/no/such/file", 4),
        ("--knowledge /no/such -", 4), ("--controls /no/such -", 4), ("--reranker /no/such -", 4),
    ])
    func badRequestsAreRefused(arguments: String, status: Int) throws {
        let result = try runner.shell("echo text | securebert comply \(arguments)")
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count <= 2)
    }

    @Test func theMappingIsMeasured() throws {
        let result = try runner.shell("securebert evaluate compliance -q --split valid --json")
        #expect(result.status == 0, "\(result.errors)")
        let sections = all(try JSON.parse(result.output), "sections")
        #expect(sections.count == 6)
        for section in sections.prefix(5) {
            let gain = section["figures"]?.objectValue?.members.first { $0.key.hasSuffix("minus BM25: nDCG@10") }
            #expect(gain?.value["value"]?.doubleValue ?? 0 > 0.02, "\(section["title"]?.stringValue ?? "")")
        }
    }
}
