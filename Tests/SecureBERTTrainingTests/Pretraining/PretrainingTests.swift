import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct PretrainingTests {
    let run: TinyRun
    init() throws { run = try TinyRun() }

    @Test func lossFallsAndTheModelLoads() throws {
        var events: [TrainingEvent] = []
        #expect(try run.trainer("run").run(report: { events.append($0) }))
        let losses = try run.losses("run")
        let steps = losses.count
        #expect(steps == 12)
        #expect(try #require(losses[steps]) < #require(losses[1]) - 0.5)
        for name in ["model", "best"] {
            let model = try PretrainedModel(path: run.folder.file("run/\(name)"))
            #expect(try FillMask(model)("The attacker [MASK] shadow copies.").count == 1)
        }
        #expect(run.folder.names(in: "run/checkpoints").count == 2)
        let report = String(decoding: try run.folder.read("run/report.html"), as: UTF8.self)
        #expect(report.contains("<polyline"))
    }

    /// Stopped after every number of steps and started again, the run ends with the same bytes.
    @Test(arguments: [1, 3, 4, 7, 11]) func aResumedRunEqualsAnUninterruptedOne(stopAfter: Int) throws {
        try run.train("whole")
        #expect(try !run.train("parts", stopAfter: stopAfter))
        #expect(try run.losses("parts").count == stopAfter)
        #expect(try run.train("parts"))
        #expect(try run.losses("parts") == run.losses("whole"))
        for file in ["model/model.safetensors", "best/model.safetensors"] {
            #expect(try run.folder.read("parts/\(file)") == run.folder.read("whole/\(file)"), "\(file)")
        }
    }

    /// Started again when it is complete, a run does nothing and still has its model.
    @Test func aCompleteRunStaysAsItIs() throws {
        try run.trainer("run").run()
        let model = try run.folder.read("run/model/model.safetensors")
        #expect(try run.trainer("run").run())
        #expect(try run.folder.read("run/model/model.safetensors") == model)
    }

    private static let scratchModel = """
        layers = 2
        hidden-size = 16
        heads = 2
        intermediate-size = 24
        maximum-length = 64
        local-attention = 8
        """

    /// Adapting an existing checkpoint to the domain starts with its weights.
    @Test func aCheckpointIsAdapted() throws {
        try run.trainer("base").run()
        try run.trainer("adapted", [(Self.scratchModel, "from = \"base/model\"")]).run()
        let (first, last) = (try run.losses("base"), try run.losses("adapted"))
        #expect(try #require(last[1]) < #require(first[1]) - 0.5)
    }

    @Test(arguments: ["bert-mlm", "roberta-mlm"]) func otherArchitecturesAreAdapted(name: String) throws {
        let model = Fixtures.model(name)
        _ = try TokenCorpusBuilder(
            corpus: run.folder.file("corpus"), tokenizer: DocumentTokenizer(path: model),
            output: run.folder.file("tokens"), threads: 1
        ).run()
        try run.trainer("adapted", [(Self.scratchModel, "from = \"\(model)\"")], tokenizer: model).run()
        let losses = try run.losses("adapted")
        #expect(try #require(losses[losses.count]) < #require(losses[1]) - 0.2, "\(losses)")
        let adapted = try PretrainedModel(path: run.folder.file("adapted/model"))
        #expect(adapted.folder.configuration.modelType == name.prefix { $0 != "-" })
        #expect(
            try FillMask(adapted)("The attacker \(name == "bert-mlm" ? "[MASK]" : "<mask>") shadow copies.").count == 1)
    }

    /// Short sequences first, and at the end those of the longest texts that ModernBERT reads.
    @Test func aScheduleOfLengthsReaches8192() throws {
        var tokens: [Int] = []
        let changes = [
            ("maximum-length = 64", "maximum-length = 8192"), ("length = 60", "length = 8192"),
            ("tokens = 1024", "tokens = 16_384"), ("tokens-per-part = 128", "tokens-per-part = 8192"),
        ]
        #expect(
            try run.trainer("run", changes).run(report: { event in
                if case .step(let record) = event { tokens.append(record.tokens - tokens.reduce(0, +)) }
            }))
        #expect(tokens.first.map { $0 < 400 } == true && tokens.suffix(2) == [8192, 8192], "\(tokens)")
        #expect(try run.losses("run").values.allSatisfy(\.isFinite))
    }

    @Test(arguments: [
        ("seed = 7", "seed = 8", "another recipe"),
        ("tokens = 2048", "tokens = 4096", "another recipe"),
    ])
    func resumingWithAnotherRecipeIsRefused(old: String, new: String, message: String) throws {
        try run.trainer("run").run()
        let error = try #require(throws: TrainingError.self) { try run.trainer("run", [(old, new)]) }
        #expect(error.description.contains(message))
    }

    @Test func resumingWithAnotherVocabularyIsRefused() throws {
        try run.trainer("run").run()
        let other = Fixtures.model("bert-mlm")
        _ = try TokenCorpusBuilder(
            corpus: run.folder.file("corpus"), tokenizer: DocumentTokenizer(path: other),
            output: run.folder.file("tokens"), threads: 1
        ).run()
        let error = try #require(throws: TrainingError.self) { try run.trainer("run") }
        #expect(error.description.contains("another tokenizer"))
    }

    /// A vocabulary of the same size is not the same vocabulary.
    @Test func anotherTokenizerOfTheSameSizeIsRefused() throws {
        let other = try run.folder.makeFolder("other")
        for name in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"] {
            let file = try MappedFile(path: "\(run.tokenizer)/\(name)")
            let bytes = withExtendedLifetime(file) { Array(file.bytes) }
            try run.folder.write("other/\(name)", name == "tokenizer.json" ? bytes + [10] : bytes)
        }
        let error = try #require(throws: TrainingError.self) { try run.trainer("run", tokenizer: other) }
        #expect(error.description.contains("another tokenizer (400 ids)"))
    }

    @Test func sequencesLongerThanTheModelAreRefused() throws {
        let error = try #require(throws: TrainingError.self) {
            try run.trainer("run", [("length = 60", "length = 65")])
        }
        #expect(error.description.contains("sequences of 65 tokens, the model at most 64"))
    }

    @Test(arguments: [
        ("learning-rate = 1e-2", "learning-rate = 1e-2\nlearning-rat = 1", "learning-rat"),
        ("rate = 1e-2", "rate = 7", "found 7"),
        ("layers = 2", "layers = 0", "found 0"),
        ("heads = 2", "heads = 3", "num_attention_heads"),
        ("text = 0.6\ncode = 0.4", "text = 0\ncode = 0", "positive share"),
        ("broad = 0.1", "broad = 1.1", "found 1.1"),
        ("\"broad *\"", "\"broader *\"", "no source like \"broader *\""),
        ("sources = [\"broad *\"]", "sources = []", "no broad documents"),
        ("precision = \"f32\"", "precision = \"f64\"", "found \"f64\""),
    ])
    func recipesWithImpossibleValuesAreRefused(old: String, new: String, message: String) throws {
        let error = try #require(throws: (any Error).self) { try run.trainer("run", [(old, new)]) }
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func aRecipeWithoutStagesIsRefused() throws {
        let recipe = TinyRun.recipe()
        let end = try #require(recipe.firstRange(of: "[[stage]]")).lowerBound
        let error = try #require(throws: RecipeError.self) {
            try run.trainer("run", [(String(recipe[end...]), "")])
        }
        #expect(error.description.contains("stage"))
    }

    /// A model with a weight that is no number is not trained further, and the complaint is about the model.
    @Test func aModelWithNaNIsNotAdapted() throws {
        try run.train("base")
        let file = "base/model/model.safetensors"
        var bytes = try run.folder.read(file)
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
        try run.folder.write(file, bytes)
        let error = try #require(throws: TrainingError.self) {
            try run.trainer("adapted", [(Self.scratchModel, "from = \"base/model\"")])
        }
        #expect(error.code == .mismatch)
        #expect(error.description.contains("base/model"), "\(error)")
        #expect(error.description.contains("holds numbers that are not finite"), "\(error)")
    }

    @Test func aCorpusWithoutATrainingSplitIsRefused() throws {
        try run.folder.copy("held/valid.jsonl", from: run.folder.file("corpus/valid.jsonl"))
        _ = try TokenCorpusBuilder(
            corpus: run.folder.file("held"), tokenizer: DocumentTokenizer(path: run.tokenizer),
            output: run.folder.file("held-tokens"), threads: 1
        ).run()
        try run.folder.write(
            "recipe.toml", TinyRun.recipe([("[broad]\nsources = [\"broad *\"]\n", ""), ("broad = 0.1\n", "")]))
        let error = try #require(throws: TrainingError.self) {
            try MaskedLanguageModeling(
                PretrainingRecipe(path: run.folder.file("recipe.toml")),
                corpus: TokenCorpus(folder: run.folder.file("held-tokens")), tokenizerFolder: run.tokenizer,
                compute: Compute(threads: 1))
        }
        #expect(error.description.contains("held-tokens: has no split \"train\", only \"valid\";"), "\(error)")
    }
}
