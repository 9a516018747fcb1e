/// The names of an encoder's tensors, which stand behind a prefix that depends on who saved them.
package enum EncoderNames {
    /// What the names in an encoder begin with.
    private static let roots = ["embeddings.", "encoder.", "layers.", "final_norm.", "pooler."]

    /// The name inside the encoder, without a prefix; nil for a tensor of a head.
    package static func inner(_ name: String) -> String? {
        for prefix in WeightReader.encoderPrefixes where name.hasPrefix(prefix) {
            let inner = name.dropFirst(prefix.count)
            if roots.contains(where: { inner.hasPrefix($0) }) { return String(inner) }
        }
        return nil
    }

    /// The name with another prefix for the encoder; that of a tensor of a head stays.
    package static func replacingPrefix(of name: String, by prefix: String) -> String {
        inner(name).map { prefix + $0 } ?? name
    }
}

extension ModelConfiguration {
    /// What transformers puts before the names of the encoder's tensors in the class with that head.
    package func encoderPrefix(_ head: ModelHead) -> String {
        switch (head, self) {
        case (.none, _), (.other, _): ""
        case (_, .modernBert): "model."
        case (_, .bert(let bert)): bert.isRoberta ? "roberta." : "bert."
        }
    }
}
