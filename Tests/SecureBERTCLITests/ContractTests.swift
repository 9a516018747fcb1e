import TestSupport
import Testing

/// Exit codes, streams and messages: what scripts rely on, whatever the subcommand.
@Suite struct ContractTests {
    static let subcommands = [
        "tokenize", "encode", "fill-mask", "embed", "similarity", "rerank", "search", "index", "ner", "classify",
        "answer",
        "inspect", "pull", "bench", "tokenizer", "evaluate", "corpus", "pretrain",
    ]

    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    @Test(arguments: subcommands) func everySubcommandExplainsItselfWithAnExample(name: String) throws {
        let result = try runner.shell("securebert \(name) --help")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("EXAMPLE"))
        #expect(result.output.contains("securebert \(name) "))
        // Examples that the help screen wrapped could not be copied.
        for line in result.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(arguments: [
        ("--version", 0), ("--help", 0), ("--bogus", 2), ("no-such-command", 2), ("fill-mask", 2),
        ("tokenize --model $DIR --json --jsonl", 2), ("tokenize --threads 0", 2), ("tokenize --threads x", 2),
        ("tokenize --precision int8", 2), ("tokenize --precision f64", 2), ("tokenize --input-format csv", 2),
        ("tokenize --model $DIR/none", 4), ("tokenize --model none/such", 4),
        ("tokenize --model $DIR", 3), ("inspect $DIR", 3), ("inspect $DIR/none", 4),
    ])
    func exitCodes(arguments: String, status: Int) throws {
        let result = try runner.shell("securebert \(arguments)")
        #expect(Int(result.status) == status)
        if status == 0 {
            #expect(result.errors.isEmpty)
        } else {
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("securebert: "))
            #expect(result.errors.split(separator: "\n").count <= 2, "\(result.errors)")
        }
    }

    @Test func anInstructionSetThatDoesNotExistIsAUsageError() throws {
        let result = try runner.shell(
            "securebert bench --seconds 0",
            environment: ["SECUREBERT_ISA": "none", "SECUREBERT_MODEL": Fixtures.model("bert-mlm")])
        #expect(result.status == 2)
        #expect(result.errors.contains("SECUREBERT_ISA"))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionScriptsKnowEverySubcommand(shell: String) throws {
        let result = try runner.shell(
            """
            securebert --generate-completion-script \(shell) > "$DIR/script" || exit
            if command -v \(shell) > /dev/null; then \(shell) -n "$DIR/script"; fi
            cat "$DIR/script"
            """)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        for name in Self.subcommands { #expect(result.output.contains(name)) }
    }

    @Test func aFullDiskIsReportedAndAClosedPipeIsNot() throws {
        let full = try runner.shell("securebert --help > /dev/full")
        #expect(full.status == 3)
        #expect(full.errors.contains("No space left on device"))
        let piped = try runner.shell(
            "securebert --generate-completion-script bash | true; echo ${PIPESTATUS[0]}")
        #expect(piped.output == "0\n")
        #expect(piped.errors.isEmpty)
        let closed = try runner.shell("securebert --help >&-")
        #expect(closed.status == 3)
        #expect(closed.errors.contains("standard output"))
    }

    /// Without a name the shipped model is used, wherever it is installed; a folder that was named comes first.
    @Test func theShippedModelIsTheDefault() throws {
        let runner = try CommandLineRunner()
        let fixture = Fixtures.model("modernbert-mlm-new")
        let result = try runner.shell(
            """
            mkdir -p "$DIR/models" "$DIR/prefix/bin" "$DIR/prefix/share/securebert/models"
            cp -r '\(fixture)' "$DIR/models/securebert-mini"
            cd "$DIR"
            SECUREBERT_MODELS="/nowhere:$DIR/models" securebert inspect --json | grep -c modernbert
            SECUREBERT_MODELS="$DIR/models" securebert inspect -m securebert-mini --json | grep -c modernbert
            SECUREBERT_MODELS="$DIR/models" securebert inspect -m '\(Fixtures.model("bert-mlm"))' --json | grep -c modernbert
            cp "$SECUREBERT" prefix/bin/ && mv models/securebert-mini prefix/share/securebert/models/
            prefix/bin/securebert inspect --json | grep -c modernbert
            rm -r prefix/share
            prefix/bin/securebert inspect; echo $?
            prefix/bin/securebert ner; echo $?
            """)
        #expect(result.output == "1\n1\n0\n1\n2\n2\n", "\(result.errors)")
        #expect(result.errors.contains("securebert-mini is not installed beside this program"))
        #expect(result.errors.contains("securebert-mini-ner is not installed beside this program"))
    }
}
