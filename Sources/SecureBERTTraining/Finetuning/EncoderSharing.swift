import SecureBERTModels

/// The encoder that the models of several tasks have in common, and what this task's head is called.
struct EncoderSharing: Sendable {
    /// The parameters of the encoder and of all heads.
    let parameterSet: ParameterSet
    /// The name of this head.
    let head: String

    /// Where the weights of a head are in the file of all.
    static func prefix(_ head: String) -> String { "heads.\(head)." }

    /// The set as this task's model sees it: the encoder's names are everybody's, the head's its own. Models with a head write
    /// the architecture in front of the encoder's names, and encoders alone do not.
    var ownParameters: ParameterSet {
        let prefix = Self.prefix(head)
        return parameterSet.renamed { name in
            let architecture = ["model.", "bert.", "roberta."].first(where: name.hasPrefix) ?? ""
            let inner = String(name.dropFirst(architecture.count))
            return Self.isOfHead(inner) ? prefix + inner : inner
        }
    }

    /// ModernBERT's `head.*`, BERT's pooler, and what stands on top of them.
    private static func isOfHead(_ name: String) -> Bool {
        ["head.", "classifier.", "crf.", "qa_outputs."].contains(where: name.hasPrefix) || name.contains("pooler.")
    }
}
