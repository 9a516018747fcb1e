import TestSupport
import Testing

/// What happens to input that is not what it should be, and to input that is unusual and fine.
@Suite struct InputTests {
    let runner: CommandLineRunner
    let model = Fixtures.model("bert-mlm")
    init() throws { runner = try CommandLineRunner() }

    private func tokenize(_ script: String) throws -> CommandLineRunner.Result {
        try runner.shell(script, environment: ["SECUREBERT_MODEL": model])
    }

    @Test func lineEndsAndByteOrderMarksAreNotPartOfTheText() throws {
        let unix = try tokenize(#"printf 'the loader\nthe payload' | securebert tokenize --jsonl"#)
        let windows = try tokenize(#"printf '\xEF\xBB\xBFthe loader\r\nthe payload\r\n' | securebert tokenize --jsonl"#)
        #expect(unix.status == 0)
        #expect(unix.output.split(separator: "\n").count == 2)
        #expect(windows.output == unix.output)
    }

    @Test func invalidUTF8IsRefusedByFileAndLineAfterTheResultsBefore() throws {
        let result = try tokenize(
            #"printf 'one\ntwo\nthr\xFFee\n' > "$DIR/bad.txt"; securebert tokenize --jsonl "$DIR/bad.txt""#)
        #expect(result.status == 3)
        #expect(result.output.split(separator: "\n").count == 2)
        #expect(result.errors.contains("bad.txt, line 3: is not valid UTF-8, found the byte 0xFF at offset 3"))
        let stdin = try tokenize(#"printf 'caf\xC3' | securebert tokenize --jsonl"#)
        #expect(stdin.status == 3)
        #expect(stdin.errors.contains("standard input, line 1: is not valid UTF-8, it ends within a character"))
    }

    @Test func aLineOf50MegabytesWorksAndOneBeyondTheLimitIsRefused() throws {
        let result = try tokenize(
            #"head -c 50000000 /dev/zero | tr '\0' 'a' | securebert tokenize --jsonl | wc -l"#)
        #expect(result.status == 0)
        #expect(result.output.filter { !$0.isWhitespace } == "1")
        let refused = try tokenize(#"head -c 70000000 /dev/zero | tr '\0' 'a' | securebert tokenize --jsonl"#)
        #expect(refused.status == 3)
        #expect(refused.errors.contains("standard input, line 1: is longer than 64 MiB"))
    }

    @Test func filesThatCannotBeReadHaveTheirOwnCodes() throws {
        let missing = try tokenize(#"securebert tokenize "$DIR/none.txt""#)
        #expect(missing.status == 4)
        #expect(missing.errors.contains("none.txt: there is no such file"))
        let folder = try tokenize(#"securebert tokenize "$DIR""#)
        #expect(folder.status == 3)
        #expect(folder.errors.contains("is a directory, expected a file"))
        let redirected = try tokenize(#"securebert tokenize < "$DIR""#)
        #expect(redirected.status == 3)
        #expect(redirected.errors.contains("standard input: is a directory"))
        let closed = try tokenize("securebert tokenize <&-")
        #expect(closed.status == 3)
        #expect(closed.errors.contains("standard input: cannot be read"))
    }

    @Test func anUnreadableFileIsRefused() throws {
        // Permissions do not stop root; reading a process's memory at address 0 fails for everybody.
        let result = try tokenize(
            """
            echo text > "$DIR/secret.txt"; chmod 000 "$DIR/secret.txt"; file="$DIR/secret.txt"
            if [ -r "$file" ]; then file=/proc/self/mem; fi
            securebert tokenize "$file"
            """)
        #expect(result.status == 3)
        #expect(result.errors.contains("cannot be"))
    }

    @Test(arguments: [
        ("not json", "line 2: is not valid JSON"), ("[1]", "line 2: is an array, expected an object"),
        (#"{"label": 1}"#, "line 2: has no \"text\""), (#"{"ids": [1]}"#, "line 2: has no \"text\""),
        (#"{"text": 7}"#, "line 2: \"text\" is a number"),
        (#"{"text": "a", "text": "b"}"#, "line 2: is not valid JSON: duplicate key"),
    ])
    func linesThatAreNotRecordsAreRefusedByNumber(line: String, message: String) throws {
        try runner.write("in.jsonl", "{\"text\": \"fine\"}\n\(line)\n")
        let result = try tokenize(#"securebert tokenize --jsonl "$DIR/in.jsonl""#)
        #expect(result.status == 3)
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func emptyInputGivesNothingAndEmptyLinesAreTexts() throws {
        let nothing = try tokenize("securebert tokenize --jsonl < /dev/null")
        #expect(nothing.status == 0)
        #expect(nothing.output.isEmpty)
        let array = try tokenize("securebert tokenize --json < /dev/null")
        #expect(array.output == "[]\n")
        let lines = try tokenize(#"printf '\n\n' | securebert tokenize --jsonl"#)
        #expect(lines.output.split(separator: "\n").count == 2)
    }

    @Test func resultsFollowASlowInputImmediately() throws {
        let result = try tokenize(
            """
            mkfifo "$DIR/in"
            "$SECUREBERT" tokenize --jsonl "$DIR/in" > "$DIR/out" &
            exec 3> "$DIR/in"
            echo 'the loader' >&3
            for i in $(seq 100); do [ -s "$DIR/out" ] && break; sleep 0.05; done
            wc -l < "$DIR/out"
            exec 3>&-
            wait
            """)
        #expect(result.output.filter { !$0.isWhitespace } == "1")
    }

    @Test func aDocumentIsOneTextWithItsLines() throws {
        let result = try tokenize(
            #"printf 'the loader\nthe payload\n' | securebert tokenize --json --input-format document"#)
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").count == 3)
    }
}
