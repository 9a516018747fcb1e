import SecureBERTJSON
import TestSupport
import Testing

/// `securebert logs` with the model in the repository, on log lines written for it.
@Suite struct LogsTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private static let clean =
        (0..<150).flatMap { number in
            [
                "Nov 22 10:00:\(10 + number % 50) web sshd[\(1000 + number)]: Accepted publickey for deploy from 10.0.0.\(number % 9) port \(4000 + number)",
                "Nov 22 10:00:\(10 + number % 50) web nginx[7]: request /a/\(number) served in \(number * 3 % 90) ms",
            ]
        }.joined(separator: "\n") + "\nNov 22 10:59:00 web cron[9]: job started\n"
    private static let fault = "Nov 22 11:00:00 web kernel: EXT4-fs error (device sda1): journal failure, aborting"

    /// Fits a profile into `$DIR/profile.json`.
    private func fit(_ arguments: String = "") throws {
        try runner.write("clean.log", Self.clean)
        let result = try runner.shell(
            #"securebert logs fit \#(arguments) --output "$DIR/profile.json" "$DIR/clean.log""#)
        #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
    }

    @Test func anomaliesOfAFileAreFoundByAProfile() throws {
        try fit()
        let lines = Self.clean.split(separator: "\n").prefix(80) + [Self.fault[...]]
        try runner.write("new.log", lines.joined(separator: "\n"))
        let result = try runner.shell(#"securebert logs --profile "$DIR/profile.json" --json "$DIR/new.log""#)
        let json = try JSON.parse(result.output)
        let found = json["anomalies"]?.arrayValue ?? []
        #expect(result.status == 0 && found.count == 1, "\(result.output) \(result.errors)")
        #expect(found.first?["line"]?.integerValue == 81 && found.first?["text"]?.stringValue == Self.fault)
        #expect(found.first?["frequency"]?.doubleValue == 0 && found.first?["anomaly"]?.boolValue == true)
        #expect((found.first?["surprise"]?.doubleValue ?? 0) > 1)
        #expect(json["lines"]?.integerValue == 81 && json["anomalous_lines"]?.integerValue == 1)
        #expect(json["templates"]?.integerValue == 3 && json["new_templates"]?.integerValue == 1)
        #expect(json["window_count"]?.integerValue == 4 && json["windows"]?.arrayValue?.isEmpty == true)
        let text = try runner.shell(#"securebert logs score -p "$DIR/profile.json" "$DIR/new.log""#).output
        #expect(text.contains("new.log:81  score") && text.contains("EXT4-fs error") && !text.contains("publickey"))
        let all = try runner.shell(
            #"securebert logs -p "$DIR/profile.json" --all "$DIR/new.log" | grep -c ':[0-9]*  score'"#)
        #expect(all.output == "81\n")
    }

    @Test func recordsAreScoredInTheirOrderAndPassThroughOtherwise() throws {
        try fit()
        let lines = [
            #"{"n": 1.0, "log":{"message":"request /a/7 served in 3 ms"} }"#, "", "oops", "[1]", "{}",
            #"{"log":{"message":"x"},"securebert_logs":1}"#, #"{"log.message":"panic: out of memory"}  "#,
            #"{"log":"\u0000"#,
            #"{"log":{"message":7},"unknown":[{}]}"#, #"{"log":{"message":"request /a/8 served in 4 ms"}}"#,
        ]
        try runner.write("in.ndjson", lines.joined(separator: "\n") + "\n")
        let result = try runner.shell(
            #"securebert logs --profile "$DIR/profile.json" --jsonl --field log.message < "$DIR/in.ndjson""#)
        #expect(result.status == 0, "\(result.errors)")
        let output = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(output.count == lines.count + 1)
        for (index, line) in lines.enumerated() where ![0, 6, 9].contains(index) { #expect(output[index] == line) }
        #expect(
            output[0].hasPrefix(
                #"{"n": 1.0, "log":{"message":"request /a/7 served in 3 ms"} ,"securebert_logs":{"template_id":"#))
        let (first, odd) = (try JSON.parse(output[0]), try JSON.parse(output[6]))
        #expect(first["securebert_logs"]?["template"]?.stringValue != odd["securebert_logs"]?["template"]?.stringValue)
        #expect(odd["securebert_logs"]?["anomaly"]?.boolValue == true)
        for line in [3, 4, 6, 8] { #expect(result.errors.contains("line \(line):"), "\(result.errors)") }
        let none = try runner.shell(#"echo '{}' | securebert logs --no-model --jsonl --key k --field no.where"#)
        #expect(none.output == "{}\n" && none.errors.contains("no object has the field"), "\(none.errors)")
    }

    /// Whoever sends one line and waits gets it back before sending the next.
    @Test func linesDoNotWaitForEachOther() throws {
        try fit("--no-model")
        let result = try runner.shell(
            #"""
            mkfifo "$DIR/to" "$DIR/from"
            securebert logs --profile "$DIR/profile.json" --jsonl < "$DIR/to" > "$DIR/from" &
            exec 3> "$DIR/to" 4< "$DIR/from"
            for n in 1 2; do
                echo "{\"message\":\"event $n\"}" >&3
                read -r -t 60 line <&4 && echo "${line%%,*}"
            done
            exec 3>&-
            wait
            """#)
        #expect(result.output == "{\"message\":\"event 1\"\n{\"message\":\"event 2\"\n", "\(result.errors)")
    }

    @Test func withoutProfileTheFirstLinesAreTheReference() throws {
        try runner.write("all.log", Self.clean + Self.fault + "\n")
        let result = try runner.shell(#"securebert logs --warm-up 301 --json "$DIR/all.log""#)
        #expect(
            try JSON.parse(result.output)["anomalies"]?.arrayValue?.last?["line"]?.integerValue == 302,
            "\(result.errors)")
        // A file shorter than the warm-up is its own reference: what it has once stands out.
        let alone = try JSON.parse(try runner.shell(#"securebert logs --json < "$DIR/all.log""#).output)
        #expect(alone["lines"]?.integerValue == 302 && (0...3).contains(alone["anomalous_lines"]?.integerValue ?? -1))
        let lines = try runner.shell(#"securebert logs --no-model --jsonl "$DIR/all.log""#).output.split(
            separator: "\n")
        #expect(lines.count == 302)
        #expect(try JSON.parse(String(lines[301]))["text"]?.stringValue == Self.fault)
        let empty = try runner.shell("securebert logs --json < /dev/null")
        #expect(try empty.status == 0 && JSON.parse(empty.output)["lines"]?.integerValue == 0)
    }

    @Test func aPageShowsTheCourseOfTheScores() throws {
        try fit("--no-model")
        try runner.write("new.log", String(repeating: Self.clean, count: 5) + "boom <script>\n")
        let result = try runner.shell(
            #"securebert logs -p "$DIR/profile.json" --html "$DIR/p.html" "$DIR/new.log" > /dev/null && cat "$DIR/p.html""#
        )
        #expect(
            result.output.contains("Largest score of 4 lines") && result.output.contains("<polyline"),
            "\(result.errors)")
        #expect(result.output.contains("boom &lt;script&gt;") && !result.output.contains("<script>"))
        #expect(
            try runner.shell(#"securebert logs -p "$DIR/profile.json" --html /no/p.html "$DIR/new.log""#).status == 4)
    }

    /// Windows of so many seconds, by times at the start of lines or in a field; lines without time and late ones stay where they came.
    @Test func windowsCanBeOfTime() throws {
        let clean = (0..<120).map {
            "2026-11-22T10:\($0 / 60 + 10):\($0 % 60 + 10 > 59 ? 59 : $0 % 60 + 10)Z request \($0) served"
        }
        try runner.write("clean.log", clean.joined(separator: "\n") + "\n")
        let new = [
            "2026-11-22T11:00:00Z request 1 served", "2026-11-22T11:00:05Z disk failed badly", "no time, request",
            "2026-11-22T11:00:01Z request 2 served", "2026-11-22T11:00:40Z request 3 served",
            "2026-11-22T11:01:20Z request 4 served",
        ]
        try runner.write("new.log", new.joined(separator: "\n") + "\n")
        let records = new.enumerated().map { index, line in
            let parts = line.split(separator: " ", maxSplits: 1)
            let time = [
                "\"\(parts[0])\"", "1795345205", "null", "\"2026-11-22 11:00:01\"", "1795345240000", "\"\(parts[0])\"",
            ]
            return "{\"at\":{\"t\":\(time[index])},\"message\":\"\(index == 2 ? line : String(parts[1]))\"}"
        }
        try runner.write("new.ndjson", records.joined(separator: "\n") + "\n")
        let result = try runner.shell(
            #"""
            cd "$DIR"
            securebert logs fit --no-model --window-time 30s --false-alarms 0 --output p.json clean.log || exit 1
            securebert logs --profile p.json --json new.log || exit 1
            """#)
        #expect(result.status == 0 && result.errors.contains("windows of 30 seconds"), "\(result.errors)")
        let json = try JSON.parse(result.output)
        #expect(json["window_seconds"]?.integerValue == 30 && json["window_count"]?.integerValue == 3)
        let windows = json["windows"]?.arrayValue ?? []
        #expect(windows.count == 1 && json["anomalous_windows"]?.integerValue == 1, "\(result.output)")
        #expect(windows.first?["first_line"]?.integerValue == 1 && windows.first?["last_line"]?.integerValue == 4)
        let lines = try runner.shell(
            #"cd "$DIR" && securebert logs --profile p.json --jsonl --time-field at.t < new.ndjson"#)
        let anomalous = try lines.output.split(separator: "\n").map {
            try JSON.parse(String($0))["securebert_logs"]?["window"]?["anomaly"]?.boolValue
        }
        #expect(anomalous == [false, true, true, true, false, false], "\(lines.output) \(lines.errors)")
    }

    @Test func templatesAreListed() throws {
        try runner.write("clean.log", Self.clean)
        let result = try runner.shell(#"SECUREBERT_MODELS=/none securebert logs templates --jsonl "$DIR/clean.log""#)
        let rows = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(
            rows.map { $0["template"]?.stringValue } == [
                "Accepted publickey for deploy from <*> port <*>",
                "request <*> served in <*> ms",
                "job started",
            ], "\(result.output)")
        #expect(rows.map { $0["count"]?.integerValue } == [150, 150, 1])
        let ids = try runner.shell(#"securebert logs templates --assign "$DIR/clean.log" | tail -n 2"#)
        #expect(ids.output == "300\t2\n301\t3\n")
    }

    @Test func bytesOfAnyKindAreLines() throws {
        try fit("--no-model")
        let result = try runner.shell(
            #"""
            printf 'caf\351 \000\001\377 up\r\n\n' > "$DIR/odd.log"
            head -c 3000000 /dev/zero | tr '\0' 'a' >> "$DIR/odd.log"
            printf '\nlast line' >> "$DIR/odd.log"
            head -c 200000 /dev/urandom > "$DIR/random.log"
            securebert logs --profile "$DIR/profile.json" --input-format text --jsonl "$DIR/odd.log" > "$DIR/out" || exit 1
            wc -l < "$DIR/out"
            tail -n 1 "$DIR/out" | grep -c '"text":"last line"'
            securebert logs --no-model --input-format text "$DIR/random.log" > /dev/null || exit 1
            securebert logs fit --no-model --output "$DIR/p2.json" "$DIR/random.log" "$DIR/odd.log" || exit 1
            echo '{"message":"'$(head -c 3000000 /dev/zero | tr '\0' 'b')'"}' | securebert logs -p "$DIR/profile.json" --jsonl | wc -c
            """#)
        let output = result.output.split(separator: "\n").map { $0.trimmed }
        #expect(result.status == 0 && output.count == 3, "\(result.output) \(result.errors)")
        #expect(output.prefix(2) == ["4", "1"] && (Int(output.last ?? "") ?? 0) > 3_000_000)
    }

    /// Neither one huge line nor thousands of templates behind it take more than their own memory.
    @Test func memoryIsBoundedWhateverTheInputIs() throws {
        let result = try runner.shell(
            #"""
            {
                head -c 4000000 /dev/zero | tr '\0' '='; echo
                yes 'a ' | head -c 4000000 | tr -d '\n'; echo
                for a in {a..z}; do for b in {a..z}; do for c in {a..e}; do echo "$a$b$c x$b$c y$c$a z$a$b$c"; done; done; done
            } > "$DIR/odd.log"
            ulimit -v 1000000
            securebert logs templates --maximum-templates 2000 --jsonl "$DIR/odd.log" | wc -l || exit 1
            securebert logs --no-model --jsonl "$DIR/odd.log" | wc -l
            """#)
        let counts = result.output.split(separator: "\n").compactMap { Int($0.trimmed) }
        #expect(
            counts.count == 2 && (100...2000).contains(counts[0]) && counts[1] == 3382,
            "\(result.output) \(result.errors)")
    }

    @Test func aFileThatCannotBeReadDoesNotEndTheOthers() throws {
        try fit("--no-model")
        try runner.write("b.log", Self.fault + "\n")
        let result = try runner.shell(
            #"securebert logs -p "$DIR/profile.json" "$DIR/none.log" "$DIR" "$DIR/b.log""#)
        #expect(result.status == 3 && result.output.contains("b.log:1"), "\(result.output)")
        #expect(result.errors.contains("none.log: there is no such file") && result.errors.contains("is a directory"))
        #expect(result.errors.contains("2 files could not be read; the others are complete"))
    }

    @Test func whoeverStopsReadingEndsTheRun() throws {
        try fit("--no-model")
        let result = try runner.shell(
            #"""
            yes 'Nov 22 11:00:00 web kernel: panic' | securebert logs -p "$DIR/profile.json" --jsonl | head -n 2 | wc -l
            echo "${PIPESTATUS[1]}"
            """#)
        #expect(result.output.split(separator: "\n").map { $0.trimmed } == ["2", "0"], "\(result.errors)")
    }

    @Test func whatCannotBeWrittenIsRefusedBeforeTheWork() throws {
        try runner.write("clean.log", Self.clean)
        let result = try runner.shell(
            #"""
            securebert logs fit --no-model --output "$DIR/none/p.json" "$DIR/clean.log"; echo $?
            securebert logs fit --no-model --output "$DIR" "$DIR/clean.log"; echo $?
            securebert logs fit --no-model --output /proc/p.json "$DIR/clean.log"; echo $?
            securebert logs --no-model --jsonl "$DIR/clean.log" > /dev/full; echo $?
            ls "$DIR" | grep -c partial
            """#)
        #expect(result.output == "4\n3\n3\n3\n0\n", "\(result.output) \(result.errors)")
    }

    @Test(arguments: [
        ("logs --profile /no/such.json", 4), ("logs --profile /dev/null", 3), ("logs --key ''", 2),
        ("logs --window 0", 2), ("logs --window-time 5", 2), ("logs --window-time 0m", 2),
        ("logs --window-time 31d", 2),
        ("logs --window-time 5m --window 3", 2), ("logs --profile x --window-time 5m", 2),
        ("evaluate logs --data x --window-time 5m", 2),
        ("logs --false-alarms 1", 2), ("logs --warm-up 0", 2), ("logs --header-fields -1", 2),
        ("logs --json --jsonl", 2),
        ("logs --input-format document", 2), ("logs --profile x --window 5", 2), ("logs /no/such.log", 4),
        ("logs fit", 2), ("logs fit --output /tmp/never.json", 3), ("logs templates --similarity 2", 2),
        ("logs templates --maximum-templates 0", 2), ("logs --model /no/such", 4), ("evaluate logs --data /no/such", 4),
        ("evaluate logs --data - --fit-part 1", 2),
    ])
    func badRequestsAreRefused(command: String, status: Int) throws {
        let result = try runner.shell("securebert \(command) < /dev/null")
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(!result.errors.isEmpty && result.errors.split(separator: "\n").count <= 2)
    }

    @Test func labelledLinesAreMeasured() throws {
        let lines = (0..<200).map { number in
            number % 40 == 39
                ? #"{"content":"disk \#(number) failed: input/output error","label":1,"level":"ERROR"}"#
                : #"{"content":"request \#(number) served","label":0,"level":"INFO"}"#
        }
        try runner.write("labelled.jsonl", lines.joined(separator: "\n"))
        let result = try runner.shell(#"securebert evaluate logs --json --window 5 --data "$DIR/labelled.jsonl""#)
        let section = try JSON.parse(result.output)["sections"]?.arrayValue?.first
        #expect(section?["figures"]?["lines, securebert logs: recall"]?["value"]?.doubleValue == 1, "\(result.errors)")
        #expect(section?["figures"]?["lines, securebert logs: PR-AUC"]?["value"]?.doubleValue == 1)
        #expect(section?["tables"]?.arrayValue?.count == 2)
        let noAlarms = lines.filter { !$0.contains("\"label\":1") }.joined(separator: "\n")
        try runner.write("normal.jsonl", noAlarms)
        #expect(try runner.shell(#"securebert evaluate logs --split valid --data "$DIR/normal.jsonl""#).status == 0)
        try runner.write("odd.jsonl", #"{"content":"x","label":"maybe"}"#)
        #expect(try runner.shell(#"securebert evaluate logs --data "$DIR/odd.jsonl""#).status == 3)
    }
}

extension Substring {
    fileprivate var trimmed: String { String(filter { $0 != " " }) }
}
