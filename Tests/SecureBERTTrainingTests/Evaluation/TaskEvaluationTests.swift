import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

/// Figures of evaluations, computed a second way from the model's own answers.
@Suite struct TaskEvaluationTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func model(_ name: String, head: ModelHead? = nil) throws -> PretrainedModel {
        try PretrainedModel(path: Fixtures.model(name), head: head, compute: Compute(threads: 1))
    }

    private func figure(_ section: EvaluationReport.Section, _ name: String) throws -> EvaluationReport.Figure {
        try #require(section.figures.first { $0.name == name }, "\(section.figures.map(\.name))")
    }

    @Test func entities() throws {
        let recognizer = try EntityRecognizer(model("modernbert-token"))
        // Half of the sentences have the model's own labels.
        let sentences = (0..<20).map { "Emotet dropped TrickBot on host number \($0) ." }
        var lines = ""
        for (index, sentence) in sentences.enumerated() {
            let words = sentence.split(separator: " ").map(String.init)
            var (ranges, end) = ([Range<Int>](), 0)
            for word in words {
                ranges.append(end..<end + word.utf8.count)
                end += word.utf8.count + 1
            }
            let labels = try recognizer.labels(ofWords: [ranges], in: [sentence])[0]
            for (word, label) in zip(words, labels) { lines += "\(word)\t\(index < 10 ? label : "O")\n" }
            lines += "\n"
        }
        try folder.write("test.txt", lines)
        let dataset = try EntityDataset(path: folder.file("test.txt"))
        let evaluation = try EntityEvaluation(recognizer, dataset)
        let section = evaluation.section("test", seed: 1)
        let metrics = EntityMetrics(references: dataset.texts.map { $0.tags }, predictions: evaluation.predictions)
        let micro = try figure(section, "micro-F1")
        #expect(micro.value == metrics.averages.micro.f1)
        #expect(try figure(section, "recall").value == 1)
        #expect(try #require(micro.interval).contains(metrics.averages.micro.f1))
        let rows = try #require(section.tables.first).rows
        #expect(rows.count == metrics.types.count)
    }

    /// An entity that begins with "I-" is one by default, and none when strict.
    @Test func strictEntities() throws {
        try folder.write("test.txt", "a\tB-A\nb\tI-A\nc\tO\nd\tB-B\n\ne\tB-B\nf\tO\n\n")
        let evaluation = EntityEvaluation(
            try EntityDataset(path: folder.file("test.txt")), predictions: [["I-A", "I-A", "O", "B-B"], ["B-B", "O"]])
        let found = try SectionValues(evaluation.section("test", seed: 1))
        for (name, value) in [
            ("macro-F1", 1), ("weighted F1", 1), ("strict micro-F1", 0.8), ("strict macro-F1", 0.5),
            ("strict weighted F1", 2.0 / 3),
        ] {
            expectClose([try found.value(name).doubleValue], [value])
            #expect(try found.interval(name).count == 2, "\(name)")
        }
        expectClose(try found.cells("Types", "A", ["F1", "strict F1"]), [1, 0])
        #expect(try found.cell("Types", "A", "F1, 95 %").numbers == [1, 1])
        #expect(try found.cell("Types", "A", "strict F1, 95 %").numbers == [0, 0])
        #expect(try found.cell("Types", "B", "strict F1, 95 %").numbers == [1, 1])
    }

    @Test func unknownTypesAndLabelsAreRefusedUnlessAllowed() throws {
        try folder.write("test.txt", "Emotet\tB-Starship\n\n")
        let recognizer = try EntityRecognizer(model("modernbert-token"))
        let dataset = try EntityDataset(path: folder.file("test.txt"))
        #expect(throws: TrainingError.self) { try EntityEvaluation(recognizer, dataset) }
        var options = EntityEvaluation.Options()
        options.allowsUnknownTypes = true
        let section = try EntityEvaluation(recognizer, dataset, options).section("test", seed: 1)
        #expect(try figure(section, "recall").value == 0)
        #expect(section.notes.contains { $0.contains("Starship") })

        let classifier = try TextClassifier(model("modernbert-sequence-cls"))
        try folder.write("texts.jsonl", #"{"text": "a", "label": "never"}"# + "\n")
        let texts = try ClassificationDataset(path: folder.file("texts.jsonl"))
        #expect(throws: TrainingError.self) { try ClassificationEvaluation(classifier, texts) }
        let allowed = try ClassificationEvaluation(classifier, texts, allowsUnknownLabels: true)
        #expect(try figure(allowed.section("test", calibration: nil, seed: 1), "accuracy").value == 0)
        try folder.write("several.jsonl", #"{"text": "a", "labels": ["never"]}"# + "\n")
        let several = try ClassificationDataset(path: folder.file("several.jsonl"))
        #expect(throws: TrainingError.self) { try ClassificationEvaluation(classifier, several) }
    }

    @Test(arguments: ["modernbert-sequence-cls", "roberta-sequence"])
    func classes(name: String) throws {
        let classifier = try TextClassifier(model(name))
        let texts = (0..<30).map { "text number \($0 * $0) of \($0 % 3 == 0 ? "strcpy" : "malware")" }
        let several = classifier.defaultMode == .sigmoid
        let results = try classifier(texts.map { TextInput($0) })
        var right = 0
        let lines = zip(texts, results).enumerated().map { index, entry in
            let label = index.isMultiple(of: 3) ? entry.1.labels[0].name : classifier.labels[0]
            if label == entry.1.labels[0].name { right += 1 }
            return several
                ? #"{"text": "\#(entry.0)", "labels": ["\#(label)"]}"#
                : #"{"text": "\#(entry.0)", "label": "\#(label)"}"#
        }
        try folder.write("texts.jsonl", lines.joined(separator: "\n") + "\n")
        let dataset = try ClassificationDataset(path: folder.file("texts.jsonl"))
        let evaluation = try ClassificationEvaluation(classifier, dataset)
        let calibration = evaluation.calibration(.shared)
        #expect(
            calibration.thresholds.count == (several ? classifier.labels.count : classifier.labels.count == 2 ? 2 : 0))
        let section = evaluation.section("test", calibration: several ? calibration : nil, seed: 1)
        if several {
            let value = try #require(figure(section, "micro-F1").value)
            #expect(value > 0)
        } else {
            #expect(try figure(section, "accuracy").value == Double(right) / 30)
        }
        #expect(section.figures.contains { $0.name == "calibration error, calibrated" } == several)
        #expect(section.plots.count >= 2)
    }

    @Test func rankings() throws {
        let encoder = try SentenceEncoder(model("st-mean-normalize", head: .some(.none)))
        let reranker = try CrossEncoder(model("ce-sigmoid"))
        try folder.write(
            "set/corpus.jsonl",
            (0..<12).map { #"{"_id": "p\#($0)", "title": "", "text": "passage about topic\#($0)"}"# }.joined(
                separator: "\n"))
        try folder.write(
            "set/queries.jsonl",
            (0..<12).map { #"{"_id": "q\#($0)", "text": "what is topic\#($0)"}"# }.joined(separator: "\n"))
        try folder.write(
            "set/qrels/test.tsv",
            "query-id\tcorpus-id\tscore\n" + (0..<12).map { "q\($0)\tp\($0)\t1" }.joined(separator: "\n") + "\n")
        var systems = RetrievalEvaluation.Systems()
        (systems.encoder, systems.reranker, systems.depth) = (encoder, reranker, 4)
        var evaluation = RetrievalEvaluation(systems)
        let test = RetrievalTest(try RetrievalDataset(folder: folder.file("set"), split: "test"))
        try evaluation.add(test)
        try evaluation.add(test)
        let sections = evaluation.sections(seed: 1)
        #expect(sections.count == 3)
        // Every query shares exactly one rare word with its passage.
        #expect(try figure(sections[0], "BM25: nDCG@10").value == 1)
        #expect(try figure(sections[2], "BM25: nDCG@10").value == 1)
        let systemsFound = try #require(sections[0].tables.first).rows.count
        #expect(systemsFound == 5)
        let nearest = try #require(figure(sections[0], "bi-encoder: nDCG@10").value)
        #expect(try abs(#require(figure(sections[2], "bi-encoder: nDCG@10").value) - nearest) < 1e-12)
        let reranked = try #require(figure(sections[0], "re-ranked: recall@10").value)
        #expect(reranked > 0)
    }

    @Test func suitesAreChecked() throws {
        let good = """
            [[test]]
            task = "ner"
            name = "n"
            data = ["a.txt", "/b.txt"]
            train = []
            models = []
            figures = ["micro-F1"]
            [[test.published]]
            system = "s"
            figure = "micro-F1"
            value = 0.5
            test = "other"
            source = "a card"
            """
        try folder.write("suite.toml", good)
        let suite = try EvaluationSuite(path: folder.file("suite.toml"), root: "/root")
        #expect(suite.tests.map(\.data) == [["/root/a.txt", "/b.txt"]])
        #expect(suite.tests[0].comparison([]).rows.count == 1)
        for change in [("\"ner\"", "\"nerd\""), ("value = 0.5", "value = \"a\""), ("name = \"n\"", "nam = \"n\"")] {
            try folder.write("suite.toml", good.replacing(change.0, with: change.1))
            #expect(throws: RecipeError.self) { try EvaluationSuite(path: folder.file("suite.toml"), root: "/root") }
        }
        try folder.write("suite.toml", "a = 1")
        #expect(throws: RecipeError.self) { try EvaluationSuite(path: folder.file("suite.toml"), root: "/root") }
    }

    /// The suite of this package can be read.
    @Test func ourSuiteIsValid() throws {
        let suite = try EvaluationSuite(path: Fixtures.path + "/../Recipes/evaluation.toml", root: "/root")
        #expect(suite.tests.count >= 8)
    }
}
