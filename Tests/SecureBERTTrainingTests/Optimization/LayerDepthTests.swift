import SecureBERTTraining
import Testing

@Suite struct LayerDepthTests {
    /// Factors of a decay of 1/2, by hand: the head 1, then half of it for each layer downwards, the embeddings below all.
    @Test(arguments: [
        (
            ["model.embeddings.tok_embeddings.weight", "model.embeddings.norm.weight"], "model.layers.",
            ".mlp.Wi.weight",
            ["model.final_norm.weight", "head.dense.weight", "decoder.bias"]
        ),
        (
            ["roberta.embeddings.word_embeddings.weight", "roberta.embeddings.LayerNorm.bias"],
            "roberta.encoder.layer.",
            ".attention.self.query.weight", ["lm_head.layer_norm.weight", "classifier.out_proj.weight"]
        ),
        (
            ["bert.embeddings.position_embeddings.weight"], "bert.encoder.layer.", ".output.LayerNorm.bias",
            ["bert.pooler.dense.weight", "cls.predictions.transform.dense.weight", "qa_outputs.bias"]
        ),
    ])
    func ratesFallTowardsTheEmbeddings(
        embeddings: [String], layerPrefix: String, layerSuffix: String, heads: [String]
    ) {
        let layers = (0..<12).map { "\(layerPrefix)\($0)\(layerSuffix)" }
        let count = LayerDepth.count(embeddings + layers + heads)
        #expect(count == 12)
        func factor(_ name: String) -> Double { LayerDepth.rateFactor(name, decay: 0.5, layerCount: count) }
        for name in heads { #expect(factor(name) == 1, "\(name)") }
        var expected = 0.5
        for name in layers.reversed() {
            #expect(factor(name) == expected, "\(name)")
            expected /= 2
        }
        for name in embeddings { #expect(factor(name) == expected, "\(name)") }
        #expect((embeddings + layers).allSatisfy { LayerDepth.rateFactor($0, decay: 1, layerCount: count) == 1 })
    }

    @Test func aModelWithoutLayersHasNone() {
        #expect(LayerDepth.count(["weight", "layer.norm"]) == 0)
        #expect(LayerDepth.layer("model.layers.7.attn.Wo.weight") == 7)
        #expect(LayerDepth.layer("lm_head.layer_norm.weight") == nil)
    }
}
