import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

/// One encoder with heads for several tasks.
@Suite struct JointTests {
    let tiny: TinyFinetuning
    init() throws {
        tiny = try TinyFinetuning()
        var lines = ""
        for sentence in TinyFinetuning.sentences {
            for (word, tag) in zip(sentence.words, sentence.tags) { lines += "\(word)\t\(tag)\n" }
            lines += "\n"
        }
        try tiny.folder.write("entities.txt", lines)
        let texts = (0..<24).map {
            #"{"text": "\#(TinyFinetuning.topics[$0 % 3]) \#($0)", "label": "topic \#($0 % 3)"}"#
        }
        try tiny.folder.write("texts.jsonl", texts.joined(separator: "\n"))
        try tiny.folder.write(
            "set/corpus.jsonl",
            TinyFinetuning.topics.enumerated().map { #"{"_id": "p\#($0)", "title": "", "text": "\#($1)"}"# }
                .joined(separator: "\n"))
        try tiny.folder.write(
            "set/queries.jsonl",
            TinyFinetuning.topics.enumerated().map { #"{"_id": "q\#($0)", "text": "about \#($1.suffix(8))"}"# }
                .joined(separator: "\n"))
        for split in ["train", "valid"] {
            try tiny.folder.write(
                "set/qrels/\(split).tsv",
                "query-id\tcorpus-id\tscore\n" + (0..<3).map { "q\($0)\tp\($0)\t1\n" }.joined())
        }
        for (name, table) in [
            ("ner", "[ner]\nsubtokens = \"first\""), ("texts", "[classify]\nbest-by = \"accuracy\""),
            ("vectors", "[embed]\nloss = \"ranking\""),
        ] {
            try write(table, name)
        }
    }

    /// Writes the recipe of a task.
    private func write(_ table: String, _ name: String) throws {
        let text = try tiny.folder.read(String(tiny.recipe(table).split(separator: "/").last ?? ""))
        try tiny.folder.write("\(name).toml", text)
    }

    private static let tasks = """
        [[task]]
        name = "ner"
        kind = "ner"
        recipe = "ner.toml"
        train = ["entities.txt"]
        valid = ["entities.txt"]
        [[task]]
        name = "topic"
        kind = "classify"
        recipe = "texts.toml"
        train = ["texts.jsonl"]
        valid = ["texts.jsonl"]
        """

    private static let vectors = """
        [[task]]
        name = "vectors"
        kind = "embed"
        recipe = "vectors.toml"
        train = ["set"]
        valid = ["set"]
        share = 4.0
        """

    private func recipe(_ tasks: String, _ changes: [(String, String)] = []) throws -> JointRecipe {
        try JointRecipe(path: tiny.recipe(tasks, from: "modernbert-mlm-new", changes), data: tiny.folder.path)
    }

    private func run(_ recipe: JointRecipe, output: String = "run", stopAfter: Int = .max) throws
        -> FinetuningSeries.Summary?
    {
        try tiny.run(recipe.common, output: output, stopAfter: stopAfter) {
            try JointTask(recipe, seed: $0, compute: tiny.compute)
        }
    }

    @Test func everyHeadLearnsAndTextsAreEncodedOnce() throws {
        let summary = try #require(try run(recipe(Self.tasks + "\n" + Self.vectors)))
        #expect(summary.mean > 0.9)
        let path = tiny.folder.file("run/model")
        let model = try MultiTaskModel(path: path, compute: tiny.compute)
        #expect(model.headNames == ["ner", "topic", "vectors"])
        let recognizer = try EntityRecognizer(model.head("ner"))
        let classifier = try TextClassifier(model.head("topic"))
        let encoder = try SentenceEncoder(model.encoder)
        let names = try model.encoder.folder.weights().tensorNames.filter { $0.contains("layers.0.attn.Wo.weight") }
        #expect(names.count == 1, "there is one encoder: \(names)")
        let texts = ["the malware zeus ran .", TinyFinetuning.topics[1] + " 1"]
        let entities = try recognizer(texts)
        let labels = try classifier(texts.map { TextInput($0) })
        let vectors = try encoder(texts)
        #expect(model.sequences.encoded == 2 && model.sequences.remembered == 4)
        // Beside others a text is remembered too, and its numbers are the same.
        let mixed = try classifier(["zeus", texts[1], "ran", texts[0]].map { TextInput($0) })
        #expect(model.sequences.encoded == 4 && model.sequences.remembered == 6)
        #expect(mixed[1].labels.map(\.logit) == labels[1].labels.map(\.logit))
        #expect(mixed[3].labels.map(\.logit) == labels[0].labels.map(\.logit))
        #expect(entities[0].entities.map(\.type) == ["Malware"])
        #expect(labels[1].labels[0].name == "topic 1")

        // Each head by itself says the same.
        let ownPath = "\(path)/heads"
        let own = try TextClassifier(PretrainedModel(path: "\(ownPath)/topic", compute: tiny.compute))
        #expect(try own(texts.map { TextInput($0) })[1].labels.map(\.logit) == labels[1].labels.map(\.logit))
        let ownRecognizer = try EntityRecognizer(PretrainedModel(path: "\(ownPath)/ner/", compute: tiny.compute))
        #expect(try ownRecognizer(texts)[0].entities.map(\.text) == entities[0].entities.map(\.text))
        let alone = try SentenceEncoder(PretrainedModel(path: path, head: .some(.none), compute: tiny.compute))
        #expect(try alone(texts)[0].vector == vectors[0].vector)
        #expect(abs(vectors[0].vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        #expect(throws: TaskError.self) { try model.head("other") }
        #expect(throws: TaskError.self) { try MultiTaskModel(path: Fixtures.model("modernbert-token")) }
    }

    @Test func furtherSentencesAreMappedByTheRecipeOfTheirTask() throws {
        try write("[ner.types]\nVIRUS = \"Malware\"", "ner")
        try tiny.folder.write("more.txt", "the O\nmalware O\nemotet B-VIRUS\nspread O\nfast B-SPEED\n\n")
        let more = Self.tasks.replacing(
            "train = [\"entities.txt\"]", with: "train = [\"entities.txt\"]\nextra = [\"more.txt\"]")
        let counts = try [Self.tasks, more].map {
            try JointTask(recipe($0), seed: 1, compute: tiny.compute).exampleCount
        }
        #expect(counts[1] == counts[0] + 1)
        try write("[ner.types]\nVIRUS = \"Worm\"", "ner")
        #expect(throws: TrainingError.self) { try JointTask(recipe(more), seed: 1, compute: tiny.compute) }
    }

    @Test func aResumedRunEqualsAnUninterruptedOne() throws {
        let recipe = try recipe(Self.tasks, [("epochs = 12", "epochs = 3")])
        let whole = try #require(try run(recipe, output: "whole"))
        #expect(try run(recipe, output: "parts", stopAfter: 9) == nil)
        #expect(try run(recipe, output: "parts") == whole)
        for file in ["model/model.safetensors", "seed-5/model/model.safetensors", "model/heads/ner/config.json"] {
            #expect(try tiny.folder.read("parts/\(file)") == tiny.folder.read("whole/\(file)"), "\(file)")
        }
    }

    @Test(arguments: [
        ("kind = \"ner\"", "kind = \"nerd\""), ("name = \"topic\"", "name = \"ner\""),
        ("name = \"topic\"", "name = \"../x\""), ("train = [\"texts.jsonl\"]", "train = []"),
        ("train = [\"texts.jsonl\"]", "train = [\"texts.jsonl\"]\nextra = [\"texts.jsonl\"]"),
        ("train = [\"texts.jsonl\"]", "train = [\"texts.jsonl\"]\nnames = \"names.tsv\""),
        ("[[task]]\nname = \"ner\"", "[lora]\nrank = 4\n[[task]]\nname = \"ner\""),
    ])
    func recipesAreChecked(old: String, new: String) throws {
        #expect(throws: RecipeError.self) { try recipe(Self.tasks.replacing(old, with: new)) }
    }

    @Test func aHeadOfAnotherPlaceIsNoSharedOne() throws {
        // The same file outside of a folder of heads is an ordinary model without weights.
        try tiny.folder.write("other/config.json", #"{"model_type": "modernbert", "shared_encoder": true}"#)
        #expect(throws: CheckpointError.self) { try ModelFolder(path: tiny.folder.file("other")) }
    }
}
