import SecureBERT
import SecureBERTCheckpoint
import TestSupport
import Testing

/// Inputs longer than the model, many inputs at once, and ranges in every unit.
@Suite struct WindowTests {
    let models = ModelCache()

    static let sentence = "🚨 Emotet dropped TrickBot on café-host; 👩‍💻 found CVE-2021-44228.\r\n"
    static let long = String(repeating: sentence, count: 40)

    @Test(arguments: ["bert-token", "roberta-token", "modernbert-token"], EntityAggregation.allCases)
    func entitiesOfALongTextAreInItAndInOrder(name: String, aggregation: EntityAggregation) throws {
        let recognizer = try EntityRecognizer(models.model(name))
        let result = try recognizer([Self.long], aggregation: aggregation)[0]
        #expect(result.usage.windows > 10 && !result.usage.truncated)
        #expect(!result.entities.isEmpty)

        let utf8 = Array(Self.long.utf8)
        let scalars = Array(Self.long.unicodeScalars)
        let utf16 = Array(Self.long.utf16)
        var start = 0
        for entity in result.entities {
            // Tokens that share the bytes of one character share its range, so neighbours may meet inside a character.
            #expect(entity.range.utf8.lowerBound >= start, "entities are out of order")
            start = entity.range.utf8.lowerBound
            #expect(String(decoding: utf8[entity.range.utf8], as: UTF8.self) == entity.text)
            #expect(String(String.UnicodeScalarView(scalars[entity.range.scalars])) == entity.text)
            #expect(String(decoding: utf16[entity.range.utf16], as: UTF16.self) == entity.text)
        }
        #expect(start > utf8.count / 2, "the end of the text was not read")
    }

    @Test func truncationIsExplicitAndSaid() throws {
        let recognizer = try EntityRecognizer(models.model("bert-token"))
        let cut = try recognizer([Self.long], truncate: true)[0]
        #expect(cut.usage.truncated && cut.usage.windows == 1)
        let whole = try recognizer([Self.long])[0]
        #expect(whole.usage.tokens == cut.usage.tokens)
        #expect((cut.entities.last?.range.utf8.upperBound ?? 0) < (whole.entities.last?.range.utf8.upperBound ?? 0))
    }

    /// Every mask of a long text is filled, each where it stands.
    @Test func masksOfALongTextAreAllFilled() throws {
        let fillMask = try FillMask(models.model("modernbert-mlm-old"))
        let text = String(repeating: "The attacker sent a <mask> to the server. ", count: 30)
        let masks = try fillMask(text, topK: 1)
        #expect(masks.count == 30)
        #expect(masks.map(\.position) == masks.map(\.position).sorted())
        #expect(Set(masks.map(\.position)).count == 30)
    }

    /// Texts of all lengths together give what each gives alone, in their order.
    @Test func manyTextsEqualOneByOne() throws {
        let texts = ["", "ok", Self.sentence, Self.long, "CVE-2021-44228", " ", String(repeating: "a", count: 3000)]
        let encoder = try SentenceEncoder(models.model("st-mean-normalize"))
        let together = try encoder(texts)
        for (index, text) in texts.enumerated() {
            let alone = try encoder([text])[0]
            #expect(alone.usage == together[index].usage)
            #expect(zip(alone.vector, together[index].vector).allSatisfy { abs($0 - $1) < 1e-5 }, "text \(index)")
        }
        let classifier = try TextClassifier(models.model("modernbert-sequence-mean"))
        let inputs = texts.map { TextInput($0) }
        for (index, result) in try classifier(inputs).enumerated() {
            let alone = try classifier([inputs[index]])[0]
            #expect(zip(alone.labels, result.labels).allSatisfy { abs($0.logit.value - $1.logit.value) < 1e-4 })
        }
        #expect(try encoder([]).isEmpty)
    }

    @Test func aPairWhoseFirstTextFillsTheModelIsRefused() throws {
        let encoder = try CrossEncoder(models.model("ce-default"))
        let error = try #require(throws: TaskError.self) { try encoder.score([(Self.long, "short")]) }
        #expect(error.description.contains("leaves no room"))
        let scores = try encoder.score([("short", Self.long)])
        #expect(scores[0].usage.windows > 10)
        let cut = try encoder.score([(Self.long, "short")], truncate: true)[0].usage
        #expect(cut.truncated && cut.windows == 1)
    }

    @Test func tasksRefuseModelsWithoutTheirHead() throws {
        let plain = try models.model("modernbert-base")
        let error = try #require(throws: TaskError.self) { try EntityRecognizer(plain) }
        #expect(
            error.description.hasSuffix(
                "has no token classification head (it is ModernBertModel), which this task needs"))
        #expect(throws: TaskError.self) { try FillMask(plain) }
        #expect(throws: TaskError.self) { try TextClassifier(plain) }
        #expect(throws: TaskError.self) { try QuestionAnswerer(plain) }
        #expect(throws: TaskError.self) { try CrossEncoder(models.model("bert-sequence")) }
    }

    @Test func aTokenizerThatIsNotTheModelsIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("model.safetensors", Fixtures.bytes("models/bert-mlm/model.safetensors"))
        try folder.write("config.json", Fixtures.bytes("models/bert-mlm/config.json"))
        // The byte-level vocabulary of another model, which is larger.
        try folder.write("tokenizer.json", Fixtures.bytes("models/roberta-mlm/tokenizer.json"))
        let error = try #require(throws: TaskError.self) { try PretrainedModel(path: folder.path) }
        #expect(error.description.contains("do not belong together"))
    }

    @Test func labelsOfAllSchemesFormEntities() {
        let labels = ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "Z"]
        func entities(_ names: [String]) -> [String] {
            let tokens = names.enumerated().map { index, name in
                LabelledToken(
                    range: index * 2..<index * 2 + 1, index: index, continuesWord: false,
                    probabilities: labels.map { $0 == name ? 0.9 : 0.01 })
            }
            return EntityAggregation.simple.entities(tokens, labels: labels).map { "\($0.label)\($0.range)" }
        }
        #expect(entities(["B-X", "I-X", "O", "B-X"]) == ["X0..<3", "X6..<7"])
        #expect(entities(["B-X", "B-X"]) == ["X0..<1", "X2..<3"])
        #expect(entities(["B-X", "I-X", "E-X", "S-X", "S-X"]) == ["X0..<5", "X6..<7", "X8..<9"])
        #expect(entities(["I-X", "B-Y", "Z", "Z"]) == ["X0..<1", "Y2..<3", "Z4..<7"])
        #expect(entities([]).isEmpty)
    }
}
