import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct FinetuningTests {
    let tiny: TinyFinetuning
    init() throws { tiny = try TinyFinetuning() }

    private func entityTask(_ recipe: TokenClassificationRecipe, _ seed: UInt64) throws -> TokenClassificationTask {
        try TokenClassificationTask(
            recipe, train: TinyFinetuning.sentences, valid: Array(TinyFinetuning.sentences.prefix(8)), seed: seed,
            compute: tiny.compute)
    }

    @Test(arguments: ["cross-entropy", "focal", "crf"], ["first", "all"])
    func entitiesAreLearned(loss: String, subtokens: String) throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[ner]\nloss = \"\(loss)\"\nsubtokens = \"\(subtokens)\"\ntight-text = 0.5"))
        let summary = try #require(try tiny.run(recipe.common) { try entityTask(recipe, $0) })
        #expect(summary.mean > 0.9)
        let recognizer = try EntityRecognizer(PretrainedModel(path: tiny.folder.file("run/model")))
        let entities = try recognizer(["the malware zeus ran ."])[0].entities
        #expect(entities.map(\.type) == ["Malware"])
        #expect(entities.map(\.text) == ["zeus"])
    }

    /// All three architectures take a new head, whatever their checkpoint has.
    @Test(arguments: ["roberta-mlm", "bert-mlm", "bert-qa", "roberta-base", "modernbert-base"])
    func everyArchitectureTakesANewHead(model: String) throws {
        let recipe = try TokenClassificationRecipe(path: tiny.recipe("", from: model, [("epochs = 12", "epochs = 1")]))
        try tiny.run(recipe.common) { try entityTask(recipe, $0) }
        let loaded = try PretrainedModel(path: tiny.folder.file("run/model"))
        #expect(loaded.folder.configuration.shared.labels == ["O", "B-Malware", "I-Malware", "B-System", "I-System"])
    }

    /// Stopped and started again, a run ends with the same bytes, for every seed.
    @Test(arguments: [1, 5, 20]) func aResumedRunEqualsAnUninterruptedOne(stopAfter: Int) throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[ner]\nreplace-entities = 0.5", [("seeds = [5]", "seeds = [5, 6]")]))
        let whole = try #require(try tiny.run(recipe.common, output: "whole") { try entityTask(recipe, $0) })
        #expect(whole.outcomes.map(\.seed) == [5, 6])
        #expect(
            try tiny.run(recipe.common, output: "parts", stopAfter: stopAfter) { try entityTask(recipe, $0) } == nil)
        #expect(try tiny.run(recipe.common, output: "parts") { try entityTask(recipe, $0) } == whole)
        for file in ["model/model.safetensors", "seed-5/best/model.safetensors", "seed-6/model/model.safetensors"] {
            #expect(try tiny.folder.read("parts/\(file)") == tiny.folder.read("whole/\(file)"), "\(file)")
        }
    }

    @Test func patienceEndsARun() throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[evaluation]\npatience = 2", [("learning-rate = 1e-2", "learning-rate = 1e-9")]))
        try tiny.run(recipe.common) { try entityTask(recipe, $0) }
        let log = String(decoding: try tiny.folder.read("run/seed-5/log.jsonl"), as: UTF8.self)
        #expect(log.split(separator: "\n").count { $0.contains("evaluation") } == 3)
    }

    @Test func frozenWeightsStayAsTheyAre() throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[freeze]\nlayers = 1\nembeddings = true", [("epochs = 12", "epochs = 1")]))
        try tiny.run(recipe.common) { try entityTask(recipe, $0) }
        let before = try ModelFolder(path: Fixtures.model("modernbert-mlm-new")).weights()
        let after = try ModelFolder(path: tiny.folder.file("run/model")).weights()
        func isSame(_ name: String) throws -> Bool {
            try tiny.compute.float32(before.tensor(named: name)).floats()
                == tiny.compute.float32(after.tensor(named: name)).floats()
        }
        let names = before.tensorNames.filter { after.tensorDescription(named: $0) != nil }
        for name in names where name.contains("layers.0.") || name.contains("embeddings.") {
            #expect(try isSame(name), "\(name)")
        }
        #expect(try names.contains { try $0.contains("layers.1.") && !isSame($0) })
    }

    /// The window is read again as it was trained, also where the checkpoint says its half.
    @Test(arguments: ["", #""sliding_window": 5, "#]) func localLayersOfAnotherWidth(half: String) throws {
        let start = Fixtures.model("modernbert-mlm-new")
        for name in ["tokenizer.json", "tokenizer_config.json", "model.safetensors.index.json"]
            + (1...3).map({ "model-0000\($0)-of-00003.safetensors" })
        {
            try tiny.folder.copy("start/\(name)", from: "\(start)/\(name)")
        }
        let configuration = try FileSystem.readJSON(start + "/config.json", limit: 1 << 20).text
        try tiny.folder.write("start/config.json", "{" + half + configuration.dropFirst())
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe(
                "", [("epochs = 12", "epochs = 1\nlocal-attention = 14"), (start, tiny.folder.file("start"))]))
        try tiny.run(recipe.common) { try entityTask(recipe, $0) }
        guard case .modernBert(let saved) = try ModelFolder(path: tiny.folder.file("run/model")).configuration else {
            Issue.record("the saved model is no ModernBERT")
            return
        }
        #expect(saved.localAttentionRadius == 7)
    }

    @Test func labelsAreLearned() throws {
        for loss in ["cross-entropy", "focal"] {
            let recipe = try SequenceClassificationRecipe(
                path: tiny.recipe("[classify]\nloss = \"\(loss)\"\nbest-by = \"accuracy\"\npooling = \"mean\""))
            let examples = (0..<24).map { ClassifiedText(TinyFinetuning.topics[$0 % 3], labels: [$0 % 3]) }
            let summary = try tiny.run(recipe.common, output: loss) { seed in
                try SequenceClassificationTask(
                    recipe, labels: ["worm", "mail", "patch"], isMultiLabel: false, train: examples,
                    valid: Array(examples.prefix(6)), seed: seed, compute: tiny.compute)
            }
            #expect(try #require(summary).mean == 1)
            let classifier = try TextClassifier(PretrainedModel(path: tiny.folder.file("\(loss)/model")))
            let result = try classifier([TextInput("the patch fixes a leak")])[0]
            #expect(result.labels.first?.name == "patch")
        }
    }

    @Test func severalLabelsAreLearned() throws {
        for (loss, balance) in [("cross-entropy", "weights"), ("asymmetric", "none")] {
            let recipe = try SequenceClassificationRecipe(
                path: tiny.recipe(
                    "[classify]\nloss = \"\(loss)\"\nbalance = \"\(balance)\"\nbest-by = \"micro-f1\""))
            let examples = (0..<24).map { number in
                let labels = number % 4 == 3 ? [] : number % 4 == 2 ? [0, 1] : [number % 4]
                let text = labels.map { TinyFinetuning.topics[$0] }.joined(separator: " and ")
                return ClassifiedText(text.isEmpty ? "nothing of note" : text, labels: labels)
            }
            let summary = try tiny.run(recipe.common, output: loss) { seed in
                try SequenceClassificationTask(
                    recipe, labels: ["worm", "mail"], isMultiLabel: true, train: examples,
                    valid: Array(examples.prefix(8)), seed: seed, compute: tiny.compute)
            }
            #expect(try #require(summary).mean > 0.9)
        }
    }

    @Test(arguments: ["ranking", "symmetric", "triplet", "cosent"]) func textsAreEmbedded(loss: String) throws {
        let recipe = try EmbeddingRecipe(
            path: tiny.recipe(
                "[embed]\nloss = \"\(loss)\"\ndimensions = [8]\nquery-prompt = \"query: \"",
                [("epochs = 12", "epochs = 20")]))
        let questions = ["how does it move", "what does it want to know", "what was repaired"]
        let examples = (0..<12).map { number in
            EmbeddingExample(
                query: questions[number % 3], passage: TinyFinetuning.topics[(number + number / 9) % 3],
                negatives: [TinyFinetuning.topics[(number + 1 + number / 9) % 3]], score: number < 9 ? 1 : 0)
        }.prefix(loss == "cosent" ? 12 : 9)
        try tiny.folder.write(
            "set/corpus.jsonl",
            TinyFinetuning.topics.enumerated().map { "{\"_id\": \"d\($0)\", \"text\": \"\($1)\"}\n" }.joined())
        try tiny.folder.write(
            "set/queries.jsonl", questions.enumerated().map { "{\"_id\": \"q\($0)\", \"text\": \"\($1)\"}\n" }.joined())
        try tiny.folder.write(
            "set/qrels/valid.tsv",
            "query-id\tcorpus-id\tscore\n" + (0..<3).map { "q\($0)\td\($0)\t1\n" }.joined())
        let test = RetrievalTest(try RetrievalDataset(folder: tiny.folder.file("set"), split: "valid"))
        let summary = try tiny.run(recipe.common) { seed in
            try EmbeddingTask(recipe, train: Array(examples), valid: [test], seed: seed, compute: tiny.compute)
        }
        #expect(try #require(summary).mean > 0.95)
        let encoder = try SentenceEncoder(PretrainedModel(path: tiny.folder.file("run/model")))
        #expect(encoder.promptNames == ["query"])
        var options = SentenceEncoder.Options()
        options.prompt = .named("query")
        let query = try encoder([questions[1]], options: options)[0].vector
        let passages = try encoder(TinyFinetuning.topics).map(\.vector)
        let scores = passages.map { Similarity(query, $0).value }
        #expect(scores[1] == scores.max())
        #expect(abs(query.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
    }

    /// The gradient of a batch is the same however few of its texts fit into a part.
    @Test func partsOfABatchGiveItsGradient() throws {
        var gradients: [[Float]] = []
        for tokens in [16, 4096] {
            let recipe = try EmbeddingRecipe(
                path: tiny.recipe("[embed]", [("tokens-per-part = 64", "tokens-per-part = \(tokens)")]))
            let examples = TinyFinetuning.topics.map { EmbeddingExample(query: String($0.prefix(8)), passage: $0) }
            let task = try EmbeddingTask(recipe, train: examples, valid: [], seed: 1, compute: tiny.compute)
            let parts = try task.parts(of: [0, 1, 2], step: 0, tiny.compute)
            #expect(tokens == 16 ? parts.count > 2 : parts.count == 1)
            for part in parts {
                let tape = GradientTape()
                try tape.backward(from: task.loss(of: part, tiny.compute.recording(on: tape)), tiny.compute)
            }
            gradients.append(try task.parameterSet.parameters.flatMap { try $0.gradient?.floats() ?? [] })
        }
        let scale = gradients[1].map(abs).max() ?? 0
        #expect(scale > 0)
        #expect(zip(gradients[0], gradients[1]).allSatisfy { abs($0 - $1) <= 1e-5 * scale })
    }

    /// An encoder alone has names without the prefix that it has inside of a model with a head, and none of it is new.
    @Test(arguments: ["modernbert-mlm-new", "roberta-mlm", "bert-mlm"])
    func anEncoderAloneBeginsWithTheCheckpoint(model: String) throws {
        let recipe = try EmbeddingRecipe(path: tiny.recipe("[embed]", from: model))
        let examples = TinyFinetuning.topics.map { EmbeddingExample(query: String($0.prefix(8)), passage: $0) }
        let task = try EmbeddingTask(recipe, train: examples, valid: [], seed: 1, compute: tiny.compute)
        let checkpoint = try ModelFolder(path: Fixtures.model(model)).weights()
        for (name, tensor) in task.parameterSet.tensors where !name.contains("pooler.") {
            let stored = try #require(
                checkpoint.tensorNames.first { $0 == name || $0.hasSuffix(".\(name)") },
                "\(name) is not in the checkpoint")
            try #expect(tensor.floats() == checkpoint.tensor(named: stored).floats(), "\(name)")
        }
    }

    /// Seeds compare only when all are measured on the same part of the queries.
    @Test func everySeedIsMeasuredOnTheSameQueries() throws {
        let recipe = try EmbeddingRecipe(path: tiny.recipe("[embed]\nvalidation-queries = 2", []))
        let words = TinyFinetuning.topics.flatMap { $0.split(separator: " ") }
        try tiny.folder.write(
            "set/corpus.jsonl",
            TinyFinetuning.topics.enumerated().map { "{\"_id\": \"d\($0)\", \"text\": \"\($1)\"}\n" }.joined())
        try tiny.folder.write(
            "set/queries.jsonl", words.enumerated().map { "{\"_id\": \"q\($0)\", \"text\": \"\($1)\"}\n" }.joined())
        try tiny.folder.write(
            "set/qrels/valid.tsv",
            "query-id\tcorpus-id\tscore\n" + words.indices.map { "q\($0)\td\($0 % 3)\t1\n" }.joined())
        let test = RetrievalTest(try RetrievalDataset(folder: tiny.folder.file("set"), split: "valid"))
        let examples = TinyFinetuning.topics.map { EmbeddingExample(query: String($0.prefix(8)), passage: $0) }
        let values = try (1...8).map { seed in
            try EmbeddingTask(recipe, train: examples, valid: [test], seed: seed, compute: tiny.compute)
                .evaluate(tiny.compute)[0].value
        }
        #expect(Set(values).count == 1, "\(values)")
    }

    @Test(arguments: ["binary", "listwise"]) func passagesAreRanked(loss: String) throws {
        let recipe = try RerankRecipe(
            path: tiny.recipe("[rerank]\nloss = \"\(loss)\"\nnegatives = 2", [("epochs = 12", "epochs = 40")]))
        let examples = (0..<9).map { number in
            let topics = TinyFinetuning.topics
            return EmbeddingExample(
                query: topics[number % 3], passage: topics[number % 3],
                negatives: [topics[(number + 1) % 3], topics[(number + 2) % 3]])
        }
        let summary = try tiny.run(recipe.common) { seed in
            try RerankTask(recipe, train: examples, valid: examples, seed: seed, compute: tiny.compute)
        }
        #expect(try #require(summary).mean > 0.85)
        let scores = try CrossEncoder(PretrainedModel(path: tiny.folder.file("run/model"))).score([
            (TinyFinetuning.topics[0], TinyFinetuning.topics[0])
        ])
        #expect((0...1).contains(scores[0].score))
    }

    /// The loss is the cross-entropy between the teacher's probabilities and those of the scores that the saved model gives.
    @Test func aTeachersProbabilitiesAreLearned() throws {
        let recipe = try RerankRecipe(
            path: tiny.recipe("[rerank]\nloss = \"distillation\"\nnegatives = 2\nteacher-temperature = 0.5"))
        let topics = TinyFinetuning.topics
        let teacher: [[Float]] = [[0.2, 0.9, -0.1], [1.5, 0, 0.3]]
        let examples = teacher.indices.map { index in
            EmbeddingExample(
                query: topics[index], passage: topics[index],
                negatives: [topics[(index + 1) % 3], topics[(index + 2) % 3]], teacherScores: teacher[index])
        }
        let task = try RerankTask(recipe, train: examples, valid: [], seed: 1, compute: tiny.compute)
        let found = try task.parts(of: [0, 1], step: 0, tiny.compute).reduce(0) { sum, part in
            try sum + task.loss(of: part, tiny.compute.recording(on: GradientTape())).floats()[0]
        }
        try task.saveModel(to: tiny.folder.path)
        let encoder = try CrossEncoder(PretrainedModel(path: tiny.folder.path))
        func probabilities(_ scores: [Float]) -> [Double] {
            let exponentials = scores.map { exp(Double($0)) }
            return exponentials.map { $0 / exponentials.reduce(0, +) }
        }
        let losses = try zip(examples, teacher).map { example, scores in
            let logits = try encoder.score(([example.passage] + example.negatives).map { (example.query, $0) })
                .map(\.logit.value)
            return zip(probabilities(scores.map { $0 / 0.5 }), probabilities(logits)).reduce(0) {
                $0 - $1.0 * log($1.1)
            }
        }
        #expect(abs(Double(found) - losses.reduce(0, +) / 2) < 1e-4)
    }

    @Test func aTeacherScoresAsItDoesElsewhere() throws {
        let examples = [
            EmbeddingExample(
                query: "worm", passage: TinyFinetuning.topics[0], negatives: [TinyFinetuning.topics[1], "a password"])
        ]
        let passages = [examples[0].passage] + examples[0].negatives
        let encoder = try SentenceEncoder(PretrainedModel(path: Fixtures.model("st-mean-normalize")))
        let vectors = try encoder(["worm"] + passages)
        let cosines = vectors.dropFirst().map { Similarity(vectors[0].vector, $0.vector).value }
        let found = try Teacher.encoder(encoder)(examples)[0].teacherScores
        #expect(zip(found, cosines).allSatisfy { abs($0 - Float($1)) < 1e-5 } && found.count == 3)
        let crossEncoder = try CrossEncoder(PretrainedModel(path: Fixtures.model("ce-sigmoid")))
        let scores = try crossEncoder.score(passages.map { ("worm", $0) }).map(\.score)
        #expect(try Teacher.crossEncoder(crossEncoder)(examples)[0].teacherScores == scores)
    }

    @Test func questionsAreAnswered() throws {
        let recipe = try QuestionAnsweringRecipe(
            path: tiny.recipe("[answer]\nstride = 8\nmaximum-answer-tokens = 6", [("epochs = 12", "epochs = 40")]))
        let examples = ["emotet", "zeus", "qbot", "trick"].flatMap { name in
            let context = "yesterday the malware \(name) ran on a host"
            return [
                AnswerExample(
                    id: name, question: "which malware", context: context, answers: [.init(text: name, start: 22)]),
                AnswerExample(id: "no " + name, question: "who", context: context, answers: []),
            ]
        }
        let summary = try tiny.run(recipe.common) { seed in
            try QuestionAnsweringTask(recipe, train: examples, valid: examples, seed: seed, compute: tiny.compute)
        }
        #expect(try #require(summary).mean > 0.9)
        let answerer = try QuestionAnswerer(PretrainedModel(path: tiny.folder.file("run/model")))
        let result = try answerer("which malware", context: "yesterday the malware zeus ran on a host")
        #expect(result.answers.first?.text == "zeus")
    }
}
