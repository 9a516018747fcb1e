import SecureBERTJSON
import TestSupport
import Testing

/// `finetune`, `mine`, `adapter` and `corpus pairs` from their arguments to their output, with a model that learns in a second.
@Suite struct FinetuneTests {
    let runner: CommandLineRunner
    init() throws {
        runner = try CommandLineRunner()
        let sentence = "the\tO\nworm\tO\nzeus\tB-Malware\nran\tO\n\n"
        try runner.write("train.txt", String(repeating: sentence, count: 8))
        try runner.write("valid.txt", "a\tO\nzeus\tB-Malware\n\n")
        try runner.write("names.tsv", "Malware\tEmotet\nMalware\tAgent Smith\n")
        let texts = (0..<12).map {
            #"{"id": "t\#($0)", "text": "\#($0 % 2 == 0 ? "worm" : "mail") \#($0)", "label": "\#($0 % 2)"}"#
        }
        try runner.write("texts.jsonl", texts.joined(separator: "\n"))
        try runner.write("held.jsonl", #"{"text": "worm", "label": "0"}"# + "\n" + #"{"text": "mail", "label": "1"}"#)
        try runner.write(
            "three.jsonl", (0..<3).map { #"{"text": "text \#($0)", "label": "\#($0)"}"# }.joined(separator: "\n"))
        try runner.write(
            "functions.jsonl",
            (0..<12).map {
                #"{"code": "int f\#($0)() { \#($0 % 2 == 0 ? "strcpy" : "return") }", "label": \#($0 % 2)}"#
            }
            .joined(separator: "\n"))
        try runner.write(
            "held-functions.jsonl",
            #"{"code": "strcpy", "label": 0}"# + "\n" + #"{"code": "return", "label": 1}"#)
        _ = try runner.shell(#"mkdir -p "$DIR/set/qrels""#)
        try runner.write(
            "set/corpus.jsonl",
            (0..<6).map { #"{"_id": "p\#($0)", "title": "", "text": "a passage about topic\#($0)"}"# }.joined(
                separator: "\n"))
        try runner.write(
            "set/queries.jsonl",
            (0..<6).map {
                #"{"_id": "q\#($0)", "text": "what is topic\#($0), a passage"}"# + "\n"
                    + #"{"_id": "v\#($0)", "text": "tell of topic\#($0)"}"#
            }
            .joined(separator: "\n"))
        for (split, letter) in [("train", "q"), ("valid", "v")] {
            try runner.write(
                "set/qrels/\(split).tsv",
                "query-id\tcorpus-id\tscore\n" + (0..<6).map { "\(letter)\($0)\tp\($0)\t1\n" }.joined())
        }
        try runner.write("recipe.toml", Self.recipe)
        try runner.write("lora.toml", Self.recipe + "[lora]\nrank = 2\n")
        try runner.write(
            "joint.toml",
            Self.recipe + """
                [[task]]
                name = "ner"
                kind = "ner"
                recipe = "recipe.toml"
                train = ["train.txt"]
                valid = ["valid.txt"]
                [[task]]
                name = "topic"
                kind = "classify"
                recipe = "recipe.toml"
                train = ["texts.jsonl", "set"]
                valid = ["held.jsonl"]
                """)
    }

    private static let recipe = """
        from = "\(Fixtures.model("modernbert-mlm-new"))"
        epochs = 2
        batch-size = 4
        tokens-per-part = 64
        maximum-length = 48
        precision = "f32"
        [optimizer]
        learning-rate = 1e-3

        """

    private func shell(_ command: String) throws -> CommandLineRunner.Result {
        try runner.shell(command, environment: ["MODELS": "\(Fixtures.path)/models"])
    }

    @Test(arguments: [
        ("ner", #"--train "$DIR/train.txt" --valid "$DIR/valid.txt" --names "$DIR/names.tsv""#, "microF1"),
        ("classify", #"--train "$DIR/texts.jsonl" --valid "$DIR/held.jsonl""#, "macro-f1"),
        ("vuln", #"--train "$DIR/functions.jsonl" --valid "$DIR/held-functions.jsonl""#, "macro-f1"),
        ("embed", #"--train "$DIR/set" --valid "$DIR/set""#, "ndcg@10"),
    ])
    func tasksGiveAModelAndASummary(task: String, data: String, measure: String) throws {
        let result = try shell(
            #"securebert finetune \#(task) -q --json --recipe "$DIR/recipe.toml" \#(data) -o "$DIR/run""#)
        #expect(result.status == 0, "\(result.errors)")
        let summary = try JSON.parse(CommandLineRunner.read("\(runner.folder)/run/summary.json"))
        #expect(summary["metric"]?.stringValue == measure)
        let files = try shell(#"ls "$DIR/run" "$DIR/run/model""#).output.split(separator: "\n")
        #expect(files.contains("model.safetensors") && files.contains("tokenizer.json"))
        #expect(!files.contains("checkpoints"), "checkpoints belong to the runs of seeds")
        #expect(files.contains("calibration.json") == ["classify", "vuln"].contains(task))
    }

    @Test func eventsAndSummaryAreJSON() throws {
        let result = try shell(
            #"securebert finetune ner -q --jsonl --recipe "$DIR/recipe.toml" --train "$DIR/train.txt" --valid "$DIR/valid.txt" -o "$DIR/run""#
        )
        let events = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        let names = events.compactMap { $0["event"]?.stringValue }
        #expect(names.count == events.count && names.contains("step") && names.contains("evaluation"), "\(names)")
        #expect(names.last == "summary" && events.last?["metric"]?.stringValue == "microF1")
    }

    @Test func adaptersAreMerged() throws {
        let result = try shell(
            #"""
            securebert finetune ner -q --recipe "$DIR/lora.toml" --train "$DIR/train.txt" --valid "$DIR/valid.txt" -o "$DIR/run"
            securebert adapter merge -q --model "$MODELS/modernbert-mlm-new" --adapter "$DIR/run/adapter" -o "$DIR/merged"
            for model in run/model merged; do
              securebert ner -q --jsonl --aggregation none -m "$DIR/$model" "$DIR/names.tsv" > "$DIR/${model##*/}.out"
            done
            cmp "$DIR/model.out" "$DIR/merged.out" && grep -q Malware "$DIR/model.out" && echo same
            """#)
        #expect(result.output.contains("same"), "\(result.errors)")
    }

    @Test func ngramsAreAddedToAClassifier() throws {
        // The labels of the second data are the other way round, so that the encoder alone is wrong.
        let result = try shell(
            #"""
            securebert finetune classify -q --recipe "$DIR/recipe.toml" --train "$DIR/texts.jsonl" --valid "$DIR/held.jsonl" \
              -o "$DIR/run"
            securebert classify -q --jsonl -m "$DIR/run/model" "$DIR/held.jsonl" > "$DIR/before"
            for name in texts held; do
              sed 's/"label": "0"/"label": "2"/; s/"label": "1"/"label": "0"/; s/"label": "2"/"label": "1"/' \
                "$DIR/$name.jsonl" > "$DIR/other-$name.jsonl"
            done
            securebert finetune ngrams -q --json -m "$DIR/run/model" --buckets 8 --best-by macro-f1 \
              --train "$DIR/other-texts.jsonl" --valid "$DIR/other-held.jsonl"
            securebert classify -q --jsonl -m "$DIR/run/model" "$DIR/held.jsonl" > "$DIR/after"
            cmp -s "$DIR/before" "$DIR/after" || echo different
            """#)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[1] == "different", "\(result.errors)")
        let report = try JSON.parse(String(try #require(lines.first)))
        #expect(report["metric"]?.stringValue == "macro-f1" && report["trials"]?.arrayValue?.count == 14)
        #expect((report["scale"]?.doubleValue ?? 0) > 0, "\(report)")
        let other = try shell(
            #"securebert finetune ngrams -q -m "$DIR/run/model" --train "$DIR/three.jsonl" --valid "$DIR/held.jsonl""#)
        #expect(other.status == 3 && other.errors.contains("not the same"), "\(other.errors)")
    }

    @Test func oneEncoderForTwoTasks() throws {
        let result = try shell(
            #"""
            securebert finetune joint -q --recipe "$DIR/joint.toml" --data "$DIR" -o "$DIR/run"
            securebert ner -q --jsonl -m "$DIR/run/model/heads/ner" "$DIR/valid.txt" | head -n 1
            securebert classify -q --jsonl -m "$DIR/run/model/heads/topic" "$DIR/valid.txt" | head -n 1
            """#)
        #expect(result.output.split(separator: "\n").count == 2, "\(result.errors)")
    }

    @Test func negativesAreMined() throws {
        let result = try shell(#"securebert mine -q --data "$DIR/set" --bm25 --num-negatives 2"#)
        #expect(result.status == 0, "\(result.errors)")
        let lines = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.count == 6)
        for line in lines {
            let negatives = line["negatives"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(negatives.count == 2 && !negatives.contains(line["positive"]?.stringValue ?? ""))
        }
    }

    @Test func negativesAreWrittenForSentenceTransformers() throws {
        for (layout, count, keys) in [
            ("triplet", 12, ["anchor", "positive", "negative"]),
            ("n-tuple", 6, ["anchor", "positive", "negative_1", "negative_2"]),
            ("labeled-pair", 18, ["anchor", "positive", "label"]),
            ("labeled-list", 6, ["anchor", "positive", "labels"]),
        ] {
            let result = try shell(
                #"securebert mine -q --data "$DIR/set" --bm25 --num-negatives 2 --output-format \#(layout)"#)
            let lines = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(
                lines.count == count && lines.allSatisfy { $0.objectValue?.members.map(\.key) == keys }, "\(layout)")
        }
        let limits = try shell(
            #"securebert mine -q --data "$DIR/set" --bm25 --model "$MODELS/st-mean-normalize" --relative-margin 0.1"#)
        #expect(limits.status == 2 && limits.errors.contains("--cross-encoder"), "\(limits.errors)")
        let read = try shell(
            #"securebert mine -q --data "$DIR/set" --bm25 --cross-encoder "$MODELS/ce-sigmoid" --max-score 1.1 --min-score 0 --num-negatives 1"#
        )
        #expect(read.output.split(separator: "\n").count == 6, "\(read.errors)")
    }

    @Test(arguments: ["st-mean-normalize", "ce-sigmoid"]) func negativesAreScoredByATeacher(teacher: String) throws {
        let result = try shell(
            #"securebert mine -q --data "$DIR/set" --bm25 --num-negatives 2 --teacher "$MODELS/\#(teacher)" > "$DIR/scored""#
        )
        #expect(result.status == 0, "\(result.errors)")
        let lines = try CommandLineRunner.read("\(runner.folder)/scored").split(separator: "\n")
        for line in lines {
            #expect(try JSON.parse(String(line))["scores"]?.arrayValue?.compactMap(\.doubleValue).count == 3)
        }
    }

    @Test func titlesArePaired() throws {
        try runner.write(
            "docs.jsonl", #"{"title": "A title of words", "text": "\#(String(repeating: "word ", count: 20))"}"#)
        let result = try shell(#"securebert corpus pairs "$DIR/docs.jsonl""#)
        #expect(try JSON.parse(result.output)["query"]?.stringValue == "A title of words", "\(result.errors)")
    }

    @Test(arguments: [
        (#"classify --train "$DIR/texts.jsonl" --valid "$DIR/texts.jsonl""#, 3, "--allow-leaks"),
        (#"classify --train "$DIR/texts.jsonl" --valid "$DIR/one.jsonl""#, 3, "one class only"),
        (#"classify --train "$DIR/texts.jsonl" --valid "$DIR/other.jsonl""#, 3, "line 1"),
        (#"classify --train "$DIR/texts.jsonl" --valid "$DIR/texts.jsonl""#, 3, "texts.jsonl: line 1: the id"),
        (#"classify --train "$DIR/held.jsonl" --extra "$DIR/texts.jsonl" --valid "$DIR/texts.jsonl""#, 3, "the id"),
        (#"classify --train "$DIR/held.jsonl" "$DIR/several.jsonl" --valid "$DIR/held.jsonl""#, 3, "in all files"),
        (#"ner --train "$DIR/train.txt" --valid "$DIR/foreign.txt""#, 3, "foreign.txt: line 1: the type \"Starship\""),
        (#"ner --train "$DIR/train.txt" --valid "$DIR/plain.txt""#, 3, "plain.txt: has no entity"),
        (#"ner --strict-tags --train "$DIR/train.txt" --valid "$DIR/odd.txt""#, 3, "odd.txt: line 3: the tag"),
        (#"vuln --train "$DIR/safe.jsonl" --valid "$DIR/functions.jsonl""#, 3, "safe.jsonl: has safe functions only"),
        (#"embed --train "$DIR/leaky" --valid "$DIR/leaky""#, 3, "qrels/valid.tsv: line 2: the id \"q0\""),
        (#"rerank --train "$DIR/lists.jsonl" --valid "$DIR/lists.jsonl""#, 3, "lists.jsonl: line 1: the id \"7\""),
        (
            #"ner --train "$DIR/train.txt" --valid "$DIR/valid.txt" --names "$DIR/recipe.toml""#, 3,
            "a type, a tab and a name"
        ),
        (#"vuln --train "$DIR/functions.jsonl" --valid "$DIR/texts.jsonl""#, 3, "\"code\""),
        (#"embed --train "$DIR/none" --valid "$DIR/set""#, 4, "none"),
    ])
    func complainsInOneSentence(arguments: String, status: Int, part: String) throws {
        try runner.write("one.jsonl", #"{"text": "worm", "label": "0"}"#)
        try runner.write("other.jsonl", #"{"text": "worm", "label": "never"}"# + "\n" + #"{"text": "a", "label": "0"}"#)
        try runner.write("foreign.txt", "Enterprise\tB-Starship\n\n")
        try runner.write("plain.txt", "Enterprise\tO\n\n")
        try runner.write("odd.txt", "zeus\tB-Malware\n\nqbot\tI-Malware\n\n")
        _ = try runner.shell(
            #"cp -r "$DIR/set" "$DIR/leaky" && cp "$DIR/set/qrels/train.tsv" "$DIR/leaky/qrels/valid.tsv""#)
        try runner.write("several.jsonl", #"{"text": "worm", "labels": ["0"]}"#)
        try runner.write("safe.jsonl", #"{"code": "int f() { return 0; }", "label": 0}"#)
        try runner.write("lists.jsonl", #"{"id": 7, "query": "a", "positive": "b", "negatives": ["c"]}"#)
        let result = try shell(#"securebert finetune \#(arguments) --recipe "$DIR/recipe.toml" -o "$DIR/run""#)
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(result.errors.contains(part), "\(result.errors)")
    }
}
