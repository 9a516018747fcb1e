/// How deep in the model a parameter lies, by its name in the checkpoint.
package enum LayerDepth {
    /// Layers of the encoder that the names speak of.
    package static func count(_ names: [String]) -> Int { (names.compactMap(layer).max() ?? -1) + 1 }

    /// The learning rate's factor: 1 for heads, `decay` for the last layer, one more power for each below, and the embeddings
    /// below all (Howard and Ruder 2018, arXiv 1801.06146, as ELECTRA's `layerwise_lr_decay`).
    package static func rateFactor(_ name: String, decay: Double, layerCount: Int) -> Double {
        let distance =
            if let layer = layer(name) {
                layerCount - layer
            } else if name.contains("embeddings.") {
                layerCount + 1
            } else {
                0
            }
        return (0..<distance).reduce(1) { factor, _ in factor * decay }
    }

    /// The number in `layers.3.` or `encoder.layer.3.`.
    package static func layer(_ name: String) -> Int? {
        let parts = name.split(separator: ".")
        guard let index = parts.firstIndex(where: { $0 == "layers" || $0 == "layer" }), index + 1 < parts.count else {
            return nil
        }
        return Int(parts[index + 1])
    }
}
