import SecureBERTJSON
import TestSupport
import Testing

/// `tokenizer train`, `adapt` and `report`, and `evaluate mlm`, from their arguments to their output.
@Suite struct TokenizerAndEvaluateTests {
    let runner: CommandLineRunner
    init() throws {
        runner = try CommandLineRunner()
        try runner.write("texts.jsonl", CommandLineRunner.read("\(Fixtures.path)/training/texts.jsonl"))
    }

    private func json(_ arguments: String) throws -> JSON {
        let result = try runner.shell(
            "securebert \(arguments)", environment: ["MODELS": "\(Fixtures.path)/models"])
        #expect(result.status == 0, "\(result.errors)")
        return try JSON.parse(result.output)
    }

    @Test(arguments: [
        "tokenizer train", "tokenizer adapt", "tokenizer report", "evaluate mlm",
    ])
    func subcommandsExplainThemselves(name: String) throws {
        let result = try runner.shell("securebert \(name) --help")
        #expect(result.status == 0)
        #expect(result.output.contains("securebert \(name) "))
        for line in result.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func trainsTheSameOnAnyNumberOfThreads() throws {
        let files = try [1, 2, 5].map { threads in
            let summary = try json(
                #"tokenizer train --input "$DIR/texts.jsonl" --vocab-size 700 --output "$DIR/t\#(threads)" --json --threads \#(threads)"#
            )
            #expect(summary["vocabularySize"]?.integerValue == 700)
            return try CommandLineRunner.read("\(runner.folder)/t\(threads)/tokenizer.json")
        }
        #expect(Set(files).count == 1)
        let golden = try Fixtures.json("training/learned.json")["cases"]?.arrayValue?.first
        let vocabulary = try #require(try JSON.parse(files[0])["model"]?["vocab"]?.objectValue)
        #expect(vocabulary.members.map(\.key) == golden?["tokens"]?.arrayValue?.compactMap(\.stringValue))
        let tokens = try json(#"tokenize --json -m "$DIR/t1" <(echo 'CVE [MASK]')"#)
        #expect(tokens.arrayValue?.first?["tokens"]?.arrayValue?.count == 6)
    }

    /// The same text as lines of JSON, compressed, from a folder and from the standard input.
    @Test func readsEveryKindOfInput() throws {
        let result = try runner.shell(
            """
            cd "$DIR" && mkdir all && printf 'some words\\nand some more words' > all/a.txt
            echo '{"body": "some words\\nand some more words"}' > a.jsonl
            securebert tokenizer train --vocab-size 300 --input all --output o1
            securebert tokenizer train --vocab-size 300 --input a.jsonl --field body --output o2
            securebert tokenizer train --vocab-size 300 --input - --output o3 < all/a.txt
            cmp o1/tokenizer.json o2/tokenizer.json && cmp o1/tokenizer.json o3/tokenizer.json && echo same
            command -v zstd > /dev/null || exit 0
            zstd -q a.jsonl && securebert tokenizer train --vocab-size 300 --input a.jsonl.zst --field body --output o4
            cmp o1/tokenizer.json o4/tokenizer.json || echo unequal
            """)
        #expect(result.output.contains("same"))
        #expect(!result.output.contains("unequal"))
    }

    @Test(arguments: [
        ("--input $DIR/texts.jsonl --vocab-size 260 --output $DIR/o", 2, "need 261"),
        ("--input $DIR/none --output $DIR/o", 4, "no such file"),
        ("--input $DIR/empty.txt --output $DIR/o", 3, "the input is empty"),
        ("--input $DIR/bytes.txt --output $DIR/o", 3, "line 2: is not valid UTF-8"),
        ("--input $DIR/texts.jsonl --field body --output $DIR/o", 3, "line 1: expected a string under \"body\""),
        ("--input $DIR/texts.jsonl --output $DIR/texts.jsonl", 3, "is a file"),
        ("--input $DIR/texts.jsonl --output /proc/none/o", 3, "cannot be made"),
        ("--input $DIR/texts.jsonl --output $DIR/o --special-tokens a,a", 2, "stand-in"),
    ])
    func trainingComplainsInOneSentence(arguments: String, status: Int, part: String) throws {
        try runner.write("empty.txt", "")
        try runner.write("bytes.txt", Array("fine\n".utf8) + [0xC3, 0x28])
        let result = try runner.shell("securebert tokenizer train \(arguments)")
        #expect(Int(result.status) == status)
        #expect(result.errors.contains(part), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func reportsFertility() throws {
        let found = try json(
            #"tokenizer report --input "$DIR/texts.jsonl" --json --tokenizers $MODELS/roberta-mlm $MODELS/roberta-mlm/tokenizer.json"#
        )
        let tokenizers = try #require(found["tokenizers"]?.arrayValue)
        #expect(tokenizers.count == 2)
        #expect(tokenizers[0]["groups"]?.text == tokenizers[1]["groups"]?.text)
        #expect(tokenizers[0]["groups"]?["text"]?["documents"]?.integerValue == 6)
        let missing = try runner.shell(#"securebert tokenizer report --input "$DIR/texts.jsonl" --tokenizers no/such"#)
        #expect(missing.status == 4)
    }

    @Test func adaptsAModelThatStillRuns() throws {
        let found = try json(
            #"tokenizer adapt -m $MODELS/modernbert-mlm-new --input "$DIR/texts.jsonl" --output "$DIR/new" --json"#)
        #expect(found["vocabularySize"]?.integerValue == 400)
        #expect((found["newTokens"]?.integerValue ?? 0) > 0)
        let masks = try json(#"fill-mask -m "$DIR/new" --json 'The [MASK] advisory.'"#)
        #expect(masks["masks"]?.arrayValue?.count == 1)
        let again = try runner.shell(
            #"securebert tokenizer adapt -m $MODELS/modernbert-mlm-new --input "$DIR/texts.jsonl" --output "$DIR/new""#,
            environment: ["MODELS": "\(Fixtures.path)/models"])
        #expect(again.status == 3)
        #expect(again.errors.contains("already exists"))
    }

    @Test func evaluatesSeveralModels() throws {
        try runner.write("verbs.csv", "sentence,answer\r\n\"It <mask>, then\",of\r\nThe <mask>.,is\r\n")
        let arguments =
            #"evaluate mlm -m $MODELS/roberta-mlm -m $MODELS/bert-mlm --data "$DIR/verbs.csv" --corpus "$DIR/texts.jsonl""#
        let found = try json(
            arguments + #" --baseline unigram --baseline-corpus "$DIR/texts.jsonl" --length 60 --ranks --json"#)
        let models = try #require(found["models"]?.arrayValue)
        #expect(models.map { $0["baseline"]?.boolValue } == [false, true, false, true])
        for model in models {
            let file = try #require(model["files"]?.arrayValue?.first)
            #expect(file["name"]?.stringValue == "verbs")
            #expect(file["all"]?["answers"]?.integerValue == 2)
            #expect(file["all"]?["accuracy"]?.objectValue?.members.map(\.key) == ["1", "2", "3", "4", "5", "10"])
            #expect(file["ranks"]?.arrayValue?.count == 2)
            #expect((model["corpus"]?["total"]?["loss"]?.doubleValue ?? 0) > 0)
        }
        let text = try runner.shell(
            "securebert " + arguments, environment: ["MODELS": "\(Fixtures.path)/models"])
        #expect(text.output.contains("### verbs: answers of one token\n\n| model"))
        #expect(text.output.contains("masked tokens of the corpus"))
    }

    @Test(arguments: [
        ("evaluate mlm -m $MODELS/roberta-mlm", 2, "nothing to measure"),
        ("evaluate mlm -m $MODELS/roberta-mlm --data $DIR/none.csv", 4, "none.csv"),
        ("evaluate mlm -m $MODELS/roberta-mlm --data $DIR/bad.csv", 3, "bad.csv: line 3: the sentence has 0 masks"),
        ("evaluate mlm -m $MODELS/roberta-mlm --data $DIR/head.csv", 3, "no column \"answer\""),
        ("evaluate mlm -m $MODELS/roberta-mlm --corpus $DIR --mask-rate 0", 2, "--mask-rate"),
        ("evaluate mlm -m $MODELS/roberta-mlm --corpus $DIR --baseline unigram", 2, "belong together"),
        ("evaluate mlm -m $MODELS/st-mean-normalize --corpus $DIR/texts.jsonl", 3, "5 missing"),
    ])
    func evaluationSaysWhatIsWrong(arguments: String, status: Int, part: String) throws {
        try runner.write("bad.csv", "sentence,answer\na <mask>,b\nno mask,b\n")
        try runner.write("head.csv", "sentence,word\na <mask>,b\n")
        let result = try runner.shell(
            "securebert \(arguments)", environment: ["MODELS": "\(Fixtures.path)/models"])
        #expect(Int(result.status) == status)
        #expect(result.errors.contains(part), "\(result.errors)")
        #expect(result.errors.hasPrefix("securebert: "))
        #expect(result.output.isEmpty)
    }
}
