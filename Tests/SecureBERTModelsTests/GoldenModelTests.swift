import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import TestSupport
import Testing

/// Every architecture, head, configuration generation and weight layout against tensors computed by the Python reference
/// (Scripts/fixtures), at the tolerances of the project: hidden states 1e-5 of the largest, logits 1e-4.
@Suite struct GoldenModelTests {
    static let models = [
        "roberta-mlm", "roberta-mlm-legacy", "roberta-token", "roberta-sequence", "roberta-qa", "roberta-base",
        "bert-mlm", "bert-mlm-gamma", "bert-token", "bert-sequence", "bert-qa",
        "modernbert-mlm-old", "modernbert-mlm-new", "modernbert-token", "modernbert-sequence-cls",
        "modernbert-sequence-mean", "modernbert-qa", "modernbert-base",
    ]

    let compute: Compute
    init() throws { compute = try Compute(threads: 2) }

    @Test(arguments: models) func agreesWithTheReferenceInEveryLayer(name: String) throws {
        let golden = try Golden(name)
        let model = try golden.load(compute)
        for index in 0..<golden.caseCount {
            var layers: [Tensor] = []
            let hidden = try model.encoder(golden.batch([index]), compute) { _, tensor in layers.append(tensor) }
            for (layer, tensor) in layers.enumerated() {
                try golden.expectClose(tensor, "hidden.\(index).\(layer)", tolerance: 1e-5)
            }
            try golden.expectClose(hidden, "hidden.\(index).final", tolerance: 1e-5)
            try expectLogits(model, hidden, golden, index)
        }
    }

    /// All cases in one batch, of lengths 1, 2, 7, 16, 33, ...: the same numbers as one by one.
    @Test(arguments: models) func aBatchEqualsItsSequencesAlone(name: String) throws {
        let golden = try Golden(name)
        let model = try golden.load(compute)
        let batch = try golden.batch(Array(0..<golden.caseCount))
        let hidden = try model.encoder(batch, compute)
        for index in 0..<golden.caseCount {
            try golden.expectClose(hidden.rows(batch.sequences[index]), "hidden.\(index).final", tolerance: 1e-5)
        }
    }

    @Test func anEmptyBatchAndAnEmptySequenceAreFine() throws {
        let model = try Golden("modernbert-base").load(compute)
        #expect(try model.encoder(TokenBatch([]), compute).shape.dimensions == [0, 32])
        #expect(try model.encoder(TokenBatch([[]]), compute).shape.dimensions == [0, 32])
    }

    @Test(arguments: ["roberta-base", "modernbert-base", "bert-mlm"])
    func idsAndLengthsOutsideTheModelAreRefused(name: String) throws {
        let model = try Golden(name).load(compute)
        #expect(throws: TensorError.self) { try model.encoder(TokenBatch([[1, 9999]]), compute) }
        #expect(throws: TensorError.self) { try model.encoder(TokenBatch([[-1]]), compute) }
        let long = [Int32](repeating: 5, count: model.encoder.maximumTokens + 1)
        let error = try #require(throws: TensorError.self) { try model.encoder(TokenBatch([long]), compute) }
        #expect(error.description.contains("at most \(model.encoder.maximumTokens) tokens"))
    }

    @Test func aHeadThatTheCheckpointLacksIsReportedByItsTensors() throws {
        let golden = try Golden("bert-token")
        let error = try #require(throws: CheckpointError.self) {
            try golden.load(compute, head: .maskedLanguageModel)
        }
        #expect(error.description.contains("cls.predictions.transform.dense.weight"))
    }

    private func expectLogits(_ model: TransformerModel, _ hidden: Tensor, _ golden: Golden, _ index: Int) throws {
        switch model.head {
        case .none: return
        case .maskedLanguageModel(let head):
            try golden.expectClose(head(hidden, compute), "logits.\(index)", tolerance: 1e-4)
        case .tokenClassification(let head):
            try golden.expectClose(head(hidden, compute), "logits.\(index)", tolerance: 1e-4)
        case .sequenceClassification(let head):
            let layout = SequenceLayout(lengths: [hidden.shape[0]])
            let logits = try head(hidden, layout, compute)
            try golden.expectClose(logits.reshaped([logits.shape[1]]), "logits.\(index)", tolerance: 1e-4)
        case .questionAnswering(let head):
            let logits = try head(hidden, compute).floats()
            for (column, name) in ["start", "end"].enumerated() {
                let values = stride(from: column, to: logits.count, by: 2).map { logits[$0] }
                try golden.expectClose(Tensor(values, shape: [values.count]), "\(name).\(index)", tolerance: 1e-4)
            }
        }
    }
}

/// The golden tensors of one tiny model.
struct Golden {
    let folder: String
    let tensors: SafetensorsFile
    let caseCount: Int

    init(_ name: String) throws {
        folder = Fixtures.model(name)
        tensors = try SafetensorsFile(path: folder + "/golden.safetensors")
        let file = try MappedFile(path: folder + "/cases.json")
        let cases = try withExtendedLifetime(file) { try JSON.parse(file.bytes) }
        caseCount = try #require(cases["cases"]?.arrayValue).count
    }

    func load(_ compute: Compute, head: ModelHead? = nil) throws -> TransformerModel {
        let folder = try ModelFolder(path: folder)
        return try TransformerModel(folder.configuration, weights: folder.weights(), head: head, compute: compute)
    }

    func batch(_ indices: [Int]) throws -> TokenBatch {
        let ids = try indices.map { try integers("ids.\($0)") ?? [] }
        let types = try zip(indices, ids).map { try integers("types.\($0)") ?? Array(repeating: 0, count: $1.count) }
        return try TokenBatch(ids, typeIDs: types)
    }

    private func integers(_ name: String) throws -> [Int32]? {
        guard tensors.tensorDescription(named: name) != nil else { return nil }
        let tensor = try tensors.tensor(named: name)
        return withExtendedLifetime(tensor) { Array(tensor.bytes.bindMemory(to: Int32.self)) }
    }

    /// Compares with a golden tensor if there is one; the tolerance is relative to the largest golden magnitude (at least 1
    /// for logits, whose tolerance is absolute).
    func expectClose(
        _ tensor: Tensor, _ name: String, tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        guard tensors.tensorDescription(named: name) != nil else { return }
        let expected = try tensors.tensor(named: name)
        #expect(tensor.shape == expected.shape, "\(folder) \(name)", sourceLocation: sourceLocation)
        let (found, golden) = (try tensor.floats(), try expected.floats())
        let scale = name.hasPrefix("hidden") ? golden.map(abs).max() ?? 0 : 1
        let worst = zip(found, golden).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= tolerance * scale, "\(folder) \(name) is off by \(worst)", sourceLocation: sourceLocation)
    }
}
