import TestSupport
import Testing

/// Output that cannot be written, is no longer wanted, or is interrupted.
@Suite struct OutputTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private func run(_ script: String, model: String = "bert-mlm") throws -> CommandLineRunner.Result {
        try runner.shell(script, environment: ["SECUREBERT_MODEL": Fixtures.model(model)])
    }

    static let hasScript = (try? CommandLineRunner().shell("command -v script").status) == 0

    @Test func aReaderThatLeavesEndsTheProgramQuietly() throws {
        let result = try run(
            #"yes 'the loader' | "$SECUREBERT" tokenize --jsonl | head -n 1; echo "${PIPESTATUS[1]}""#)
        #expect(result.output.hasSuffix("\n0\n"))
        #expect(result.errors.isEmpty)
    }

    @Test func aFullDiskIsAnError() throws {
        let result = try run("echo 'the loader' | securebert tokenize --jsonl > /dev/full")
        #expect(result.status == 3)
        #expect(result.errors.contains("the standard output cannot be written: No space left on device"))
    }

    @Test(arguments: [("/dev/null", 3), ("$DIR", 3), ("$DIR/none/o.safetensors", 4), ("", 2)])
    func placesWhereNoFileCanBeAreRefusedBeforeTheWork(path: String, status: Int) throws {
        let result = try run(#"echo '{"text": "a"}' | securebert encode --output "\#(path)"; echo $?; ls -A "$DIR""#)
        #expect(result.output.hasPrefix("\(status)\n"))
        #expect(!result.output.contains("partial"))
        #expect(result.errors.hasPrefix("securebert: "))
    }

    @Test func aFailureLeavesTheOldFileInPlace() throws {
        let result = try run(
            """
            echo old > "$DIR/o.safetensors"
            printf '{"ids": [5, 6]}\\n{"ids": [99999]}\\n' | securebert encode --output "$DIR/o.safetensors"
            echo $?; cat "$DIR/o.safetensors"; ls -A "$DIR" | grep -c partial
            """)
        #expect(result.output == "3\nold\n0\n")
        #expect(result.errors.contains("standard input, line 2: \"ids\"[0] is 99999, expected 0 to "))
    }

    @Test(arguments: [("INT", 130), ("TERM", 143)])
    func anInterruptionRemovesTheUnfinishedFile(signal: String, status: Int) throws {
        let result = try run(
            """
            set -m
            mkdir "$DIR/out"
            yes '{"text": "The loader downloads a payload and runs it from the temporary folder."}' \
                | head -n 300000 > "$DIR/in.jsonl"
            "$SECUREBERT" encode --input "$DIR/in.jsonl" --output "$DIR/out/o.safetensors" &
            for i in $(seq 1200); do [ -n "$(ls -A "$DIR/out")" ] && break; sleep 0.05; done
            ls -A "$DIR/out" | grep -c partial
            kill -\(signal) $!
            wait $!
            echo $?
            ls -A "$DIR/out"
            """)
        #expect(result.output == "1\n\(status)\n")
    }

    @Test func ctrlCWhileWaitingForInputStopsAtOnce() throws {
        let result = try run(
            """
            set -m
            mkfifo "$DIR/in"
            "$SECUREBERT" tokenize "$DIR/in" &
            exec 3> "$DIR/in"
            sleep 0.3
            kill -INT $!
            wait $!
            echo $?
            """)
        #expect(result.output == "130\n")
        #expect(!result.errors.contains("securebert:"))
    }

    @Test(.enabled(if: hasScript)) func colorsAreForTerminalsThatWantThem() throws {
        let piped = try run("securebert fill-mask 'the [MASK] runs'")
        #expect(piped.status == 0)
        #expect(!piped.output.contains("\u{1B}"))
        let terminal = try run(#"script -qec "$SECUREBERT fill-mask 'the [MASK] runs'" /dev/null"#)
        #expect(terminal.output.contains("\u{1B}[1m"))
        for plain in ["NO_COLOR=1", "TERM=dumb"] {
            let result = try run(#"export \#(plain); script -qec "$SECUREBERT fill-mask 'the [MASK] runs'" /dev/null"#)
            #expect(!result.output.contains("\u{1B}"), "\(plain)")
        }
        let flag = try run(#"script -qec "$SECUREBERT fill-mask --no-color 'the [MASK] runs'" /dev/null"#)
        #expect(!flag.output.contains("\u{1B}"))
        let error = try run(#"script -qec "$SECUREBERT --bogus" /dev/null"#)
        #expect(error.output.contains("\u{1B}[1;31msecurebert:"))
    }
}
