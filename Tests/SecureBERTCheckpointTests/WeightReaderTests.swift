import SecureBERTCheckpoint
import SecureBERTTensor
import Testing
import TestSupport

@Suite struct WeightReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func reader(_ tensors: [(name: String, shape: [Int])]) throws -> WeightReader {
        let path = try folder.write("model.safetensors", SafetensorsBytes.floats(tensors))
        return WeightReader(try SafetensorsFile(path: path))
    }

    @Test(arguments: ["", "roberta.", "bert.", "model."])
    func findsTheEncoderUnderEveryPrefix(prefix: String) throws {
        let reader = try reader([
            (prefix + "embeddings.word_embeddings.weight", [5, 2]), (prefix + "encoder.layer.0.dense.bias", [2]),
            ("lm_head.bias", [5]),
        ])
        #expect(
            try reader.encoder.scoped("embeddings").scoped("word_embeddings").tensor("weight", [5, 2]).floats().count
                == 10)
        #expect(try reader.encoder.scoped("encoder.layer.0").scoped("dense").tensor("bias", [2]).floats() == [0, 1])
        #expect(try reader.finish() == ["lm_head.bias"])
    }

    @Test func readsOldLayerNormNames() throws {
        let reader = try reader([("bert.embeddings.LayerNorm.gamma", [2]), ("bert.embeddings.LayerNorm.beta", [2])])
        let norm = reader.encoder.scoped("embeddings.LayerNorm")
        #expect(norm.contains("weight") && norm.shape(of: "bias")?.dimensions == [2])
        _ = try norm.tensor("weight", [2])
        _ = try norm.tensor("bias", [2])
        try reader.finish()
    }

    @Test func reportsEverythingThatDoesNotFitTogether() throws {
        let reader = try reader([
            ("roberta.embeddings.word_embeddings.weight", [5, 2]), ("roberta.encoder.layer.0.dense.weight", [2, 3]),
            ("roberta.encoder.layer.7.dense.weight", [2, 2]), ("roberta.embeddings.position_ids", [1, 4]),
            ("roberta.pooler.dense.weight", [2, 2]),
        ])
        _ = try reader.encoder.scoped("embeddings.word_embeddings").tensor("weight", [5, 2])
        #expect(
            try reader.encoder.scoped("encoder.layer.0.dense").tensor("weight", [2, 2]).shape.dimensions == [2, 2])
        _ = try reader.encoder.scoped("encoder.layer.0.dense").tensor("bias", [2])
        _ = try reader.scoped("classifier").tensor("weight", [3, 2])
        let error = try #require(throws: CheckpointError.self) { try reader.finish() }
        #expect(error.code == .weightMismatch)
        #expect(
            error.problem == """
                its tensors are not those of the model that config.json describes: 2 missing: \
                roberta.encoder.layer.0.dense.bias, classifier.weight; 1 that do not fit: \
                roberta.encoder.layer.0.dense.weight is [2, 3], expected [2, 2]; 1 not used by the model: \
                roberta.encoder.layer.7.dense.weight
                """)
    }

    @Test func optionalTensorsMayBeAbsentButNotMisshapen() throws {
        let reader = try reader([("embeddings.norm.bias", [3])])
        #expect(try reader.scoped("embeddings.norm").optionalTensor("weight", [3])?.shape == nil)
        _ = try reader.scoped("embeddings.norm").optionalTensor("bias", [4])
        #expect(throws: CheckpointError.self) { try reader.finish() }
    }

    @Test func refusesElementTypesTheModelCannotUse() throws {
        let header =
            "{\(SafetensorsBytes.entry("a.weight", "I64", [2], 0, 16)),\(SafetensorsBytes.entry("b.weight", "I8", [1], 16, 17))}"
        let path = try folder.write("w", SafetensorsBytes.file(header: header, data: [UInt8](repeating: 0, count: 17)))
        let reader = WeightReader(try SafetensorsFile(path: path))
        _ = try reader.scoped("a").tensor("weight", [2])
        _ = try reader.scoped("b").tensor("weight", [1])
        #expect(try reader.scoped("b").tensor("weight", [1], types: [.int8]).elementType == .int8)
        let error = try #require(throws: CheckpointError.self) { try reader.finish() }
        #expect(error.problem.contains("a.weight is stored as I64, expected bfloat16, float16, float32"))
        #expect(error.problem.contains("b.weight is stored as I8"))
    }

    /// A small checkpoint with a configuration of a huge model must not make anyone allocate the huge model.
    @Test func boundsStandIns() throws {
        let reader = try reader([("embeddings.word_embeddings.weight", [2, 2])])
        let error = try #require(throws: CheckpointError.self) {
            for layer in 0..<256 {
                _ = try reader.encoder.scoped("layers.\(layer)").tensor("weight", [131_072, 16_384])
            }
        }
        #expect(
            error.problem.contains("layers.0.weight") && error.problem.contains("further tensors were not examined"))
    }
}
