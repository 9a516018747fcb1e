import SecureBERTJSON
import TestSupport
import Testing

/// `securebert scan` with the model in the repository.
@Suite struct ScanTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private static let risky = """
        /* Reads a record. */
        int read_record(struct stream *s, char *out, int length)
        {
            char buffer[64];
            int count = s->header.count;
            memcpy(buffer, s->data, count * length);
            strcpy(out, buffer);
            return sprintf(out, s->format, buffer);
        }
        """
    private static let calm = """
        int add(int a, int b)
        {
            return a + b;
        }
        """

    private func scan(_ arguments: String) throws -> CommandLineRunner.Result {
        try runner.shell(#"cd "$DIR" && securebert scan --cache "$DIR/cache" \#(arguments)"#)
    }

    private func json(_ arguments: String) throws -> JSON {
        let result = try scan("--json --threshold 0 \(arguments)")
        #expect(result.status == 0, "\(result.errors)")
        return try JSON.parse(result.output)
    }

    private func makeTree() throws {
        _ = try runner.shell(#"mkdir -p "$DIR/src""#)
        try runner.write("src/a.c", Self.risky + "\n\n" + Self.calm + "\n")
        try runner.write("src/b.py", "def run(cmd):\n    os.system(cmd)\n")
    }

    @Test func scoresFunctionsAndRemembersThem() throws {
        try makeTree()
        let first = try json("src")
        let findings = first["findings"]?.arrayValue ?? []
        #expect(findings.count == 3 && first["summary"]?["scored"]?.integerValue == 3)
        #expect(
            findings.first?["name"]?.stringValue == "read_record" && findings.first?["startLine"]?.integerValue == 2)
        let scores = findings.compactMap { $0["score"]?.doubleValue }
        #expect(scores == scores.sorted(by: >) && scores.allSatisfy { (0...1).contains($0) })
        let lines = findings.first?["lines"]?.arrayValue ?? []
        #expect(!lines.isEmpty && lines.allSatisfy { (2...9).contains($0["line"]?.integerValue ?? 0) })
        let text = Self.risky.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            let number = try #require(line["line"]?.integerValue)
            #expect(text[number - 1].drop { $0 == " " } == line["text"]?.stringValue ?? "?")
        }
        #expect(
            first["notifications"]?.arrayValue?.contains { $0["code"]?.stringValue == "unmeasured-language" } == true)

        // The second time nothing is scored, and nothing else differs.
        let second = try json("src")
        #expect(second["summary"]?["scored"]?.integerValue == 0 && second["summary"]?["cached"]?.integerValue == 3)
        #expect(second["findings"]?.text == first["findings"]?.text)
        // A damaged line is computed again; so is what has changed.
        _ = try runner.shell(#"cd "$DIR/cache" && sed -i '1s/score/scare/; $s/$/x/' *.jsonl && echo junk >> *.jsonl"#)
        let third = try json("src")
        #expect(third["summary"]?["scored"]?.integerValue == 2 && third["findings"]?.text == first["findings"]?.text)
        try runner.write("src/a.c", "\n\n" + Self.risky + "\n" + Self.calm.replacing("a + b", with: "a - b"))
        let fourth = try json("src")
        #expect(fourth["summary"]?["scored"]?.integerValue == 1)
        let moved = fourth["findings"]?.arrayValue?.first
        #expect(moved?["startLine"]?.integerValue == 4)
        #expect(moved?["fingerprint"]?.stringValue == findings.first?["fingerprint"]?.stringValue)
    }

    /// Many functions, of which a scan takes some seconds.
    private func makeManyFunctions(_ count: Int) throws {
        let functions = (0..<count).map { number in
            """
            static int handle_\(number)(struct buffer *in, char *out, int size)
            {
                int length = in->header.count + \(number);
                for (int i = 0; i < length; i++) out[i] = in->data[i] ^ \(number % 250);
                return length < size ? \(number) : -1;
            }
            """
        }
        try runner.write("many.c", functions.joined(separator: "\n\n"))
    }

    /// Starts a scan, sends it a signal when the cache has appeared, and scans again.
    private func scanTwice(signal: String) throws -> (first: CommandLineRunner.Result, second: JSON) {
        let first = try runner.shell(
            #"""
            cd "$DIR"
            "$SECUREBERT" scan --cache cache --threshold 1 many.c > first.txt &
            for n in $(seq 1200); do ls cache/*.jsonl > /dev/null 2>&1 && break; kill -0 $! || break; sleep 0.05; done
            kill -\#(signal) $!
            wait $!
            code=$?
            wc -l < cache/*.jsonl
            exit $code
            """#)
        let second = try runner.shell(#"cd "$DIR" && securebert scan --cache cache --threshold 1 --json many.c"#)
        #expect(second.status == 0, "\(second.errors)")
        return (first, try JSON.parse(second.output))
    }

    /// Whatever was scored up to a few seconds before is not scored again, even when the program had no time for a word.
    @Test func aScanThatIsKilledGoesOnWhereItWas() throws {
        try makeManyFunctions(2500)
        let (first, second) = try scanTwice(signal: "KILL")
        #expect(first.status == 137, "\(first.status) \(first.output) \(first.errors)")
        let (cached, scored) = (second["summary"]?["cached"]?.integerValue, second["summary"]?["scored"]?.integerValue)
        let kept = try #require(Int(first.output.filter(\.isNumber)))
        #expect(kept > 0 && cached == kept && scored == 2500 - kept, "\(kept) kept, \(cached ?? 0), \(scored ?? 0)")
    }

    @Test func aScanThatIsStoppedKeepsEveryScore() throws {
        try makeManyFunctions(2500)
        let (first, second) = try scanTwice(signal: "TERM")
        #expect(first.status == 143, "\(first.status) \(first.errors)")
        let words = first.errors.split(whereSeparator: \.isWhitespace)
        let place = try #require(words.firstIndex(of: "remembered"), "\(first.errors)")
        let remembered = try #require(Int(words[place - 3].filter(\.isNumber)))
        #expect(remembered > 0 && remembered < 2500 && Int(first.output.filter(\.isNumber)) == remembered)
        #expect(second["summary"]?["cached"]?.integerValue == remembered)
        #expect(second["summary"]?["scored"]?.integerValue == 2500 - remembered)
        #expect(try runner.shell(#"cat "$DIR/first.txt""#).output.isEmpty, "a scan that was stopped reports nothing")
    }

    @Test func writesSarifThatOthersRead() throws {
        try makeTree()
        _ = try runner.shell(
            #"cp "$DIR/src/a.c" "$DIR/src/b c.c"; echo x > "$DIR/src/bin.c"; printf '\0' >> "$DIR/src/bin.c""#)
        let result = try scan("--format sarif --threshold 0 --output out.json --output out.txt src")
        #expect(result.status == 0, "\(result.errors)")
        let log = try JSON.parse(result.output)
        let run = try #require(log["runs"]?.arrayValue?.first)
        #expect(log["version"]?.stringValue == "2.1.0")
        let rules = run["tool"]?["driver"]?["rules"]?.arrayValue ?? []
        let results = run["results"]?.arrayValue ?? []
        #expect(results.count == 5 && rules.count == 1)
        #expect(rules.allSatisfy { ($0["properties"]?["tags"]?.arrayValue?.count ?? 99) <= 20 })
        var prints: Set<String> = []
        for result in results {
            #expect(result["ruleId"]?.stringValue == rules[result["ruleIndex"]?.integerValue ?? 9]["id"]?.stringValue)
            let location = result["locations"]?.arrayValue?.first?["physicalLocation"]
            let uri = location?["artifactLocation"]?["uri"]?.stringValue ?? ""
            #expect(["src/a.c", "src/b%20c.c", "src/b.py"].contains(uri))
            #expect(location?["region"]?["startLine"]?.integerValue ?? 0 >= 1)
            #expect((result["relatedLocations"]?.arrayValue?.count ?? 0) <= 1000)
            prints.insert(result["partialFingerprints"]?["primaryLocationLineHash"]?.stringValue ?? "")
            let text = result["message"]?["text"]?.stringValue ?? ""
            #expect(text.contains("Triage, not proof"))
            #expect(text.contains("gradient x input") == (result["relatedLocations"] != nil))
        }
        #expect(prints.count == 5, "equal functions in two files have one fingerprint each")
        let notes = run["invocations"]?.arrayValue?.first?["toolExecutionNotifications"]?.arrayValue ?? []
        #expect(
            notes.contains { $0["descriptor"]?["id"]?.stringValue == "binary" && $0["level"]?.stringValue == "warning" }
        )
        #expect(try JSON.parse(runner.read("out.json"))["findings"]?.arrayValue?.count == 5)
        #expect(try runner.read("out.txt").contains("read_record"))
    }

    @Test func baselineAndSuppressionDecideWhatCounts() throws {
        try makeTree()
        #expect(try scan("--fail-on 0 src").status == 1)
        #expect(try scan("--fail-on 1 src").status == 0)
        #expect(try scan("--threshold 0 --format sarif src > base.sarif; cat base.sarif > /dev/null").status == 0)
        #expect(try scan("--threshold 0 --json src > base.json").status == 0)
        for baseline in ["base.sarif", "base.json"] {
            let same = try scan("--threshold 0 --fail-on 0 --baseline \(baseline) src")
            #expect(same.status == 0 && same.output.contains("3 findings of the baseline not shown"), "\(same.errors)")
        }
        try runner.write("src/a.c", "\n" + Self.risky.replacing("64", with: "32") + "\n" + Self.calm)
        let changed = try scan("--threshold 0 --fail-on 0 --format sarif --baseline base.sarif src")
        #expect(changed.status == 1 && changed.errors.contains("1 new finding"), "\(changed.errors)")
        let states = try JSON.parse(changed.output)["runs"]?.arrayValue?.first?["results"]?.arrayValue?
            .compactMap { $0["baselineState"]?.stringValue }.sorted()
        #expect(states == ["new", "unchanged", "unchanged"])

        try runner.write("src/a.c", "// securebert:ignore: checked by hand\n" + Self.calm + "\n")
        try runner.write("src/b.py", "# securebert:ignore\n@decorator\ndef run(cmd):  \n    os.system(cmd)\n")
        let silenced = try scan("--threshold 0 --fail-on 0 --format sarif src")
        #expect(silenced.status == 0, "\(silenced.errors)")
        #expect(silenced.output.contains(#""kind": "inSource""#) && silenced.output.contains("checked by hand"))
        #expect(try scan("--threshold 0 --fail-on 0 --no-suppress src").status == 1)
    }

    @Test func baselinesOfOtherToolsAreRefused() throws {
        try makeTree()
        for content in [
            #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Other"}},"results":[]}]}"#, "[]", "", "{\"a\":",
            "\u{0}",
        ] {
            try runner.write("other.sarif", content)
            let result = try scan("--baseline other.sarif src")
            #expect(result.status == 3 && result.output.isEmpty, "\(content) \(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
        // Unknown members are no reason to refuse.
        try runner.write("ours.json", #"{"tool":{"name":"securebert scan","new":1},"findings":[{"odd":1}],"more":[]}"#)
        #expect(try scan("--baseline ours.json src").status == 0)
        #expect(try scan("--baseline missing.json src").status == 4)
    }

    @Test func oddFilesAreNamedAndTheOthersScanned() throws {
        try makeTree()
        try runner.write("src/binary.c", [0x7F, 0x45, 0, 1])
        try runner.write(
            "src/latin.c", Array("/* caf".utf8) + [0xE9] + Array(" */\nint latin(int a) { return a; }\n".utf8))
        try runner.write("src/empty.c", "")
        try runner.write("src/minified.js", "function f(){" + String(repeating: "a();", count: 300_000) + "}")
        try runner.write(
            "src/broken.c", "int one(int a) {\n  if (a) {\n  return 1;\n}\n\nint two(void) {\n  return 2;\n}\n((((")
        _ = try runner.shell(
            #"""
            cd "$DIR/src" && ln -s . loop && ln -s ../src again && mkfifo pipe.c && touch locked.c && chmod 0 locked.c
            deep=deep; for i in $(seq 60); do deep=$deep/d; done; mkdir -p $deep && cp a.c $deep/x.c; rm $deep/x.c
            echo 'int deep(void) { return 1; }' > $deep/deep.c; truncate -s 17M huge.c; mkdir .git && cp a.c .git/a.c
            """#)
        let report = try json("src")
        let names = Set((report["findings"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        #expect(names == ["read_record", "add", "run", "latin", "one", "two", "deep"])
        #expect(report["summary"]?["functions"]?.integerValue == 7)
        let codes = Set((report["notifications"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue })
        #expect(codes.isSuperset(of: ["binary", "encoding", "long-line", "too-long", "unmeasured-language"]))
        // What is named and cannot be scanned shows in the exit code, with one sentence each.
        let named = try scan("--threshold 0 src/binary.c src/a.c")
        #expect(named.status == 3 && named.output.contains("read_record"))
        #expect(named.errors.contains("src/binary.c: is binary"))
        #expect(try scan("src/a.c missing.c").status == 4)
        #expect(try scan("missing.c").status == 4)
        #expect(try scan("src/pipe.c").status == 3)
        #expect(try scan("/dev/null").status == 3)
    }

    @Test func ignoreFilesLeaveOut() throws {
        try makeTree()
        _ = try runner.shell(
            #"mkdir -p "$DIR/src/build" "$DIR/src/keep" && cp "$DIR/src/a.c" "$DIR/src/build/g.c" && cp "$DIR/src/a.c" "$DIR/src/keep/k.c""#
        )
        try runner.write("src/.gitignore", "build/\n*.py\n")
        try runner.write("src/.securebertignore", "keep/*.c\n!*.py\n")
        func files(_ arguments: String) throws -> Set<String> {
            let result = try scan("--list --json \(arguments)")
            let all = try JSON.parse(result.output).arrayValue ?? []
            return Set(all.compactMap { $0["path"]?.stringValue })
        }
        #expect(try files("src") == ["src/a.c", "src/b.py"])
        #expect(try files("--no-ignore src") == ["src/a.c", "src/b.py", "src/build/g.c", "src/keep/k.c"])
        #expect(try files("src/build/g.c --root src") == ["build/g.c"])
    }

    @Test func outputThatCannotBeWrittenAndPipesThatClose() throws {
        try makeTree()
        #expect(try scan("--output /proc/nowhere/x.sarif src").status >= 3)
        #expect(try scan("--output /dev/full src").status == 3)
        let closed = try runner.shell(
            #"cd "$DIR" && securebert scan --threshold 0 --no-cache --output kept.json src | true; echo ${PIPESTATUS[0]}"#
        )
        #expect(closed.output == "0\n", "\(closed.errors)")
        #expect(try runner.read("kept.json").contains("read_record"))
        let full = try scan("src > /dev/full")
        #expect(full.status == 3)
        // A cache that cannot be used costs time, not results.
        let noHome = try runner.shell(#"cd "$DIR" && XDG_CACHE_HOME=/proc/x securebert scan --threshold 0 src"#)
        #expect(noHome.status == 0 && noHome.output.contains("read_record"), "\(noHome.errors)")
    }

    @Test(arguments: [
        "scan", "scan --format odd x.c", "scan --threshold 2 x.c", "scan --fail-on -1 x.c", "scan --top 0 x.c",
        "scan -",
        "scan --cache a --no-cache x.c",
    ])
    func badRequestsAreRefused(command: String) throws {
        let result = try runner.shell("securebert \(command)")
        #expect(result.status == 2, "\(result.errors)")
    }
}

extension CommandLineRunner {
    func read(_ name: String) throws -> String { try Self.read("\(folder)/\(name)") }
}
