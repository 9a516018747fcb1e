import SecureBERTJSON

/// A model's `config.json` with another head.
package enum HeadConfiguration {
    /// - Parameters:
    ///   - json: The content of the file.
    ///   - old: What it says.
    ///   - head: What stands on top of the encoder.
    ///   - labels: The classes of the head; empty for a head without.
    ///   - problemType: What a sequence classifier is for.
    ///   - usesRandomField: Whether a token classifier scores label sequences.
    ///   - pooling: Replaces ModernBERT's `classifier_pooling`; nil to keep it.
    ///   - normalizesIdentifiers: Whether the model reads source code with its names replaced.
    ///   - changes: Members that replace those of the file.
    package static func replaced(
        in json: JSON, _ old: ModelConfiguration, head: ModelHead, labels: [String], problemType: ProblemType? = nil,
        usesRandomField: Bool = false, pooling: String? = nil, normalizesIdentifiers: Bool = false,
        changes: [(String, JSON)] = []
    ) -> JSON {
        let family =
            switch old {
            case .bert(let bert): bert.isRoberta ? "Roberta" : "Bert"
            case .modernBert: "ModernBert"
            }
        var members: [(String, JSON)] = [
            ("architectures", [.string(family + head.classSuffix)]), ("torch_dtype", "float32"),
        ]
        if !labels.isEmpty {
            let byIndex = labels.enumerated().map { (String($0.offset), JSON.string($0.element)) }
            let byLabel = labels.enumerated().map { ($0.element, JSON.integer($0.offset)) }
            members.append(("id2label", .object(.init(byIndex))))
            members.append(("label2id", .object(.init(byLabel))))
        }
        if let problemType { members.append(("problem_type", .string(problemType.rawValue))) }
        if usesRandomField { members.append(("use_crf", true)) }
        if normalizesIdentifiers { members.append(("normalize_identifiers", true)) }
        if let pooling { members.append(("classifier_pooling", .string(pooling))) }
        members += changes
        let replaced = Set(members.map(\.0)).union(
            ["dtype", "num_labels", "id2label", "label2id", "problem_type", "use_crf", "normalize_identifiers"])
        let kept = (json.objectValue?.members ?? []).filter { !replaced.contains($0.key) }
        return .object(.init(kept + members))
    }
}

extension ModelHead {
    /// The end of the class name in `architectures`.
    fileprivate var classSuffix: String {
        switch self {
        case .none, .other: "Model"
        case .maskedLanguageModel: "ForMaskedLM"
        case .tokenClassification: "ForTokenClassification"
        case .sequenceClassification: "ForSequenceClassification"
        case .questionAnswering: "ForQuestionAnswering"
        }
    }
}
