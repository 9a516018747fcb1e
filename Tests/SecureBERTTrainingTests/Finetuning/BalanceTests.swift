import SecureBERT
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

/// Recipes' help for rare classes, and smoothing.
@Suite struct BalanceTests {
    let tiny: TinyFinetuning
    init() throws { tiny = try TinyFinetuning() }

    private static let sentences = [
        TaggedSentence(words: ["zeus", "and", "qbot"], tags: ["B-Malware", "O", "B-Malware"]),
        TaggedSentence(words: ["zeus"], tags: ["B-Malware"]),
        TaggedSentence(words: ["Cisco", "Talos", "saw", "zeus"], tags: ["B-Vendor", "I-Vendor", "O", "B-Malware"]),
        TaggedSentence(words: ["nothing"], tags: ["O"]),
        TaggedSentence(words: ["nobody"], tags: ["O"]),
    ]

    /// Three of the sentences have a Malware, one a Vendor, two nothing: five sentences among three classes.
    @Test func sentencesAreDrawnByTheirRarestType() throws {
        let balance = EntityBalance(Self.sentences, types: ["Malware", "Vendor", "Tool"])
        let expected = [5.0 / 9, 5.0 / 9, 5.0 / 3, 5.0 / 6, 5.0 / 6]
        #expect(zip(balance.sentenceWeights, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        // Four entities of Malware and one of Vendor, two and a half in the mean.
        #expect(balance.typeWeights == ["Malware": 0.625, "Vendor": 2.5, "Tool": 1])
        for (text, isDrawn) in [("balance = \"sampling\"", true), ("balance = \"weights\"", false)] {
            let task = try TokenClassificationTask(
                TokenClassificationRecipe(path: tiny.recipe("[ner]\n\(text)")), train: Self.sentences, valid: [],
                seed: 1,
                compute: tiny.compute)
            #expect((task.samplingWeights != nil) == isDrawn)
            #expect(task.samplingWeights.map { zip($0, expected).allSatisfy { abs($0 - $1) < 1e-12 } } ?? true)
        }
    }

    /// With a weight for one type, the loss of a sentence with only that type stays, and that of others beside it falls in the mean.
    @Test func typesHaveTheirWeights() throws {
        func loss(_ keys: String, _ sentences: [TaggedSentence]) throws -> Double {
            let task = try TokenClassificationTask(
                TokenClassificationRecipe(path: tiny.recipe(keys)), train: Self.sentences + sentences, valid: [],
                seed: 1,
                compute: tiny.compute)
            let examples = Array(Self.sentences.count..<Self.sentences.count + sentences.count)
            return try task.parts(of: examples, step: 0, tiny.compute).reduce(0) { sum, part in
                try sum + Double(task.loss(of: part, tiny.compute.recording(on: GradientTape())).floats()[0])
            }
        }
        let malware = TaggedSentence(words: ["zeus"], tags: ["B-Malware"])
        let vendor = TaggedSentence(words: ["Cisco"], tags: ["B-Vendor"])
        let (one, other) = (try loss("", [malware]), try loss("", [vendor]))
        #expect(abs(try loss("", [malware, vendor]) - (one + other) / 2) < 1e-5)
        for keys in ["[ner.weights]\nVendor = 3", "[ner]\nbalance = \"sampling\"\n[ner.weights]\nVendor = 3"] {
            #expect(abs(try loss(keys, [malware, vendor]) - (one + 3 * other) / 4) < 1e-5)
        }
    }

    @Test func rareLabelsAreDrawnMoreOften() throws {
        let texts = [0, 0, 0, 1].map { ClassifiedText("text", labels: [$0]) }
        let task = try SequenceClassificationTask(
            SequenceClassificationRecipe(path: tiny.recipe("[classify]\nbalance = \"sampling\"")), labels: ["a", "b"],
            isMultiLabel: false, train: texts, valid: [], seed: 1, compute: tiny.compute)
        let weights = try #require(task.samplingWeights)
        #expect(zip(weights, [2.0 / 3, 2.0 / 3, 2.0 / 3, 2]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    /// The loss is what the saved model's logits give with the smoothed targets.
    @Test(arguments: [false, true]) func targetsAreSmoothed(isMultiLabel: Bool) throws {
        let recipe = try SequenceClassificationRecipe(path: tiny.recipe("[classify]\nlabel-smoothing = 0.2"))
        let text = ClassifiedText(TinyFinetuning.topics[0], labels: [1])
        let task = try SequenceClassificationTask(
            recipe, labels: ["a", "b", "c"], isMultiLabel: isMultiLabel, train: [text], valid: [], seed: 1,
            compute: tiny.compute)
        let found = try task.loss(
            of: task.parts(of: [0], step: 0, tiny.compute)[0], tiny.compute.recording(on: GradientTape())
        ).floats()[0]
        try task.saveModel(to: tiny.folder.path)
        let classifier = try TextClassifier(PretrainedModel(path: tiny.folder.path))
        let labels = try classifier([TextInput(text.text)])[0].labels
        let logits: [Double] = try ["a", "b", "c"].map { name in
            Double(try #require(labels.first { $0.name == name }).logit.value)
        }
        let total = log(logits.reduce(0) { $0 + exp($1) })
        var expected = 0.0
        for (index, logit) in logits.enumerated() {
            // Between present and absent 0.9 and 0.1; over all labels 0.2 / 3 each, and 0.8 more for the right one.
            expected +=
                isMultiLabel
                ? (log1p(exp(logit)) - (index == 1 ? 0.9 : 0.1) * logit) / 3
                : ((index == 1 ? 0.8 : 0) + 0.2 / 3) * (total - logit)
        }
        #expect(abs(Double(found) - expected) < 1e-4, "\(found), expected \(expected)")
    }

    /// The mean over all negatives of all examples.
    @Test func everyNegativeOfATripletCounts() throws {
        let recipe = try EmbeddingRecipe(path: tiny.recipe("[embed]\nloss = \"triplet\"\nmargin = 1\nnegatives = 2"))
        let topics = TinyFinetuning.topics
        let examples = [
            EmbeddingExample(query: "worm", passage: topics[0], negatives: [topics[1], topics[2], "unread"]),
            EmbeddingExample(query: "mail", passage: topics[1], negatives: [topics[2]]),
        ]
        let task = try EmbeddingTask(recipe, train: examples, valid: [], seed: 1, compute: tiny.compute)
        let found = try task.parts(of: [0, 1], step: 0, tiny.compute).reduce(0) { sum, part in
            try sum + task.loss(of: part, tiny.compute.recording(on: GradientTape())).floats()[0]
        }
        try task.saveModel(to: tiny.folder.path)
        let encoder = try SentenceEncoder(PretrainedModel(path: tiny.folder.path, head: .some(.none)))
        func cosine(_ first: String, _ second: String) throws -> Float {
            let vectors = try encoder([first, second])
            return Similarity(vectors[0].vector, vectors[1].vector).value
        }
        let losses = try [("worm", 0, 1), ("worm", 0, 2), ("mail", 1, 2)].map { query, right, wrong in
            max(0, try cosine(query, topics[wrong]) - cosine(query, topics[right]) + 1)
        }
        #expect(abs(found - losses.reduce(0, +) / 3) < 1e-4)
    }
}
