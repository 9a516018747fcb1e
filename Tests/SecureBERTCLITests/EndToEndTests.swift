import SecureBERTCheckpoint
import SecureBERTJSON
import TestSupport
import Testing

/// Every subcommand from its arguments to its output, compared with the Python reference.
@Suite struct EndToEndTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    /// Runs `securebert` with a tiny model and parses each line of its output.
    private func lines(_ arguments: String, model: String) throws -> [JSON] {
        let result = try runner.shell(
            "securebert \(arguments)", environment: ["SECUREBERT_MODEL": Fixtures.model(model)])
        #expect(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
    }

    private func cases(_ model: String) throws -> [JSON] {
        let text = try CommandLineRunner.read(Fixtures.model(model) + "/cases.json")
        return try #require(try JSON.parse(text)["cases"]?.arrayValue)
    }

    /// The rows of a task's golden file for one model.
    private func rows(_ task: String, _ model: String) throws -> [JSON] {
        let text = try CommandLineRunner.read("\(Fixtures.path)/tasks/\(task).json")
        return try #require(try JSON.parse(text).arrayValue).filter { $0["model"]?.stringValue == model }
    }

    private func writeRecords(_ records: [JSON]) throws {
        try runner.write("in.jsonl", records.map { $0.text + "\n" }.joined())
    }

    private func record(_ row: JSON) -> JSON {
        let pair = row["text_pair"].map { [("text_pair", $0)] } ?? []
        return .object(.init([("text", row["text"] ?? "")] + pair))
    }

    @Test(arguments: ["roberta-mlm", "roberta-mlm-legacy", "bert-mlm", "bert-mlm-gamma", "modernbert-mlm-new"])
    func tokenizeAgreesWithTheReference(model: String) throws {
        let golden = try cases(model).filter { $0["tokens"] != nil }
        try writeRecords(golden.map(record))
        let found = try lines(#"tokenize --jsonl "$DIR/in.jsonl""#, model: model)
        #expect(found.count == golden.count)
        for (found, golden) in zip(found, golden) {
            #expect(found["tokens"]?.text == golden["tokens"]?.text)
            #expect(found["offsets"]?.text == golden["offsets"]?.text)
            #expect(found["ids"]?.arrayValue?.count == golden["length"]?.integerValue)
            #expect(found.objectValue?.members.map(\.key) == ["ids", "tokens", "offsets"])
        }
    }

    @Test func offsetsCountWhatWasAskedFor() throws {
        try runner.write("in.txt", "a 😀 b")
        for (unit, last) in [("scalars", [4, 5]), ("utf8", [7, 8]), ("utf16", [5, 6])] {
            let found = try lines(
                #"tokenize --jsonl --no-special-tokens --offsets \#(unit) "$DIR/in.txt""#, model: "bert-mlm")
            let offsets = try #require(found.first?["offsets"]?.arrayValue?.last?.arrayValue)
            #expect(offsets.map(\.integerValue) == last)
        }
    }

    @Test(arguments: [
        "roberta-base", "roberta-mlm", "bert-token", "bert-sequence", "modernbert-qa", "modernbert-sequence-mean",
    ])
    func encodeWritesTheReferencesHiddenStatesAndLogits(model: String) throws {
        let golden = try SafetensorsFile(path: Fixtures.model(model) + "/golden.safetensors")
        let cases = try cases(model)
        // Ids as they are, so that nothing but the model is compared; texts once more as texts.
        try writeRecords(
            try cases.indices.map { index in
                let types = try integers(golden, "types.\(index)").map { [("type_ids", $0)] } ?? []
                return .object(.init([("ids", try #require(try integers(golden, "ids.\(index)")))] + types))
            } + cases.filter { $0["text"] != nil }.map(record))
        let result = try runner.shell(
            #"securebert encode --quiet --input "$DIR/in.jsonl" --output "$DIR/o.safetensors""#,
            environment: ["SECUREBERT_MODEL": Fixtures.model(model)])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.isEmpty && result.errors.isEmpty)
        let found = try SafetensorsFile(path: runner.folder + "/o.safetensors")
        let texts = cases.indices.filter { cases[$0]["text"] != nil }
        for (row, index) in (Array(cases.indices) + texts).enumerated() {
            try expectClose(found, "hidden.\(row)", golden, "hidden.\(index).final", relative: true)
            for name in ["logits", "start", "end"] where golden.tensorNames.contains("\(name).\(index)") {
                try expectClose(found, "\(name).\(row)", golden, "\(name).\(index)", relative: false)
            }
        }
    }

    private func integers(_ file: SafetensorsFile, _ name: String) throws -> JSON? {
        guard file.tensorNames.contains(name) else { return nil }
        return .array(try file.tensor(named: name).bytes.bindMemory(to: Int32.self).map { .integer(Int($0)) })
    }

    private func expectClose(
        _ found: SafetensorsFile, _ name: String, _ golden: SafetensorsFile, _ goldenName: String, relative: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let tensor = try found.tensor(named: name)
        let expected = try golden.tensor(named: goldenName)
        #expect(tensor.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
        let (values, goldens) = (try tensor.floats(), try expected.floats())
        let tolerance = relative ? 1e-5 * (goldens.map(abs).max() ?? 0) : 1e-4
        let worst = zip(values, goldens).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= tolerance, "\(name) is off by \(worst)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["roberta-mlm", "bert-mlm", "modernbert-mlm-old"])
    func fillMaskAgreesWithTheReference(model: String) throws {
        for row in try rows("fill-mask", model) where row["targets"] == nil {
            try runner.write("text", try #require(row["text"]?.stringValue))
            let topK = try #require(row["top_k"]?.integerValue)
            let found = try lines(#"fill-mask --json --top-k \#(topK) "$(cat "$DIR/text")""#, model: model)
            let masks = try #require(found.first?["masks"]?.arrayValue)
            let golden = try #require(row["masks"]?.arrayValue)
            #expect(masks.map { $0["position"]?.integerValue } == golden.map { $0["position"]?.integerValue })
            for (mask, golden) in zip(masks, golden) {
                let predictions = try #require(mask["predictions"]?.arrayValue)
                for (prediction, golden) in zip(predictions, golden["predictions"]?.arrayValue ?? []) {
                    #expect(prediction["token"]?.stringValue == golden["decoded"]?.stringValue)
                    #expect(isClose(prediction["score"], golden["score"]))
                    #expect(isClose(prediction["logit"], golden["logit"]))
                }
            }
        }
    }

    private func isClose(_ found: JSON?, _ expected: JSON?, tolerance: Double = 1e-4) -> Bool {
        guard let found = found?.doubleValue, let expected = expected?.doubleValue else { return false }
        return abs(found - expected) <= tolerance
    }

    @Test func embedAgreesWithTheReference() throws {
        for row in try rows("embeddings", "st-mean-normalize") {
            let pooling = try #require(row["pooling"]?.stringValue)
            guard ["cls", "mean", "max"].contains(pooling) else { continue }
            let texts = try #require(row["texts"]?.arrayValue)
            try writeRecords(texts.map { ["text": $0, "id": "a"] })
            let normalize = row["normalize"]?.boolValue == true ? "--normalize" : "--no-normalize"
            let dimensions = row["dimensions"]?.integerValue.map { "--dimensions \($0)" } ?? ""
            let found = try lines(
                #"embed --jsonl --pooling \#(pooling) \#(normalize) \#(dimensions) "$DIR/in.jsonl""#,
                model: "st-mean-normalize")
            #expect(found.count == texts.count)
            for (found, golden) in zip(found, try #require(row["embeddings"]?.arrayValue)) {
                #expect(found.objectValue?.members.map(\.key) == ["id", "embedding", "tokens", "windows", "truncated"])
                let values = try #require(found["embedding"]?.arrayValue)
                let goldens = try #require(golden.arrayValue)
                #expect(values.count == goldens.count)
                #expect(zip(values, goldens).allSatisfy { isClose($0, $1, tolerance: 1e-5) })
            }
        }
    }

    @Test func rerankOrdersAsTheReference() throws {
        // The other cases are pairs that are too long.
        let cases = try cases("ce-default").filter { $0["truncated"]?.boolValue == false }
        let golden = try SafetensorsFile(path: Fixtures.model("ce-default") + "/golden.safetensors")
        try runner.write("query", try #require(cases[0]["text"]?.stringValue))
        try writeRecords(cases.map { ["text": $0["text_pair"] ?? ""] })
        let found = try lines(#"rerank --jsonl --query "$(cat "$DIR/query")" "$DIR/in.jsonl""#, model: "ce-default")
        let manifest = try JSON.parse(try CommandLineRunner.read(Fixtures.model("ce-default") + "/cases.json"))
        #expect(found.map { $0["index"]?.integerValue } == manifest["ranking"]?.arrayValue?.map(\.integerValue))
        for result in found {
            let index = try #require(result["index"]?.integerValue)
            let logit = try golden.tensor(named: "logits.\(index)").floats()[0]
            #expect(isClose(result["logit"], JSON(logit)))
            #expect(isClose(result["score"], JSON(try golden.tensor(named: "score.\(index)").floats()[0])))
            #expect(result["text"]?.text == cases[index]["text_pair"]?.text)
        }
    }

    @Test(arguments: ["simple", "first", "average", "max"]) func nerAgreesWithTheReference(way: String) throws {
        let golden = try rows("token-classification", "bert-token").filter {
            $0["strategy"]?.stringValue == way && $0["stride"] == nil
        }
        try writeRecords(golden.map(record))
        let found = try lines(#"ner --jsonl --aggregation \#(way) "$DIR/in.jsonl""#, model: "bert-token")
        #expect(found.count == golden.count)
        for (found, golden) in zip(found, golden) {
            let entities = try #require(found["entities"]?.arrayValue)
            let expected = try #require(golden["entities"]?.arrayValue)
            #expect(entities.map { $0["type"]?.stringValue } == expected.map { $0["entity_group"]?.stringValue })
            #expect(entities.map { $0["start"]?.integerValue } == expected.map { $0["start"]?.integerValue })
            #expect(entities.map { $0["end"]?.integerValue } == expected.map { $0["end"]?.integerValue })
            #expect(zip(entities, expected).allSatisfy { isClose($0["score"], $1["score"]) })
        }
    }

    @Test func theHighlightedPageEscapesEverything() throws {
        try runner.write("in.txt", "<script>alert(1)</script> & \"the\" loader's payload\u{1B}[31m\n")
        let result = try runner.shell(
            #"securebert ner --html "$DIR/in.txt""#, environment: ["SECUREBERT_MODEL": Fixtures.model("bert-token")])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("<!doctype html>"))
        #expect(result.output.contains("<mark class=\"c0 l0\" title="))
        #expect(result.output.contains("<input type=\"checkbox\" id=\"t0\" checked>"))
        #expect(!result.output.contains("<script"))
        #expect(!result.output.contains("\u{1B}"))
        #expect(!result.output.contains("http://") && !result.output.contains("https://"))
    }

    /// Byte-level tokens bring the space before them along; no highlight shows it, and every one is in the list.
    @Test func theHighlightedPageShowsNoSpacesAndListsEverything() throws {
        try runner.write("in.txt", "The loader drops the payload and the loader runs\n")
        let result = try runner.shell(
            #"securebert ner --html --aggregation none "$DIR/in.txt""#,
            environment: ["SECUREBERT_MODEL": Fixtures.model("modernbert-token")])
        #expect(result.status == 0, "\(result.errors)")
        let marks = result.output.split(separator: "<mark ").dropFirst()
        #expect(!marks.isEmpty)
        #expect(marks.allSatisfy { $0.split(separator: ">").dropFirst().first?.first?.isWhitespace == false })
        let times = result.output.matches(of: /<td>([0-9]+)<\/td>/).compactMap { Int($0.1) }
        #expect(times.reduce(0, +) == marks.count)
    }

    @Test func classifyAgreesWithTheReference() throws {
        let golden = try rows("text-classification", "roberta-sequence").filter {
            $0["function"]?.stringValue == "default"
        }
        try writeRecords(golden.map(record))
        let found = try lines(#"classify --jsonl "$DIR/in.jsonl""#, model: "roberta-sequence")
        #expect(found.count == golden.count)
        for (found, golden) in zip(found, golden) {
            let labels = try #require(found["labels"]?.arrayValue)
            let expected = try #require(golden["scores"]?.arrayValue)
            #expect(labels.map { $0["label"]?.stringValue } == expected.map { $0["label"]?.stringValue })
            #expect(zip(labels, expected).allSatisfy { isClose($0["score"], $1["score"]) })
        }
    }

    @Test func thresholdsAreANumberOrAFileAndMustFitTheModel() throws {
        let text = "The loader downloads a payload."
        let all = try lines("classify --jsonl --multi-label <<< '\(text)'", model: "roberta-sequence")
        let best = try #require(all.first?["labels"]?.arrayValue?.first)
        let (label, score) = (try #require(best["label"]?.stringValue), try #require(best["score"]?.doubleValue))
        let kept = try lines(
            "classify --jsonl --multi-label --thresholds \(score - 0.001) <<< '\(text)'", model: "roberta-sequence")
        #expect(kept.first?["labels"]?.arrayValue?.first?["label"]?.stringValue == label)
        try runner.write("t.json", "{\"\(label)\": 1}")
        let none = try lines(
            #"classify --jsonl --multi-label --thresholds "$DIR/t.json" <<< '\#(text)'"#, model: "roberta-sequence")
        #expect(none.first?["labels"]?.arrayValue?.contains { $0["label"]?.stringValue == label } == false)
        try runner.write("t.json", "{\"no such label\": 1}")
        let wrong = try runner.shell(
            #"securebert classify --thresholds "$DIR/t.json" <<< text"#,
            environment: ["SECUREBERT_MODEL": Fixtures.model("roberta-sequence")])
        #expect(wrong.status == 3)
        #expect(wrong.errors.contains("the model has no label \"no such label\""))
    }

    @Test func answersStandInTheTextWhereTheySay() throws {
        let context = "Defenders patched the mail 😀 server on Monday.\nThe router was not touched."
        try runner.write("in.txt", context)
        let found = try lines(
            #"answer --jsonl --top-k 3 --question 'Which server was patched?' "$DIR/in.txt""#, model: "roberta-qa")
        let answers = try #require(found.first?["answers"]?.arrayValue)
        #expect(answers.count == 3)
        for answer in answers {
            let (start, end) = (try #require(answer["start"]?.integerValue), try #require(answer["end"]?.integerValue))
            let scalars = Array(context.unicodeScalars)[start..<end]
            #expect(answer["text"]?.stringValue == String(String.UnicodeScalarView(scalars)))
        }
        #expect(found.first?["impossible"]?.boolValue != nil)
    }

    @Test func searchFindsParagraphsWithTheirLines() throws {
        try runner.write("a.txt", "Heading\n\nThe loader downloads a payload\nfrom a remote server.\n\nok\n")
        try runner.write("b.md", "# Title\n\n- the attacker sends a mail\n- the finance team opens the file\n")
        try runner.write("c.bin", "the loader downloads a payload from here\n")
        let found = try lines(#"search --jsonl 'the loader downloads a payload' "$DIR""#, model: "st-mean-normalize")
        #expect(found.count == 3)
        let places = found.map { result in
            let name = result["file"]?.stringValue?.split(separator: "/").last ?? ""
            return "\(name) \(result["line"]?.text ?? "") \(result["endLine"]?.text ?? "")"
        }
        #expect(places.sorted() == ["a.txt 3 4", "b.md 3 3", "b.md 4 4"])
        let scores = found.compactMap { $0["score"]?.doubleValue }
        #expect(scores == scores.sorted(by: >))
    }

    @Test func inspectDescribesAndLocks() throws {
        let result = try runner.shell(
            #"""
            cp -r "$MODEL" "$DIR/model"
            securebert inspect "$DIR/model" --json > "$DIR/before.json" || exit 1
            securebert inspect "$DIR/model" --write-lock --quiet > /dev/null || exit 1
            securebert tokenize -m "$DIR/model" <<< text > /dev/null || exit 1
            sed -i 's/the/eht/' "$DIR/model/tokenizer.json"
            securebert fill-mask -m "$DIR/model" 'the [MASK]'; echo $?
            """#, environment: ["MODEL": Fixtures.model("bert-mlm")])
        #expect(result.output == "3\n")
        #expect(result.errors.contains("models.lock recorded"))
        let summary = try JSON.parse(try CommandLineRunner.read(runner.folder + "/before.json"))
        #expect(summary["modelType"]?.stringValue == "bert")
        #expect(summary["hiddenSize"]?.integerValue == 32)
    }

    @Test func benchPrintsOneObject() throws {
        let found = try lines("bench --batch 2 --length 16 --seconds 0 --threads 1 --json", model: "modernbert-base")
        #expect(found.count == 1)
        for key in [
            "tokensPerSecond", "milliseconds", "coldStartMilliseconds", "peakResidentBytes", "threads", "batch",
            "length",
        ] {
            #expect(found[0][key]?.doubleValue ?? 0 > 0, "\(key)")
        }
        for key in ["model", "precision", "isa"] { #expect(found[0][key]?.stringValue?.isEmpty == false, "\(key)") }
        try runner.write("in.txt", "the loader downloads a payload\n")
        // Options that several kinds of bench have reach the one that was named.
        let config = Fixtures.model("modernbert-base") + "/config.json"
        let training = try lines(
            "bench training --config \(config) --batch 3 --length 20 --steps 1 --threads 1 --json",
            model: "modernbert-base")
        #expect(training[0]["batch"]?.integerValue == 3)
        #expect(training[0]["length"]?.integerValue == 20)
        #expect(training[0]["threads"]?.integerValue == 1)
        let tokenizer = try lines(#"bench tokenizer --seconds 0 --json "$DIR/in.txt""#, model: "modernbert-base")
        #expect(tokenizer.first?["megabytesPerSecond"]?.doubleValue ?? 0 > 0)
        try runner.write("lengths.json", "[3, 17, 5]")
        let mixed = try lines(#"bench --lengths "$DIR/lengths.json" --seconds 0 --json"#, model: "modernbert-base")
        #expect(mixed.first?["tokens"]?.integerValue == 25)
        let long = try runner.shell(
            "securebert bench --length 100000", environment: ["SECUREBERT_MODEL": Fixtures.model("bert-mlm")])
        #expect(long.status == 2)
    }

    @Test func aModelWithoutTheHeadIsRefusedWithASentence() throws {
        for (arguments, model) in [
            ("fill-mask 'a [MASK]'", "bert-token"), ("ner <<< a", "bert-mlm"),
            ("classify <<< a", "bert-mlm"), ("answer --question q <<< a", "bert-mlm"),
            ("rerank --query q <<< a", "bert-mlm"),
        ] {
            let result = try runner.shell(
                "securebert \(arguments)", environment: ["SECUREBERT_MODEL": Fixtures.model(model)])
            #expect(result.status == 3, "\(arguments)")
            #expect(result.errors.hasPrefix("securebert: "), "\(arguments)")
        }
    }

    @Test func pullRefusesToGoOnlineWhenToldSo() throws {
        let offline = try runner.shell("securebert pull org/name", environment: ["HF_HUB_OFFLINE": "1"])
        #expect(offline.status == 4)
        #expect(offline.errors.contains("HF_HUB_OFFLINE"))
        let name = try runner.shell("securebert pull 'org/../name'")
        #expect(name.status == 2)
        let refused = try runner.shell(
            "securebert pull org/name", environment: ["HF_ENDPOINT": "http://127.0.0.1:9"])
        #expect(refused.status == 4)
    }
}
