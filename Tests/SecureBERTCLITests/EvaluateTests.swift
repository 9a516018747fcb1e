import SecureBERTJSON
import TestSupport
import Testing

/// `evaluate ner`, `classify`, `vuln`, `retrieval`, `rerank`, `answer` and `all`, from their arguments to their output.
@Suite struct EvaluateTests {
    let runner: CommandLineRunner
    init() throws {
        runner = try CommandLineRunner()
        try runner.write("test.txt", "Emotet\tB-Malware\nseen\tO\n\nzeus\tB-Malware\n\n")
        try runner.write("train.txt", "Emotet\tB-Malware\nseen\tO\n\n")
        let texts = (0..<8).map { #"{"text": "text \#($0)", "labels": ["\#($0 % 2 == 0 ? "T1059" : "T1566")"]}"# }
        try runner.write("texts.jsonl", texts.joined(separator: "\n") + "\n")
        try runner.write(
            "functions.jsonl",
            (0..<8).map { #"{"code": "int f\#($0)() {}", "label": \#($0 % 2), "project": "p", "cwe": ["CWE-119"]}"# }
                .joined(separator: "\n") + "\n")
        try runner.write("pairs.jsonl", #"{"vulnerable": "strcpy(a, b);", "fixed": "strlcpy(a, b, 8);"}"# + "\n")
        _ = try runner.shell(#"mkdir -p "$DIR/set/qrels""#)
        try runner.write("foreign.txt", "Enterprise\tB-Starship\n\n")
        try runner.write("set/corpus.jsonl", #"{"_id": "p", "title": "", "text": "a passage"}"# + "\n")
        try runner.write("set/queries.jsonl", #"{"_id": "q", "text": "which passage"}"# + "\n")
        try runner.write("set/qrels/valid.tsv", "query-id\tcorpus-id\tscore\nq\tp\t1\n")
        try runner.write(
            "squad.json",
            """
            {"data": [{"paragraphs": [{"context": "APT29 used SUNBURST.", "qas": [
              {"id": "1", "question": "Who?", "answers": [{"text": "APT29", "answer_start": 0}]}]}]}]}
            """)
        try runner.write(
            "label.sh",
            """
            cp -r "$MODELS/$1" "$DIR/m" && chmod -R u+w "$DIR/m"
            sed -i "s/benign/$2/; s/phishing/$3/; s/ransomware/$4/; s/single_label_cl/$5/" "$DIR/m/config.json"
            """)
    }

    private func shell(_ command: String) throws -> CommandLineRunner.Result {
        try runner.shell(command, environment: ["MODELS": "\(Fixtures.path)/models"])
    }

    private func json(_ arguments: String) throws -> JSON {
        let result = try shell(arguments)
        #expect(result.status == 0, "\(result.errors)")
        return try JSON.parse(result.output.split(separator: "\n").last.map(String.init) ?? "")
    }

    private func figures(_ json: JSON) -> JSON? { json["sections"]?.arrayValue?.first?["figures"] }

    @Test(arguments: ["ner", "classify", "vuln", "retrieval", "rerank", "answer", "all"])
    func subcommandsExplainThemselves(name: String) throws {
        let result = try runner.shell("securebert evaluate \(name) --help")
        #expect(result.status == 0)
        #expect(result.output.contains("securebert evaluate \(name) "))
        for line in result.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func entitiesAndLeaks() throws {
        let report = try json(
            #"securebert evaluate ner -q --json --model "$MODELS/modernbert-token" --data "$DIR/test.txt" --train "$DIR/train.txt" --allow-unknown-labels --html "$DIR/r.html""#
        )
        #expect(figures(report)?["micro-F1"]?["interval95"]?.arrayValue?.count == 2)
        let notes = report["sections"]?.arrayValue?.first?["notes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(notes.contains { $0.contains("1 of the 2 test examples are in the training data") }, "\(notes)")
        let page = try CommandLineRunner.read("\(runner.folder)/r.html")
        #expect(page.contains("<svg") && page.contains("F1 by type"))
    }

    @Test func calibrationIsSavedAndUsed() throws {
        let report = try json(
            #"""
            sh "$DIR/label.sh" roberta-sequence T1059 T1566 T1003 multi_label_cl
            securebert evaluate classify -q --json -m "$DIR/m" --data "$DIR/texts.jsonl" --calibrate-on "$DIR/texts.jsonl"
            """#)
        #expect(figures(report)?["calibration error, calibrated"]?["value"]?.doubleValue != nil)
        let saved = try JSON.parse(CommandLineRunner.read("\(runner.folder)/m/calibration.json"))
        #expect(saved["thresholds"]?.objectValue?.members.count == 3)
        let same = try json(
            #"securebert evaluate classify -q --json -m "$DIR/m" --data "$DIR/texts.jsonl" --calibrated"#)
        #expect(figures(same)?["micro-F1"]?.text == figures(report)?["micro-F1"]?.text)
        let labels = try json(#"securebert classify -q --jsonl -m "$DIR/m" --calibrated "$DIR/texts.jsonl""#)
        #expect(labels["labels"]?.arrayValue != nil)
        let refused = try shell(#"securebert classify -m "$MODELS/roberta-sequence" --calibrated "$DIR/texts.jsonl""#)
        #expect(refused.status == 3 && refused.errors.contains("calibration.json"), "\(refused.errors)")
    }

    @Test func functionsAndPairs() throws {
        let report = try json(
            #"""
            sh "$DIR/label.sh" modernbert-sequence-cls safe vulnerable CWE-1 single_label_cl
            securebert evaluate vuln -q --json -m "$DIR/m" --data "$DIR/functions.jsonl" --pairs "$DIR/pairs.jsonl"
            """#)
        for name in ["accuracy", "MCC", "PR-AUC", "pairwise accuracy"] {
            #expect(figures(report)?[name]?["value"]?.doubleValue != nil, "\(name)")
        }
    }

    @Test func rankings() throws {
        let report = try json(
            #"""
            securebert evaluate retrieval -q --json -m "$MODELS/st-mean-normalize" --reranker "$MODELS/ce-sigmoid" \
              --data "$DIR/set:valid"
            """#)
        #expect(figures(report)?["hybrid: nDCG@10"]?["value"]?.doubleValue == 1)
        for (weight, system) in [("0", "BM25"), ("1", "bi-encoder")] {
            let one = try json(
                #"""
                securebert evaluate retrieval -q --json -m "$MODELS/st-mean-normalize" --vector-weight \#(weight) \
                  --try-weights --queries 100 --data "$DIR/set:valid"
                """#)
            for measure in ["nDCG@10", "mAP", "MRR@10"] {
                let (hybrid, alone) = ("hybrid: \(measure)", "\(system): \(measure)")
                #expect(
                    figures(one)?[hybrid]?["value"]?.doubleValue == figures(one)?[alone]?["value"]?.doubleValue,
                    "\(alone)")
            }
        }
        // Short passages fit, so that truncating them changes nothing.
        for option in ["", "--truncate"] {
            let alone = try json(
                #"securebert evaluate rerank -q --json -m "$MODELS/ce-sigmoid" --split valid --data "$DIR/set" \#(option)"#
            )
            #expect(figures(alone)?["re-ranked: MRR@10"]?["value"]?.doubleValue == 1)
        }
        let keywords = try json(#"securebert evaluate retrieval -q --json --bm25-only --split valid --data "$DIR/set""#)
        #expect(figures(keywords)?.objectValue?.members.count == 6)
    }

    @Test func answers() throws {
        let report = try json(
            #"securebert evaluate answer -q --json -m "$MODELS/modernbert-qa" --data "$DIR/squad.json""#)
        #expect(figures(report)?["F1"]?["value"]?.doubleValue != nil)
    }

    /// A suite over models of several kinds: each test takes those that fit.
    @Test func suites() throws {
        try runner.write(
            "suite.toml",
            """
            [[test]]
            task = "ner"
            name = "entities"
            data = ["test.txt"]
            train = []
            models = []
            figures = ["micro-F1"]
            [[test.published]]
            system = "other"
            figure = "micro-F1"
            value = 0.5
            test = "another"
            source = "a card"
            [[test]]
            task = "retrieval"
            name = "sets"
            data = ["set:valid"]
            train = []
            models = []
            figures = ["hybrid: nDCG@10"]
            """)
        let report = try json(
            #"""
            securebert evaluate all -q --json --suite "$DIR/suite.toml" --data "$DIR" \
              --model "$MODELS/modernbert-token" "$MODELS/st-mean-normalize" "$MODELS/ce-sigmoid"
            """#)
        let sections = report["sections"]?.arrayValue ?? []
        #expect(sections.count == 3)
        let tables = sections.first?["tables"]?.arrayValue?.compactMap { $0["rows"]?.arrayValue?.count }
        #expect(tables == [2, 1])
    }

    @Test(arguments: [
        (#"ner -m "$MODELS/modernbert-token" --data "$DIR/foreign.txt""#, 3, "--allow-unknown-labels"),
        (#"ner -m "$MODELS/modernbert-token" --data "$DIR/none.txt""#, 4, "No such file"),
        (#"classify -m "$MODELS/modernbert-token" --data "$DIR/texts.jsonl""#, 3, "is a model for securebert ner"),
        (#"vuln -m "$MODELS/modernbert-sequence-cls" --data "$DIR/functions.jsonl""#, 3, "\"safe\""),
        (#"retrieval --bm25-only --data "$DIR/set""#, 4, "qrels/test.tsv"),
        (#"retrieval --vector-weight 2 --data "$DIR/set""#, 2, "--vector-weight must be 0 to 1"),
        (
            #"classify -m "$MODELS/roberta-sequence" --data "$DIR/texts.jsonl" --calibrated --calibrate-on x"#, 2,
            "one of them"
        ),
        (#"all --suite "$DIR/none.toml" --data "$DIR""#, 4, "none.toml"),
    ])
    func complainsInOneSentence(arguments: String, status: Int, part: String) throws {
        let result = try shell("securebert evaluate \(arguments)")
        #expect(Int(result.status) == status, "\(result.errors)")
        #expect(result.errors.contains(part), "\(result.errors)")
    }
}
