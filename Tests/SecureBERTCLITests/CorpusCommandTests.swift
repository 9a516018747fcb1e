import SecureBERTJSON
import TestSupport
import Testing

/// `corpus build` and `bench corpus` as users run them, stopped in the middle and started again.
@Suite struct CorpusCommandTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    /// Forty different notes, and a PDF that a stand-in for `pdftotext` reads: it says that it has started and then takes its
    /// time, unless the file `quick` is there.
    private func prepare() throws {
        var random = SeededGenerator(seed: 1)
        let words = [
            "attacker", "server", "malware", "network", "password", "exploit", "kernel", "payload", "registry",
        ]
        let lines = (0..<42).map { number in
            let sentences = (0..<12).map { _ in
                let picked = (0..<3).map { _ in words.randomElement(using: &random) ?? "" }
                return "The \(picked[0]) of the \(picked[1]) was used to access a \(picked[2])."
            }
            return "Note number \(number). " + sentences.joined(separator: " ")
        }
        try runner.write("lines.txt", lines.joined(separator: "\n") + "\n")
        try runner.write(
            "bin.pdftotext",
            """
            #!/bin/bash
            cat > /dev/null
            touch "$DIR/started"
            [ -e "$DIR/quick" ] || sleep 20
            tail -n 2 "$DIR/lines.txt"
            """)
        try runner.write(
            "recipe.toml",
            """
            name = "test"
            [[sources]]
            name = "notes"
            license = "MIT"
            path = "in"
            reader = "text"
            [[sources]]
            name = "papers"
            license = "MIT"
            path = "in"
            reader = "pdf"
            """)
        let result = try runner.shell(
            """
            mkdir "$DIR/in" "$DIR/bin" "$DIR/tmp" && mv "$DIR/bin.pdftotext" "$DIR/bin/pdftotext" &&
            chmod +x "$DIR/bin/pdftotext" && touch "$DIR/in/paper.pdf" && head -n 40 "$DIR/lines.txt" |
            while read -r line; do n=$((n + 1)); echo "$line" > "$DIR/in/$n.txt"; done
            """)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: [("INT", 130), ("TERM", 143)])
    func aStoppedBuildLeavesNoPartsAndGoesOn(signal: String, status: Int) throws {
        try prepare()
        let result = try runner.shell(
            """
            set -m
            PATH="$DIR/bin:$PATH"
            build() { exec "$SECUREBERT" corpus build --recipe "$DIR/recipe.toml" --output "$DIR/$1" --threads 2 --quiet; }
            build out > /dev/null &
            for i in $(seq 1200); do [ -e "$DIR/started" ] && break; sleep 0.05; done
            kill -\(signal) $!
            wait $!
            echo $?
            ls "$DIR/out"; find "$DIR/out" -name '*.partial*' -o -name 'spill*'
            touch "$DIR/quick"
            (build out) > "$DIR/first" && (build fresh) > "$DIR/second"
            echo $?
            ls -A "$DIR/out"
            cmp "$DIR/out/train-000.jsonl" "$DIR/fresh/train-000.jsonl" && cmp "$DIR/first" "$DIR/second"; echo $?
            """)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines == ["\(status)", "0", "corpus.json", "report.html", "train-000.jsonl", "0"], "\(result.errors)")
    }

    @Test func measuresBothKindsAndCleansUp() throws {
        try prepare()
        try runner.write("quick", "")
        let environment = ["TMPDIR": runner.folder + "/tmp"]
        let arguments = #"PATH="$DIR/bin:$PATH"; securebert bench corpus --recipe "$DIR/recipe.toml" --runs 1"#
        let result = try runner.shell(arguments + " --json", environment: environment)
        let json = try JSON.parse(result.output)
        #expect((json["megabytesPerSecond"]?.doubleValue ?? 0) > 0, "\(result.errors)")
        #expect((json["nearDuplicatesMegabytesPerSecond"]?.doubleValue ?? 0) > 0)
        #expect(json["documentsRead"]?.integerValue == 41)
        let table = try runner.shell(arguments, environment: environment)
        #expect(table.output.contains("MB/s") && table.output.contains("with near duplicates"))
        let stopped = try runner.shell(
            """
            set -m
            PATH="$DIR/bin:$PATH"
            rm "$DIR/quick" "$DIR/started"
            "$SECUREBERT" bench corpus --recipe "$DIR/recipe.toml" &
            for i in $(seq 1200); do [ -e "$DIR/started" ] && break; sleep 0.05; done
            ls "$DIR/tmp" | wc -l
            kill -INT $!
            wait $!
            echo $?
            ls -A "$DIR/tmp"
            """, environment: environment)
        #expect(stopped.output == "1\n130\n", "\(stopped.errors)")
    }

    @Test func saysHowToInstallWhatIsMissing() throws {
        try prepare()
        let result = try runner.shell(
            #"PATH="$DIR"; "$SECUREBERT" corpus build --recipe "$DIR/recipe.toml" --output "$DIR/out""#)
        #expect(result.status == 4)
        #expect(
            result.errors.contains(
                "paper.pdf: needs the program pdftotext, which is not installed; on Debian, apt-get install poppler-utils"
            ), "\(result.errors)")
    }

    /// Whatever it is doing when it is stopped, there is a whole model or none.
    @Test func aStoppedAdaptationLeavesNoFolder() throws {
        try runner.write("texts.jsonl", CommandLineRunner.read("\(Fixtures.path)/training/texts.jsonl"))
        let result = try runner.shell(
            """
            set -m
            mkdir "$DIR/out"
            for i in $(seq 12); do
                "$SECUREBERT" tokenizer adapt -m "$MODEL" --input "$DIR/texts.jsonl" --output "$DIR/out/new" --quiet > /dev/null &
                if [ $((i % 2)) = 0 ]; then
                    sleep "0.0$((i * 2))"
                else
                    # As soon as there is something to leave behind.
                    for j in $(seq 4000); do [ -n "$(echo "$DIR"/out/*)" ] && [ "$(echo "$DIR"/out/*)" != "$DIR/out/*" ] && break; done
                fi
                kill -INT $! 2> /dev/null
                wait $!
                [ -e "$DIR/out/new" ] && { [ -s "$DIR/out/new/model.safetensors" ] || echo incomplete; rm -r "$DIR/out/new"; }
                ls -A "$DIR/out"
            done
            "$SECUREBERT" tokenizer adapt -m "$MODEL" --input "$DIR/texts.jsonl" --output "$DIR/out/new" > /dev/null
            echo $?; ls -A "$DIR/out"
            """, environment: ["MODEL": Fixtures.model("modernbert-mlm-new")])
        #expect(result.output == "0\nnew\n", "\(result.errors)")
    }

    /// A vocabulary is learned from a slow input, which is where nearly all the time goes.
    @Test func aStoppedTrainingLeavesNoFiles() throws {
        try runner.write("texts.jsonl", CommandLineRunner.read("\(Fixtures.path)/training/texts.jsonl"))
        try runner.write(
            "zstd", "#!/bin/bash\ntouch \"$DIR/started\"\n[ -e \"$DIR/quick\" ] || sleep 20\ncat \"$DIR/texts.jsonl\"\n"
        )
        let result = try runner.shell(
            """
            set -m
            chmod +x "$DIR/zstd"; PATH="$DIR:$PATH"; touch "$DIR/slow.jsonl.zst"
            train() {
                exec "$SECUREBERT" tokenizer train --input "$DIR/slow.jsonl.zst" --vocab-size 600 --output "$DIR/out" --quiet
            }
            train &
            for i in $(seq 1200); do [ -e "$DIR/started" ] && break; sleep 0.05; done
            kill -INT $!
            wait $!
            echo $?; ls -A "$DIR/out"
            touch "$DIR/quick"
            (train) > /dev/null; echo $?; ls -A "$DIR/out"
            """)
        #expect(
            result.output == "130\n0\nspecial_tokens_map.json\ntokenizer.json\ntokenizer_config.json\n",
            "\(result.errors)")
    }
}
