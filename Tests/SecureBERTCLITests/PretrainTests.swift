import SecureBERTJSON
import TestSupport
import Testing

/// `corpus tokenize` and `pretrain` as users run them, killed at random moments and started again.
@Suite struct PretrainTests {
    let runner: CommandLineRunner
    private static let tokenizer = Fixtures.model("modernbert-mlm-new")
    static let arguments =
        "--recipe \"$DIR/recipe.toml\" --data \"$DIR/tokens\" --tokenizer '\(tokenizer)' --threads 1 --quiet"

    init() throws {
        runner = try CommandLineRunner()
        try Self.prepare(runner)
    }

    /// Writes the recipe of a tiny model and the tokens it learns.
    static func prepare(_ runner: CommandLineRunner) throws {
        var lines = ""
        for number in 0..<40 {
            let text = String(repeating: "Loader \(number) deletes shadow copies on host \(number % 7). ", count: 3)
            let json: JSON = [
                "id": .string("d\(number)"), "source": "test", "kind": "text", "license": "MIT", "title": "",
                "text": .string(text),
            ]
            lines += json.text + "\n"
        }
        try runner.write("train.jsonl", lines)
        try runner.write(
            "recipe.toml",
            """
            tokens-per-step = 128
            precision = "f32"
            [model]
            layers = 1
            hidden-size = 8
            heads = 2
            intermediate-size = 8
            maximum-length = 32
            [optimizer]
            learning-rate = 1e-2
            [evaluation]
            every = 50
            [checkpoint]
            every = 7
            [log]
            every = 1
            [[stage]]
            name = "all"
            tokens = 150_000
            length = 32
            """)
        let result = try runner.shell(
            """
            mkdir "$DIR/corpus" && mv "$DIR/train.jsonl" "$DIR/corpus/" &&
            securebert corpus tokenize --corpus "$DIR/corpus" --tokenizer '\(tokenizer)' --output "$DIR/tokens"
            """)
        try #require(result.status == 0, "\(result.errors)")
    }

    /// Twenty times kill -9, then once to the end: the same losses and the same model as without a kill.
    ///
    /// Three times out of four the kill comes after a new checkpoint, within a fortieth of the time that the whole run took, so
    /// that twenty rounds never come to its end, whatever the machine's speed; else at a random moment of the start.
    @Test func killedAtRandomMomentsARunLosesNothing() throws {
        let result = try runner.shell(
            """
            now() { echo "${EPOCHREALTIME/[.,]/}"; }
            last() { ls "$DIR/killed/checkpoints" 2> /dev/null | grep -v partial | tail -n 1; }
            pause() { sleep "$(printf '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000)))"; }
            begin=$(now)
            securebert pretrain \(Self.arguments) --output "$DIR/whole" || exit 1
            whole=$(($(now) - begin))
            for round in $(seq 20); do
                before=$(last)
                "$SECUREBERT" pretrain \(Self.arguments) --output "$DIR/killed" &
                if [ $((round % 4)) != 0 ]; then
                    while [ "$(last)" = "$before" ] && kill -0 $! 2> /dev/null; do sleep 0.005; done
                fi
                pause $((RANDOM * whole / 40 / 32768))
                kill -KILL $! 2> /dev/null
                wait $! 2> /dev/null
                echo "status $?"
                last >> "$DIR/steps"
            done
            sort -u "$DIR/steps" | wc -l
            securebert pretrain \(Self.arguments) --output "$DIR/killed" || exit 1
            cmp "$DIR/whole/model/model.safetensors" "$DIR/killed/model/model.safetensors" && echo same model
            ls -A "$DIR/killed" "$DIR/killed/checkpoints" | grep -c partial
            """)
        #expect(result.status == 1, "grep finds no unfinished file: \(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.prefix(20).allSatisfy { $0 == "status 137" }, "\(result.output)")
        try #require(lines.count == 23, "\(result.output) \(result.errors)")
        #expect(try #require(Int(lines[20])) >= 15, "kills between different checkpoints: \(result.output)")
        #expect(lines[21...] == ["same model", "0"])
        let whole = try losses("whole")
        #expect(whole.count > 1000)
        #expect(try losses("killed") == whole)
    }

    /// Two at a time would replace each other's files.
    @Test func aFolderHasOneRunAtATime() throws {
        let result = try runner.shell(
            """
            "$SECUREBERT" pretrain \(Self.arguments) --output "$DIR/run" 2> "$DIR/first" &
            while ! ls "$DIR"/run/checkpoints/step-* > /dev/null 2>&1 && kill -0 $! 2> /dev/null; do sleep 0.02; done
            kill -STOP $!
            securebert pretrain \(Self.arguments) --output "$DIR/run"
            echo "status $?"
            kill -KILL $!
            wait $! 2> /dev/null
            securebert pretrain \(Self.arguments) --output "$DIR/run" --steps 1
            echo "status $?"
            cat "$DIR/first"
            """)
        #expect(result.output == "status 3\nstatus 0\n", "\(result.errors)")
        // The shell says that the first was killed.
        let complaints = result.errors.split(separator: "\n").filter { $0.hasPrefix("securebert: ") }
        #expect(complaints.count == 1, "\(result.errors)")
        #expect(result.errors.contains("/run: is the folder of a run that goes on (process "), "\(result.errors)")
    }

    /// What a program can read of a run: all events, or where it stands at the end.
    @Test func eventsAndSummaryAreJSON() throws {
        let lines = try runner.shell("securebert pretrain \(Self.arguments) --output \"$DIR/run\" --steps 60 --jsonl")
        let events = try lines.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        func count(_ name: String) -> Int { events.count { $0["event"]?.stringValue == name } }
        #expect(count("step") == 60 && count("evaluation") == 1 && count("checkpoint") == 9, "\(lines.errors)")
        #expect(count("summary") == 1 && events.count == 71)
        let logged = try losses("run")
        #expect(events.filter { $0["event"]?.stringValue == "step" }.compactMap { $0["loss"]?.text } == logged)
        let last = try #require(events.last)
        #expect(last["event"]?.stringValue == "summary" && last["complete"]?.boolValue == false)
        #expect(last["steps"]?.integerValue == 60 && last["model"]?.isNull == true)

        let one = try runner.shell("securebert pretrain \(Self.arguments) --output \"$DIR/run\" --json")
        let summary = try JSON.parse(one.output)
        #expect(one.status == 0 && summary["complete"]?.boolValue == true, "\(one.errors)")
        #expect(summary["model"]?.stringValue == "\(runner.folder)/run/model")
        #expect(try summary["loss"]?.text == losses("run").last)
        #expect((summary["tokens"]?.integerValue ?? 0) >= 150_000)

        // A reader that goes away ends the run as a signal does: what was learned is saved.
        let cut = try runner.shell(
            """
            set -o pipefail
            securebert pretrain \(Self.arguments) --output "$DIR/cut" --jsonl | head -n 3 > /dev/null
            echo "status $?"
            ls "$DIR/cut/checkpoints" | wc -l
            """)
        #expect(cut.output == "status 0\n1\n" || cut.output == "status 0\n2\n", "\(cut.output) \(cut.errors)")
    }

    /// A polite signal saves first: the run goes on where it was, not at the last regular checkpoint.
    @Test(arguments: [("TERM", 143), ("INT", 130)]) func signalsSaveFirst(signal: String, status: Int) throws {
        let result = try runner.shell(
            """
            set -m
            "$SECUREBERT" pretrain \(Self.arguments) --output "$DIR/run" &
            for wait in $(seq 200); do ls "$DIR"/run/checkpoints/step-* > /dev/null 2>&1 && break; sleep 0.02; done
            kill -\(signal) $!
            wait $!
            echo $?
            securebert pretrain \(Self.arguments) --output "$DIR/run" --steps 1 || exit 1
            securebert inspect -m "$DIR"/run/checkpoints/*/model --json > /dev/null
            """)
        #expect(result.output == "\(status)\n", "\(result.errors)")
        #expect(result.status == 0)
    }

    @Test func badInputIsOneSentence() throws {
        for (script, message) in [
            ("--recipe \"$DIR/none.toml\" --data \"$DIR/tokens\" --output \"$DIR/x\"", "none.toml"),
            ("--recipe \"$DIR/recipe.toml\" --data \"$DIR/corpus\" --output \"$DIR/x\"", "corpus"),
            ("--recipe \"$DIR/recipe.toml\" --data \"$DIR/tokens\" --output \"$DIR/x\"", "--tokenizer"),
            ("\(Self.arguments) --output \"$DIR/recipe.toml\"", "recipe.toml"),
        ] {
            let result = try runner.shell("securebert pretrain \(script)")
            #expect((2...4).contains(result.status), "\(script): \(result.errors)")
            #expect(result.errors.contains(message), "\(script): \(result.errors)")
            #expect(result.errors.split(separator: "\n").count <= 2)
        }
    }

    /// The losses of a run's log, as written.
    private func losses(_ run: String) throws -> [String] {
        try CommandLineRunner.read("\(runner.folder)/\(run)/log.jsonl").split(separator: "\n").compactMap { line in
            line.firstRange(of: "\"loss\":").map { String(line[$0.upperBound...].prefix { $0 != "," }) }
        }
    }
}
