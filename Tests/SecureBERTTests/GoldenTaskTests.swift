import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import TestSupport
import Testing

/// The tasks on tiny models against what the Python reference's pipelines returned (Fixtures/tasks).
@Suite struct GoldenTaskTests {
    static let tolerance: Float = 1e-4
    let models = ModelCache()

    @Test func fillMaskAgrees() throws {
        for golden in try goldens("fill-mask") where golden["targets"] == nil {
            let fillMask = try FillMask(models.model(golden["model"]))
            let masks = try fillMask(text(golden), topK: 5)
            let expected = try #require(golden["masks"]?.arrayValue)
            #expect(masks.map(\.position) == expected.compactMap { $0["position"]?.integerValue })
            for (mask, reference) in zip(masks, expected) {
                let predictions = try #require(reference["predictions"]?.arrayValue)
                #expect(mask.predictions.map { Int($0.id) } == predictions.compactMap { $0["id"]?.integerValue })
                #expect(mask.predictions.map(\.token) == predictions.compactMap { $0["decoded"]?.stringValue })
                expectClose(mask.predictions.map(\.score.value), predictions, "score")
                expectClose(mask.predictions.map(\.logit.value), predictions, "logit")
            }
        }
    }

    @Test func targetsCompeteAmongThemselves() throws {
        let fillMask = try FillMask(models.model("bert-mlm"))
        let all = try fillMask("The attacker sent a <mask> mail.", topK: 400)[0].predictions
        let some = try fillMask("The attacker sent a [MASK] mail.", topK: 9, targets: ["the", "payload"])[0].predictions
        #expect(some.count == 2)
        for prediction in some {
            let same = try #require(all.first { $0.id == prediction.id })
            #expect(abs(same.score.value - prediction.score.value) < 1e-6)
        }
        let error = try #require(throws: TaskError.self) {
            try fillMask("A [MASK].", targets: ["exfiltration"])
        }
        #expect(error.description.contains("\"exfiltration\" is"))
        #expect(throws: TaskError.self) { try fillMask("no mask here") }
        #expect(throws: TaskError.self) { try fillMask("[MASK]", topK: 0) }
    }

    @Test func textClassificationAgrees() throws {
        for golden in try goldens("text-classification") {
            let classifier = try TextClassifier(models.model(golden["model"]))
            let function = try #require(golden["function"]?.stringValue)
            let input = TextInput(try text(golden), pair: golden["text_pair"]?.stringValue)
            let result = try classifier([input], mode: TextClassifier.Mode(rawValue: function), truncate: true)[0]
            for expected in try #require(golden["scores"]?.arrayValue) {
                let label = try #require(result.labels.first { $0.name == expected["label"]?.stringValue })
                let found = function == "none" ? label.logit.value : label.score.value
                let value = try #require(expected["score"]?.doubleValue)
                #expect(abs(found - Float(value)) < Self.tolerance, "\(golden)")
            }
        }
    }

    /// The reference joins words across a line end when the vocabulary is byte-level; see EntityRecognizer.
    @Test func tokenClassificationAgrees() throws {
        for golden in try goldens("token-classification") where golden["stride"] == nil {
            let name = try #require(golden["model"]?.stringValue)
            let strategy = try #require(golden["strategy"]?.stringValue.flatMap(EntityAggregation.init(rawValue:)))
            let text = try text(golden)
            let joinsLines = name != "bert-token" && ![.none, .simple].contains(strategy)
            if joinsLines, text.utf8.contains(UInt8(ascii: "\n")) { continue }
            let recognizer = try EntityRecognizer(models.model(name))
            let entities = try recognizer([text], aggregation: strategy, truncate: true)[0].entities
            let expected = try #require(golden["entities"]?.arrayValue)
            let key = strategy == .none ? "entity" : "entity_group"
            #expect(entities.map(\.type) == expected.compactMap { $0[key]?.stringValue }, "\(name) \(strategy) \(text)")
            #expect(entities.map(\.range.scalars.lowerBound) == expected.compactMap { $0["start"]?.integerValue })
            #expect(entities.map(\.range.scalars.upperBound) == expected.compactMap { $0["end"]?.integerValue })
            expectClose(entities.map(\.score.value), expected, "score")
        }
    }

    @Test func questionAnsweringAgrees() throws {
        for golden in try goldens("question-answering") {
            let answerer = try QuestionAnswerer(models.model(golden["model"]))
            var options = QuestionAnswerer.Options()
            options.topK = 3
            options.windowTokens = try #require(golden["max_seq_len"]?.integerValue)
            options.stride = try #require(golden["doc_stride"]?.integerValue)
            options.maximumAnswerTokens = try #require(golden["max_answer_len"]?.integerValue)
            let context = try #require(golden["context"]?.stringValue)
            let result = try answerer(#require(golden["question"]?.stringValue), context: context, options: options)
            let expected = try #require(golden["answers"]?.arrayValue)
            #expect(result.usage.windows == golden["windows"]?.integerValue)
            #expect(result.answers.map(\.text) == expected.compactMap { $0["answer"]?.stringValue }, "\(golden)")
            #expect(result.answers.map(\.range.scalars.lowerBound) == expected.compactMap { $0["start"]?.integerValue })
            expectClose(result.answers.map(\.score), expected, "score")
            #expect(abs(result.nullScore - Float(golden["nullScore"]?.doubleValue ?? -1)) < Self.tolerance)
            #expect(result.isImpossible == golden["isImpossible"]?.boolValue)
        }
    }

    @Test func embeddingsAgree() throws {
        for golden in try goldens("embeddings") {
            let encoder = try SentenceEncoder(models.model(golden["model"]))
            var options = SentenceEncoder.Options()
            options.pooling = golden["pooling"]?.stringValue.flatMap(Pooling.init(rawValue:))
            options.normalize = golden["normalize"]?.boolValue
            options.dimensions = golden["dimensions"]?.integerValue
            options.prompt = .text("")
            options.truncate = true
            let texts = try #require(golden["texts"]?.arrayValue).compactMap(\.stringValue)
            let embeddings = try encoder(texts, options: options)
            for (embedding, expected) in zip(embeddings, try #require(golden["embeddings"]?.arrayValue)) {
                let vector = try #require(expected.arrayValue).compactMap { $0.doubleValue.map { Float($0) } }
                #expect(embedding.vector.count == vector.count)
                #expect(zip(embedding.vector, vector).allSatisfy { abs($0 - $1) < 1e-4 }, "\(golden["pooling"] as Any)")
            }
        }
    }

    @Test(arguments: ["st-mean-normalize", "st-cls-dense", "st-prompts"])
    func sentenceTransformersFoldersAgree(name: String) throws {
        let folder = Fixtures.model(name)
        let golden = try SafetensorsFile(path: folder + "/golden.safetensors")
        let encoder = try SentenceEncoder(models.model(name))
        for item in try #require(Fixtures.json("models/\(name)/cases.json")["cases"]?.arrayValue) {
            let index = try #require(item["index"]?.integerValue)
            var options = SentenceEncoder.Options()
            options.prompt = item["promptName"]?.stringValue.map { .named($0) } ?? .standard
            options.truncate = true
            let embedding = try encoder([text(item)], options: options)[0]
            let expected = try golden.tensor(named: "embedding.\(index)").floats()
            #expect(embedding.vector.count == expected.count)
            #expect(zip(embedding.vector, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name) case \(index)")
            #expect(embedding.usage.truncated == item["truncated"]?.boolValue)
        }
    }

    @Test(arguments: ["ce-default", "ce-sigmoid", "ce-legacy"]) func crossEncodersAgree(name: String) throws {
        let golden = try SafetensorsFile(path: Fixtures.model(name) + "/golden.safetensors")
        let encoder = try CrossEncoder(models.model(name))
        let description = try Fixtures.json("models/\(name)/cases.json")
        let cases = try #require(description["cases"]?.arrayValue)
        let pairs = try cases.map { (try text($0), try #require($0["text_pair"]?.stringValue)) }
        for (index, score) in try encoder.score(pairs, truncate: true).enumerated() {
            #expect(score.usage.truncated == cases[index]["truncated"]?.boolValue)
            let logit = try golden.tensor(named: "logits.\(index)").floats()[0]
            #expect(abs(score.logit.value - logit) < 1e-4)
            #expect(abs(score.score - (try golden.tensor(named: "score.\(index)").floats()[0])) < 1e-4)
        }
        if let ranking = description["ranking"]?.arrayValue?.compactMap(\.integerValue) {
            let ranked = try encoder.rank(query: pairs[0].0, documents: pairs.prefix(ranking.count).map(\.1))
            #expect(ranked.map(\.index) == ranking)
        }
    }

    // MARK: -

    private func goldens(_ task: String) throws -> [JSON] {
        let goldens = try #require(Fixtures.json("tasks/\(task).json").arrayValue)
        try #require(!goldens.isEmpty)
        return goldens
    }

    private func text(_ golden: JSON) throws -> String { try #require(golden["text"]?.stringValue) }

    private func expectClose(
        _ found: [Float], _ expected: [JSON], _ key: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let values = expected.compactMap { $0[key]?.doubleValue.map { Float($0) } }
        #expect(found.count == values.count, sourceLocation: sourceLocation)
        for (first, second) in zip(found, values) {
            #expect(abs(first - second) < Self.tolerance, sourceLocation: sourceLocation)
        }
    }
}

/// Loads each tiny model once for a test.
final class ModelCache {
    private var models: [String: PretrainedModel] = [:]
    private var compute: Compute?

    func model(_ name: JSON?) throws -> PretrainedModel {
        try model(#require(name?.stringValue))
    }

    func model(_ name: String) throws -> PretrainedModel {
        if let model = models[name] { return model }
        let shared = try compute ?? Compute(threads: 2)
        compute = shared
        let model = try PretrainedModel(path: Fixtures.model(name), compute: shared)
        models[name] = model
        return model
    }
}
