import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import Testing

/// The distribution of new weights, against that of transformers' `_init_weights`.
@Suite struct InitialWeightsTests {
    /// The standard deviation and the largest absolute value of a tensor of new weights.
    private func spread(_ weights: InitialWeights, _ name: String) throws -> (deviation: Double, bound: Double) {
        let values = try weights.tensor(named: name).floats().map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (variance.squareRoot(), values.map(abs).max() ?? 0)
    }

    private func weights(_ type: String, _ more: [(String, JSON)] = []) throws -> InitialWeights {
        let members: JSON = [
            "model_type": .string(type), "hidden_size": 128, "num_hidden_layers": 8, "num_attention_heads": 2,
            "intermediate_size": 256, "vocab_size": 500, "max_position_embeddings": 64, "pad_token_id": 0,
            "initializer_range": 0.02, "tie_word_embeddings": false,
        ]
        let configuration = JSON.object(.init((members.objectValue?.members ?? []) + more))
        return try InitialWeights(ModelConfiguration(json: configuration), head: .maskedLanguageModel, seed: 3)
    }

    /// A normal distribution cut at two deviations has a deviation of sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)) = 0.8796 of it. What
    /// writes into the residual stream, and the decoder, is smaller by sqrt(2 * 8 layers) = 4.
    @Test func modernBertIsCutAtTwoDeviations() throws {
        let weights = try weights("modernbert")
        for (name, scale) in [
            ("model.embeddings.tok_embeddings.weight", 1.0), ("model.layers.3.attn.Wqkv.weight", 1),
            ("model.layers.3.mlp.Wi.weight", 1), ("model.layers.3.attn.Wo.weight", 4),
            ("model.layers.3.mlp.Wo.weight", 4), ("head.dense.weight", 4), ("decoder.weight", 4),
        ] {
            let (deviation, bound) = try spread(weights, name)
            #expect(abs(deviation * scale / (0.02 * 0.8796) - 1) < 0.02, "\(name): \(deviation)")
            #expect(bound * scale <= 0.040001 && bound * scale > 0.0399, "\(name): \(bound)")
        }
    }

    @Test func theConfigurationSaysWhereModernBertIsCut() throws {
        let weights = try weights("modernbert", [("initializer_cutoff_factor", 3)])
        let (deviation, bound) = try spread(weights, "model.embeddings.tok_embeddings.weight")
        #expect(abs(deviation / (0.02 * 0.9866) - 1) < 0.02, "\(deviation)")
        #expect(bound <= 0.060001 && bound > 0.055, "\(bound)")
    }

    /// The others are normal: a few of many numbers lie beyond three deviations.
    @Test(arguments: [
        ("bert", "bert.embeddings.word_embeddings.weight", "bert.encoder.layer.3.output.dense.weight"),
        ("roberta", "roberta.embeddings.word_embeddings.weight", "roberta.encoder.layer.3.output.dense.weight"),
    ])
    func bertAndRobertaAreNormal(type: String, table: String, matrix: String) throws {
        let weights = try weights(type)
        for name in [table, matrix] {
            let (deviation, bound) = try spread(weights, name)
            #expect(abs(deviation / 0.02 - 1) < 0.02, "\(name): \(deviation)")
            #expect(bound > 0.0601, "\(name): \(bound)")
        }
    }
}
