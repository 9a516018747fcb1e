import SecureBERTJSON
import TestSupport
import Testing

/// Inputs that the model cannot read, among others: each is named, the others are complete, and the exit code is 3.
@Suite struct OneBadInputTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    /// Fails for texts with `~`.
    private func recognizer(as name: String = "ner") throws -> String {
        try runner.damagedModel("modernbert-token", table: "tok_embeddings", row: 93, as: name)
    }

    private func makeReports() throws {
        _ = try runner.shell(
            #"""
            mkdir "$DIR/in"
            for n in $(seq 10 49); do echo "CVE-2024-10$n was exploited. Emotet was dropped." > "$DIR/in/$n.txt"; done
            echo 'Nothing here. Then ~/.ssh was read, and CVE-2024-9999 exploited.' > "$DIR/in/30odd.txt"
            """#)
    }

    @Test(arguments: ["text", "json", "jsonl", "html", "stix", "misp", "navigator", "ecs"])
    func reportsBesideOneThatCannotBeAnalyzedAreComplete(format: String) throws {
        let model = try recognizer()
        try makeReports()
        let result = try runner.shell(
            #"cd "$DIR" && securebert analyze --ner "\#(model)" --published 2026-01-01 --format \#(format) in"#)
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 2, "\(result.errors)")
        #expect(result.errors.contains("in/30odd.txt: ") && result.errors.contains("not finite numbers"))
        #expect(result.errors.contains("1 report or folder could not be analyzed; the others are complete"))
        // What comes out is what would come out without the odd report.
        let others = try runner.shell(
            #"""
            cd "$DIR" && rm in/30odd.txt && securebert analyze --ner "\#(model)" --published 2026-01-01 --format \#(format) in
            """#)
        #expect(others.status == 0, "\(others.errors)")
        #expect(
            result.output == others.output
                && others.output.contains(format == "html" ? "Emotet" : "S0367") == (format != "navigator"))
    }

    @Test func theOnlyReportIsNamedToo() throws {
        let model = try recognizer()
        let result = try runner.shell(#"echo 'In ~ nothing.' | securebert analyze --ner "\#(model)""#)
        #expect(result.status == 3 && result.output.isEmpty, "\(result.output)")
        #expect(result.errors.contains("standard input: ") && result.errors.split(separator: "\n").count == 1)
    }

    /// Files that go away, cannot be opened or are no text stand between good ones.
    @Test func reportsThatAreGoneOrLockedAreNamed() throws {
        try makeReports()
        let result = try runner.shell(
            #"""
            cd "$DIR/in" && ln -s nowhere 20gone.txt && printf 'a\0b' > 25binary.txt
            securebert analyze --jsonl 10.txt 20gone.txt 11.txt 25binary.txt 12.txt none.txt
            """#)
        #expect(result.status == 3 && result.output.split(separator: "\n").count == 3, "\(result.errors)")
        for name in ["20gone.txt", "25binary.txt", "none.txt"] { #expect(result.errors.contains(name)) }
        #expect(result.errors.contains("3 reports or folders could not be analyzed"))
    }

    @Test func recordsBesideOneThatCannotBeAnalyzedAreEnriched() throws {
        _ = try recognizer(as: "models/securebert-mini-ner")
        let records = (0..<10).map { #"{"n":\#($0),"message":"\#($0 == 5 ? "In ~ nothing" : "Emotet \($0)")"}"# }
        try runner.write("in.ndjson", records.joined(separator: "\n") + "\n")
        let result = try runner.shell(
            #"""
            for model in "$MODELS"/*; do [ -e "$DIR/models/${model##*/}" ] || ln -s "$model" "$DIR/models/"; done
            SECUREBERT_MODELS="$DIR/models" securebert enrich < "$DIR/in.ndjson"
            """#, environment: ["MODELS": "\(Fixtures.path)/../Models"])
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(result.status == 0 && lines.count == 10, "\(result.errors)")
        #expect(lines[5] == records[5] && lines.count { $0.contains("S0367") } == 9)
        #expect(result.errors.contains("line 6: cannot be analyzed: "), "\(result.errors)")
    }

    @Test func functionsBesideOneThatCannotBeScoredAreScored() throws {
        _ = try runner.damagedModel("roberta-sequence", table: "word_embeddings", row: 97, as: "model")
        let functions = (0..<40).map { "int f\($0)(int a) {\n  return \($0 == 17 ? "~" : "")a;\n}\n" }
        try runner.write("a.c", functions.joined(separator: "\n"))
        let result = try runner.shell(
            #"""
            cd "$DIR" && sed -i 's/benign/safe/g' model/config.json
            securebert scan --model model --cache cache --threshold 0 --output all.sarif --output all.txt --json a.c
            """#)
        let json = try JSON.parse(result.output)
        #expect(result.status == 3 && json["findings"]?.arrayValue?.count == 39, "\(result.errors)")
        #expect(json["summary"]?["scored"]?.integerValue == 39)
        #expect(result.errors.contains("a.c: f17 of line 69 cannot be scored: "), "\(result.errors)")
        #expect(result.errors.contains("1 named path or function could not be scanned; the others are complete"))
        let run = try JSON.parse(runner.read("all.sarif"))["runs"]?.arrayValue?.first
        #expect(run?["results"]?.arrayValue?.count == 39)
        #expect(run?["invocations"]?.arrayValue?.first?["executionSuccessful"]?.boolValue == false)
        #expect(try runner.read("all.txt").contains("f39"))
    }

    /// A paragraph that is too long for the cross-encoder.
    @Test func documentsBesideOneThatCannotBeMappedAreMapped() throws {
        let long = Array(repeating: "backups are kept at a second site", count: 30).joined(separator: " and ")
        for (name, text) in [("a.md", "Backups are kept."), ("b.md", long + "."), ("c.md", "Accounts are reviewed.")] {
            try runner.write(name, "# Policy\n\n\(text) All of it.\n")
        }
        let result = try runner.shell(
            #"cd "$DIR" && securebert comply --reranker "$MODEL" --threshold 0 --jsonl a.md b.md c.md"#,
            environment: ["MODEL": Fixtures.model("ce-sigmoid")])
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 2 && result.errors.contains("b.md: "), "\(result.errors)")
        #expect(result.errors.contains("1 document or folder could not be mapped; the others are complete"))
        let files = result.output.split(separator: "\n").filter { $0.hasPrefix(#"{"file""#) }
        #expect(files.count == 2 && files[0].contains("a.md") && files[1].contains("c.md"), "\(result.output)")
    }

    /// Lines that are long enough to need the damaged place.
    @Test(arguments: [true, false]) func linesBesideOneThatCannotBeReadAreScored(hasProfile: Bool) throws {
        let model = try runner.damagedModel("roberta-mlm", table: "position_embeddings", row: 60, as: "model")
        let clean = (0..<30).map { "job \($0) is done" }
        let long = (0..<80).map { "word\(["a", "b", "c"][$0 % 3])" }.joined(separator: " ")
        try runner.write("clean.log", clean.joined(separator: "\n") + "\n")
        try runner.write("a.log", "job 1 is done\n\(long)\ndisk failed\n")
        try runner.write("b.log", "job 2 is done\nanother thing\n")
        let arguments =
            hasProfile
            ? #"--profile "$DIR/p.json" "$DIR/a.log" "$DIR/b.log""#
            : #"--warm-up 32 "$DIR/clean.log" "$DIR/a.log" "$DIR/b.log""#
        let result = try runner.shell(
            #"""
            securebert logs fit --model "\#(model)" -q --output "$DIR/p.json" "$DIR/clean.log" || exit 9
            securebert logs --model "\#(model)" --jsonl \#(arguments)
            """#)
        #expect(result.status == 3, "\(result.status) \(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == (hasProfile ? 5 : 35) && lines.last?.contains("another thing") == true)
        #expect(result.errors.contains("counts by its frequency alone, because"), "\(result.errors)")
        #expect(result.errors.contains("1 template could not be read by the model; the others are complete"))
        let odd = try #require(lines.first { $0.contains("worda wordb") })
        #expect(try JSON.parse(String(odd))["securebert_logs"]?["surprise"]?.doubleValue == 0)
    }
}
