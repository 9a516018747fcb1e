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

/// What n-grams say beside an encoder: against scikit-learn, on disk, and in a classifier.
@Suite struct NgramTests {
    @Test func probabilitiesAreThoseOfScikitLearn() throws {
        for golden in try Golden.cases("ngrams") {
            let texts = ["train", "held"].map { golden[$0]?.elements.map { $0.integers.map(Int32.init) } ?? [] }
            let isMultiLabel = golden["isMultiLabel"]?.boolValue == true
            let settings = NgramTraining.Settings(
                order: try #require(golden["order"]?.integerValue), bits: 16,
                strength: try #require(golden["strength"]?.doubleValue))
            let training = NgramTraining(
                settings, texts: texts[0], references: golden["references"]?.elements.map(\.integers) ?? [],
                labelCount: try #require(golden["labels"]?.integerValue), isMultiLabel: isMultiLabel)
            let weights = training(maximumSteps: 20_000, tolerance: 1e-5)
            let found = (texts[0] + texts[1]).map { ids -> [Float] in
                let exponentials = weights(ids).map { exp($0) }
                return exponentials.map { $0 / (isMultiLabel ? 1 + $0 : exponentials.reduce(0, +)) }
            }
            let expected = try #require(golden["probabilities"]).elements.map { $0.numbers.map(Float.init) }
            #expect(found.count == expected.count)
            for (row, values) in zip(found, expected).enumerated() {
                let worst = zip(values.0, values.1).map { abs($0 - $1) }.max() ?? 1
                #expect(worst < 1e-3, "text \(row), several labels \(isMultiLabel): \(values.0) instead of \(values.1)")
            }
        }
    }

    @Test func theBestScaleIsTheSmallestOfTheBest() {
        // The encoder is wrong about the second text; n-grams set it right from 0.6 on.
        let outputs = ClassifierOutputs(
            logits: [[2, 0], [0.5, 0]], labels: ["a", "b"], isMultiLabel: false)
        let scale = NgramScale(
            .accuracy, outputs, added: [[0, 0], [0, 1]], references: [[0], [1]], negativeLabel: nil)
        #expect(scale.trials[0].value == 0.5)
        #expect(scale.best.scale == 0.6 && scale.best.value == 1)
    }

    /// A classifier's folder in which n-grams were written at half their size.
    private func withFolder(labels: Int, _ body: (String, Compute, NgramWeights) throws -> Void) throws {
        let compute = try Compute(threads: 1)
        let ngrams = NgramTraining(
            .init(order: 2, bits: 6), texts: [[5, 6, 7], [8, 9], [5, 9]], references: [[0], [1], [labels - 1]],
            labelCount: labels, isMultiLabel: false)(maximumSteps: 50)
        let folder = try TemporaryFolder()
        try FileSystem.copyFiles(from: Fixtures.model("modernbert-sequence-mean"), to: folder.path)
        try ngrams.scaled(0.5).write(toFolder: folder.path, compute)
        try body(folder.path, compute, ngrams)
    }

    @Test func aClassifierAddsThemToItsLogits() throws {
        let path = Fixtures.model("modernbert-sequence-mean")
        let alone = try TextClassifier(PretrainedModel(path: path, head: .sequenceClassification))
        try withFolder(labels: alone.labels.count) { folder, compute, ngrams in
            let classifier = try TextClassifier(
                PretrainedModel(path: folder, head: .sequenceClassification, compute: compute))
            let inputs = ["The worm drops a payload.", ""].map { TextInput($0) }
            for (index, input) in inputs.enumerated() {
                let before = try alone.logits([input], mode: .softmax, truncate: false)[0].logits
                let after = try classifier.logits([input], mode: .softmax, truncate: false)[0].logits
                let added = ngrams(try classifier.tokens(of: input)).map { $0 / 2 }
                for label in before.indices {
                    // Halves are written: three digits.
                    let expected = before[label] + added[label]
                    #expect(abs(after[label] - expected) < 5e-3 * max(1, abs(added[label])), "text \(index)")
                }
                #expect(index == 1 || zip(before, after).contains { abs($0 - $1) > 1e-3 }, "nothing was added")
                let without = try classifier.logits([input], mode: .softmax, truncate: false, withNgrams: false)
                #expect(zip(without[0].logits, before).allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
    }

    @Test(arguments: [
        (["format": "other", "order": "2", "scale": "1"], [64], "format"),
        (["format": "securebert-ngrams-1", "order": "9", "scale": "1"], [64], "order"),
        (["format": "securebert-ngrams-1", "order": "2", "scale": "nan"], [64], "scale"),
        (["format": "securebert-ngrams-1", "order": "2", "scale": "1"], [48], "power of two"),
        (["format": "securebert-ngrams-1", "order": "2", "scale": "1"], [64, 1], "shape"),
    ])
    func refusesWhatDoesNotFit(metadata: [String: String], shape: [Int], part: String) throws {
        try withFolder(labels: 2) { folder, _, _ in
            let idf = try Tensor(Array(repeating: 1, count: shape.reduce(1, *)), shape: shape)
            try SafetensorsWriter.write(
                [("idf", idf)], metadata: metadata.map { ($0.key, $0.value) },
                to: FileSystem.join(folder, NgramWeights.fileName))
            expectRefusal(folder, part)
        }
    }

    @Test func refusesAnotherNumberOfLabelsAndNumbersThatAreNone() throws {
        try withFolder(labels: 7) { folder, _, _ in expectRefusal(folder, "\"weights\" of shape [64,") }
        let labels = try TextClassifier(
            PretrainedModel(path: Fixtures.model("modernbert-sequence-mean"), head: .sequenceClassification)
        ).labels.count
        try withFolder(labels: labels) { folder, compute, _ in
            try NgramWeights(
                features: NgramFeatures(order: 1, bits: 2, texts: [[5]]),
                weights: Array(repeating: .nan, count: 4 * labels), bias: Array(repeating: 0, count: labels)
            ).write(toFolder: folder, compute)
            expectRefusal(folder, "not finite")
        }
    }

    private func expectRefusal(_ folder: String, _ part: String) {
        let error = #expect(throws: CheckpointError.self) {
            try TextClassifier(PretrainedModel(path: folder, head: .sequenceClassification))
        }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
}
