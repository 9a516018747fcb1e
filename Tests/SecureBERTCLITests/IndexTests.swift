import SecureBERTJSON
import TestSupport
import Testing

/// `securebert index` and `securebert search` with an index, as their users run them.
@Suite struct IndexTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private func run(_ script: String, model: String = "st-mean-normalize") throws -> CommandLineRunner.Result {
        try runner.shell(
            script,
            environment: ["SECUREBERT_MODEL": Fixtures.model(model), "SECUREBERT_INDEX": runner.folder + "/index"])
    }

    private func objects(_ text: String) throws -> [JSON] {
        try text.split(separator: "\n").map { try JSON.parse(String($0)) }
    }

    private func writeReports() throws {
        _ = try runner.shell(#"mkdir "$DIR/r""#)
        try runner.write("r/a.txt", "The loader downloads a payload.\n\nIt uses CVE-2024-3400.\n")
        try runner.write("r/b.md", "# A heading\n\nThe attacker sends a mail.\n")
        try runner.write("r/c.html", "<html><body><p>Ransomware encrypts the files of the server.</p></body></html>")
        try runner.write("r/d.bin", "not taken\n")
    }

    @Test func buildSearchesAndForgetsWhatIsGone() throws {
        try writeReports()
        let result = try run(
            """
            cd "$DIR"
            securebert index build r --json && securebert index build r --json
            echo 'The attacker makes a call.' >> r/b.md; rm r/a.txt
            securebert index build r --json && securebert search CVE-2024-3400 --mode bm25 --jsonl
            securebert search 'attacker call' --top-k 1 --jsonl && securebert index check
            """)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        let reports = try lines.prefix(3).map { try JSON.parse(String($0)) }
        #expect(reports.map { $0["indexed"]?.integerValue } == [3, 0, 1])
        #expect(reports.map { $0["unchanged"]?.integerValue } == [0, 3, 1])
        #expect(reports.map { $0["removed"]?.integerValue } == [0, 0, 1])
        let found = try JSON.parse(String(lines[3]))
        #expect(found["file"]?.stringValue?.hasSuffix("/r/b.md") == true)
        #expect(found["title"]?.stringValue == "A heading")
        #expect(lines.last == "2 documents, 2 passages: sound")
    }

    @Test func addRemovesNothingAndReadsRecords() throws {
        try writeReports()
        try runner.write("n.jsonl", #"{"id":"n1","text":"Qakbot is back.","tlp":"red","date":"2024-05-01"}"# + "\n")
        let result = try run(
            """
            cd "$DIR"
            securebert index build -q r || exit 1
            rm r/a.txt
            securebert index add --acknowledge n.jsonl r
            echo '{"_id":7,"title":"Seven","text":"From the pipe."}' | securebert index add --acknowledge
            securebert search 'payload CVE-2024-3400' --mode bm25 --jsonl | head -n 1
            securebert search qakbot --where tlp=red --since 2024 --jsonl
            securebert search qakbot --where tlp=green --jsonl
            securebert search pipe --mode bm25 --json
            """)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.prefix(2) == [#"{"id":"n1"}"#, #"{"id":"7"}"#])
        let found = try lines.dropFirst(2).map { try JSON.parse(String($0)) }
        #expect(found.count == 3)
        #expect(found[0]["file"]?.stringValue?.hasSuffix("/r/a.txt") == true)
        #expect(found[1]["metadata"]?["tlp"]?.stringValue == "red")
        let results = try #require(found[2]["results"]?.arrayValue)
        #expect(results.map { $0["title"]?.stringValue } == ["Seven"])
    }

    @Test func removeTakesIdsAndPaths() throws {
        try writeReports()
        let result = try run(
            """
            cd "$DIR"
            securebert index build -q r
            echo '{"id":"n1","text":"Qakbot"}' | securebert index add -q
            securebert index remove -q n1 r/b.md; echo $?
            rm r/a.txt; securebert index remove -q r/a.txt; echo $?
            securebert index remove -q n1; echo $?
            securebert index info --json
            """)
        let lines = result.output.split(separator: "\n")
        #expect(lines.prefix(3) == ["0", "0", "4"], "\(result.errors)")
        let info = try JSON.parse(String(lines[3]))
        #expect(info["documents"]?.integerValue == 1)
        #expect(info["model"]?.stringValue == "st-mean-normalize")
        #expect(info["kinds"]?["html"]?.integerValue == 1)
    }

    @Test func aBrokenLineIsNamedAndTheOthersAreIndexed() throws {
        let texts = [
            #"{"id":"a","text":"one"}"#, "broken", "[1]", #"{"id":"b"}"#, #"{"id":"a","text":"again"}"#,
            #"{"id":{},"text":"x"}"#, #"{"id":"c","text":5}"#, "", #"{"id":"d","text":"two"}"#,
        ]
        try runner.write(
            "n.jsonl", texts.joined(separator: "\n").utf8 + Array("\n{\"text\":\"\u{FF}\"}\n".utf8) + [0xFF, 0x0A])
        let result = try run(#"securebert index build "$DIR/n.jsonl" --acknowledge; echo $?; securebert index check"#)
        #expect(result.output.hasPrefix("{\"id\":\"a\"}\n{\"id\":\"d\"}\n"), "\(result.output)")
        #expect(result.output.contains("\n3\n"))
        for line in [2, 3, 4, 5, 6, 7, 11] {
            #expect(result.errors.contains("n.jsonl, line \(line): "), "\(line): \(result.errors)")
        }
        #expect(result.errors.contains("7 lines, files or folders could not be read"))
    }

    @Test func aCorpusOfBEIRIsItsDocuments() throws {
        _ = try runner.shell(#"mkdir "$DIR/s""#)
        try runner.write(
            "s/corpus.jsonl", #"{"_id":"1","title":"T","text":"the loader","metadata":{"lang":"en"}}"# + "\n")
        try runner.write("s/queries.jsonl", #"{"_id":"q","text":"what loads"}"# + "\n")
        let result = try run(
            #"securebert index build "$DIR/s" --json && securebert search loader --where lang=en --jsonl"#)
        let lines = try objects(result.output)
        #expect(lines.first?["indexed"]?.integerValue == 1, "\(result.errors)")
        #expect(lines.last?["id"]?.stringValue == "1")
    }

    @Test(arguments: [
        ("search x --index $DIR/none", 4, "there is no index"),
        ("index info --index $DIR/none", 4, "there is no index"),
        ("index check --index $DIR/none", 4, "there is no index"), ("index build $DIR/none", 4, "no such file"),
        ("index remove x --index $DIR/none", 4, "there is no index"), ("index build", 2, "path"),
        ("search x", 2, "name files to search, or an index"), ("search x $DIR --mode bm25", 2, "exclude each other"),
        ("search x --index $DIR/none --store postgres://h/d", 2, "exclude each other"),
        ("search x --store $DIR", 2, "postgres://"), ("search x --mode words --index $DIR/i", 2, "--mode"),
        ("search x --where tlp --index $DIR/i", 2, "key=value"),
        ("search x --rerank-depth 5 --index $DIR/i", 2, "--rerank"),
        ("search x --rerank --rerank-weight 2 --index $DIR/i", 2, "--rerank-weight must be 0 to 1, found 2"),
        ("search '' --index $DIR/i", 2, "empty"),
        ("search '  ' --index $DIR/i", 2, "empty"), ("search x --index $DIR/a.txt", 4, "is no index"),
        ("search x --index $DIR/full", 4, "is no index"),
        ("search x --vector-weight 2 --index $DIR/i", 2, "--vector-weight must be 0 to 1, found 2"),
        ("search x --fusion best --index $DIR/i", 2, "--fusion"),
        ("search x $DIR --fusion ranks", 2, "exclude each other"),
        ("search x --mode bm25 --vector-weight 0.5 --index $DIR/i", 2, "are for --mode hybrid, found bm25"),
        ("search x --top-k 0 --index $DIR/i", 2, "--top-k must be 1 to 10000, found 0"),
        ("search x --since may --index $DIR/i", 2, "--since"),
        ("index build $DIR/a.txt --index $DIR/i --vectors int8", 2, "was built with --vectors float32"),
        ("index build $DIR/a.txt --index $DIR/i --overlap 3", 2, "was built with --overlap"),
        ("index build $DIR/a.txt --index $DIR/i --wait -1", 2, "--wait"),
        ("index add $DIR/a.txt --index $DIR/full", 2, "other files"),
        (
            "search x --index $DIR/i --model $OTHER", 3,
            "was built with the model \"st-mean-normalize\", which is not \"st-prompts\""
        ),
        ("index add $DIR/a.txt --index $DIR/i --model $OTHER", 3, "was built with the model"),
        ("index add $DIR/d.bin --index $DIR/i", 3, "is binary"),
    ])
    func whatIsWrongIsSaidInOneSentence(arguments: String, status: Int, problem: String) throws {
        try runner.write("a.txt", "The loader.")
        try runner.write("d.bin", [0, 1, 2, 0])
        _ = try runner.shell(#"mkdir "$DIR/full""#)
        try runner.write("full/report.txt", "x")
        let result = try runner.shell(
            """
            securebert index build -q "$DIR/a.txt" --index "$DIR/i" || exit 99
            securebert \(arguments)
            """,
            environment: [
                "SECUREBERT_MODEL": Fixtures.model("st-mean-normalize"), "OTHER": Fixtures.model("st-prompts"),
            ])
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("securebert: "))
    }

    @Test func nothingFoundIsNoError() throws {
        try runner.write("a.txt", "The loader.")
        let result = try run(
            """
            securebert index build -q "$DIR/a.txt"
            securebert search zzzz --mode bm25; echo $?
            securebert search zzzz --mode bm25 --quiet; echo $?
            securebert search zzzz --mode bm25 --jsonl; echo $?
            securebert search zzzz --mode bm25 --json; echo $?
            securebert search loader --since 2999; echo $?
            """)
        let lines = result.output.split(separator: "\n")
        #expect(lines.map { $0.hasPrefix("{") ? "{" : $0 } == ["0", "0", "0", "{", "0", "0"], "\(result.output)")
        #expect(try JSON.parse(String(lines[3]))["results"]?.arrayValue?.isEmpty == true)
        #expect(result.errors.occurrences("nothing was found") == 2, "\(result.errors)")
    }

    @Test func weightsReachTheSearch() throws {
        try runner.write("a.txt", "The loader.")
        try runner.write("b.txt", "The beacon talks to a server.")
        let result = try run(
            """
            securebert index build -q "$DIR/a.txt" "$DIR/b.txt"
            for weight in 0 0.5 1; do
                securebert search loader --fusion ranks --vector-weight $weight --jsonl | head -n 1
            done
            """)
        let scores = try objects(result.output).map { $0["score"]?.doubleValue ?? 0 }
        // Only one has the word; the other ranking has both.
        #expect(abs(scores[0] - 1 / 61) < 1e-9 && abs(scores[2] - 1 / 61) < 1e-9, "\(scores)")
        #expect(scores[1] > 0.5 / 61 && scores[1] <= 1 / 61, "\(scores)")
    }

    @Test(arguments: ["cut", "gone", "empty"]) func lostVectorsAreToldInOneSentence(damage: String) throws {
        try runner.write("a.txt", "The loader.")
        let result = try run(
            """
            securebert index build -q "$DIR/a.txt"
            file="$DIR/index/passages-1.vectors"
            case \(damage) in cut) truncate -s -9 "$file";; gone) rm "$file";; empty) : > "$file";; esac
            securebert search loader --quiet; echo $?
            securebert search loader --mode bm25 --quiet > /dev/null; echo $?
            """)
        #expect(result.output == "3\n0\n", "\(result.errors)")
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 1 && lines.first?.contains("passages-1.vectors") == true, "\(result.errors)")
    }

    @Test func damageIsToldWithStatusThree() throws {
        try runner.write("a.txt", "The loader.")
        let result = try run(
            """
            securebert index build -q "$DIR/a.txt"
            cp -r "$DIR/index" "$DIR/v"; cp -r "$DIR/index" "$DIR/s"
            printf '\\x55' | dd of="$DIR/v/passages-1.vectors" bs=1 seek=$(($(stat -c %s "$DIR/v/passages-1.vectors") - 3)) conv=notrunc 2> /dev/null
            printf 'garbage' | dd of="$DIR/s/index.sqlite" bs=1 conv=notrunc 2> /dev/null
            for index in v s; do
                securebert search loader --index "$DIR/$index" > /dev/null; echo $?
                securebert index check --index "$DIR/$index" > /dev/null; echo $?
            done
            securebert index add "$DIR/a.txt" --index "$DIR/s"; echo $?
            """)
        #expect(result.output == "3\n3\n3\n3\n3\n", "\(result.errors)")
        #expect(result.errors.contains("passages-1.vectors") && result.errors.contains("index.sqlite is damaged"))
    }

    @Test func aSecondWriterIsRefusedOrWaits() throws {
        try runner.write("a.txt", "The loader.")
        let result = try run(
            """
            mkfifo "$DIR/pipe"
            securebert index add -q < "$DIR/pipe" & exec 3> "$DIR/pipe"
            for try in {1..100}; do [ -e "$DIR/index/index.sqlite" ] && break; sleep 0.05; done
            securebert index add -q "$DIR/a.txt"; echo $?
            securebert search loader --mode bm25 --quiet; echo $?
            securebert index add -q --wait 30 "$DIR/a.txt" 3>&- & waiting=$!
            echo '{"id":"n","text":"Qakbot"}' >&3; exec 3>&-
            wait $waiting; echo $?
            wait
            securebert index info --json
            """)
        let lines = result.output.split(separator: "\n")
        #expect(lines.prefix(3) == ["3", "0", "0"], "\(result.errors)")
        #expect(result.errors.contains("is being written by another process ("))
        #expect(try JSON.parse(String(lines[3]))["documents"]?.integerValue == 2)
    }

    @Test func interruptedWorkIsKeptAndContinued() throws {
        let line = #"{"id":"d%","text":"The loader number % downloads a payload from a remote server and runs it."}"#
        try runner.write("n.jsonl", (0..<4000).map { line.replacing("%", with: "\($0)") }.joined(separator: "\n"))
        let result = try run(
            """
            securebert index build -q "$DIR/n.jsonl" --acknowledge --batch 8 > "$DIR/acknowledged" & job=$!
            for try in {1..200}; do [ -s "$DIR/acknowledged" ] && break; sleep 0.02; done
            kill -INT $job; wait $job; echo $?
            securebert index info --json; wc -l < "$DIR/acknowledged"
            securebert index build -q "$DIR/n.jsonl" --json; securebert index check -q
            """)
        let lines = result.output.split(separator: "\n").map(String.init)
        let before = try JSON.parse(lines[1])["documents"]?.integerValue ?? -1
        // A background job of a shell without job control ignores SIGINT, and then has done everything.
        #expect(lines[0] == "130" || before == 4000, "\(result.errors)")
        #expect(Int(lines[2]) == before)
        let report = try JSON.parse(lines[3])
        #expect(report["unchanged"]?.integerValue == before)
        #expect(report["indexed"]?.integerValue == 4000 - before)
        #expect(lines.last == "4,000 documents, 4,000 passages: sound" || lines.last?.contains("sound") == true)
    }
}

/// Disks that cannot be written or are full.
@Suite(.enabled(if: canMount, "only a process that may mount a tmpfs, as root may, can have a disk this small"))
struct IndexDiskTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private func run(_ script: String) throws -> CommandLineRunner.Result {
        try runner.write("script.sh", script)
        return try runner.shell(
            """
            mkdir -p "$DIR/disk"
            DISK="$DIR/disk" unshare -m bash -c 'mount -t tmpfs -o size=1m tmpfs "$DISK" && . "$DIR/script.sh"'
            """, environment: ["SECUREBERT_MODEL": Fixtures.model("st-mean-normalize")])
    }

    @Test func aFullDiskLosesNothingThatWasCommitted() throws {
        let line = #"{"id":"d%","text":"The loader number % downloads a payload from a remote server and runs it."}"#
        try runner.write("n.jsonl", (0..<6000).map { line.replacing("%", with: "\($0)") }.joined(separator: "\n"))
        let result = try run(
            """
            "$SECUREBERT" index build -q "$DIR/n.jsonl" --index "$DISK/i" --acknowledge --batch 50 > "$DIR/acknowledged"; echo $?
            wc -l < "$DIR/acknowledged"
            "$SECUREBERT" index info --index "$DISK/i" --json
            "$SECUREBERT" index check -q --index "$DISK/i" | grep -c sound
            cp -r "$DISK/i" "$DIR/moved"
            "$SECUREBERT" index build -q "$DIR/n.jsonl" --index "$DIR/moved" --json
            """)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "3", "\(result.errors)")
        #expect(result.errors.contains("free some space"))
        let count = try #require(Int(lines[1]))
        #expect(count > 0 && count < 6000)
        #expect(try JSON.parse(lines[2])["documents"]?.integerValue == count)
        #expect(lines[3] == "1")
        #expect(try JSON.parse(lines[4])["indexed"]?.integerValue == 6000 - count)
    }

    @Test func anIndexOnAReadOnlyDiskIsSearchedAndNotWritten() throws {
        try runner.write("a.txt", "The loader.")
        let result = try run(
            """
            "$SECUREBERT" index build -q "$DIR/a.txt" --index "$DISK/i"
            cp -r "$DISK/i" "$DISK/j"; "$SECUREBERT" search loader --index "$DISK/j" > /dev/null
            mount -o remount,ro "$DISK"
            for index in i j; do "$SECUREBERT" search loader --index "$DISK/$index" --jsonl | grep -c loader; done
            "$SECUREBERT" index check -q --index "$DISK/i"
            "$SECUREBERT" index add -q "$DIR/a.txt" --index "$DISK/i"; echo $?
            "$SECUREBERT" index build -q "$DIR/a.txt" --index "$DISK/new"; echo $?
            """)
        #expect(result.output == "1\n1\n1 document, 1 passage: sound\n3\n3\n", "\(result.errors)")
        #expect(result.errors.contains("cannot be written: Read-only file system"))
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func occurrences(_ text: String) -> Int { ranges(of: text).count }
}
