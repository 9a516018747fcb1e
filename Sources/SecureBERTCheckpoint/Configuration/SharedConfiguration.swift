import SecureBERTJSON

/// What the configurations of all encoders have in common.
public struct SharedConfiguration: Sendable, Hashable {
    /// Rows of the token embedding.
    public let vocabularySize: Int
    /// Elements of a hidden state.
    public let hiddenSize: Int
    /// Layers of the encoder.
    public let layerCount: Int
    /// Attention heads of a layer.
    public let headCount: Int
    /// Elements of the state between the two products of a feed-forward layer.
    public let intermediateSize: Int
    /// `max_position_embeddings`. For RoBERTa this is more than the tokens of a sequence, see
    /// ``BertConfiguration/positionOffset``.
    public let maximumPositions: Int
    /// What layer norms add to the variance.
    public let layerNormEpsilon: Float
    /// The activation inside the feed-forward layers.
    public let activation: ActivationFunction
    /// The part of the elements dropped before a classifier while training.
    public let classifierDropout: Float
    /// The standard deviation of new weights.
    public let initializerRange: Float
    /// The token id of padding.
    public let paddingID: Int
    /// Whether the masked language model's decoder is the token embedding.
    public let tieWordEmbeddings: Bool
    /// The head the checkpoint was saved with, by `architectures`.
    public let head: ModelHead
    /// The class names of `architectures`, such as "RobertaForMaskedLM".
    public let architectures: [String]
    /// The names of the classes a classification head has, by index. Files that name none have two, `LABEL_0` and
    /// `LABEL_1`, as in the reference.
    public let labels: [String]
    /// What a sequence classifier was trained for; nil when the file does not say.
    public let problemType: ProblemType?
    /// Whether a token classifier has a conditional random field over its labels (`use_crf`).
    public let usesRandomField: Bool
    /// Whether a sequence classifier reads source code whose names have been replaced (`normalize_identifiers`, a key of this
    /// package).
    public let normalizesIdentifiers: Bool
    /// What a cross-encoder applies to its logits to get a score: what `sentence_transformers.activation_fn` or the older
    /// `sbert_ce_default_activation_function` names, otherwise sigmoid for one label and nothing for several.
    public let scoreActivation: ActivationFunction
    /// The element type the file says its weights have, such as "float32"; information only.
    public let declaredType: String?

    /// Elements of one attention head: ``hiddenSize`` / ``headCount``.
    public var headSize: Int { hiddenSize / headCount }
}

/// The output layers of a checkpoint.
public enum ModelHead: Sendable, Hashable {
    /// The encoder alone.
    case none
    case maskedLanguageModel
    case tokenClassification
    case sequenceClassification
    case questionAnswering
    /// A class this package has no head for, by name. Its encoder can be used.
    case other(String)
}

/// What a sequence classifier was trained for; decides between softmax and sigmoid.
public enum ProblemType: String, Sendable, Hashable, CaseIterable {
    case regression
    case singleLabelClassification = "single_label_classification"
    case multiLabelClassification = "multi_label_classification"
}

/// The values of ``SharedConfiguration`` whose keys or defaults differ between families.
struct FamilyDefaults {
    var vocabularySize: Int
    var intermediateSize: Int
    var layerCount: Int
    var maximumPositions: Int
    var epsilonKey: String
    var epsilon: Double
    var activationKey: String
    var classifierDropout: Double
    var paddingID: Int
}

extension SharedConfiguration {
    init(_ values: ConfigurationValues, defaults: FamilyDefaults) throws(CheckpointError) {
        typealias Limits = ConfigurationLimits
        vocabularySize = try values.count("vocab_size", in: Limits.vocabulary, default: defaults.vocabularySize)
        hiddenSize = try values.count("hidden_size", in: Limits.hiddenSize, default: 768)
        layerCount = try values.count("num_hidden_layers", in: Limits.layers, default: defaults.layerCount)
        headCount = try values.count("num_attention_heads", in: Limits.heads, default: 12)
        guard hiddenSize.isMultiple(of: headCount) else {
            throw CheckpointError(
                .malformed, file: values.file,
                "\"hidden_size\" is \(hiddenSize), expected a multiple of \"num_attention_heads\", which is \(headCount)"
            )
        }
        intermediateSize = try values.count(
            "intermediate_size", in: Limits.intermediateSize, default: defaults.intermediateSize)
        maximumPositions = try values.count(
            "max_position_embeddings", in: Limits.positions, default: defaults.maximumPositions)
        layerNormEpsilon = Float(
            try values.number(defaults.epsilonKey, in: Limits.epsilon, default: defaults.epsilon))
        activation = try values.activation(defaults.activationKey)
        classifierDropout = Float(
            try values.number("classifier_dropout", in: Limits.dropout, default: defaults.classifierDropout))
        initializerRange = Float(try values.number("initializer_range", in: Limits.initializerRange, default: 0.02))
        paddingID = try values.count(
            "pad_token_id", in: 0...vocabularySize - 1,
            default: defaults.paddingID < vocabularySize ? defaults.paddingID : 0)
        tieWordEmbeddings = try values.boolean("tie_word_embeddings", default: true)
        architectures = try values.strings("architectures")
        head = ModelHead(architecture: architectures.first)
        labels = try Self.labels(values)
        problemType = values["problem_type"] == nil ? nil : try values.choice("problem_type", default: .regression)
        usesRandomField = try values.boolean("use_crf", default: false)
        normalizesIdentifiers = try values.boolean("normalize_identifiers", default: false)
        scoreActivation = try Self.scoreActivation(values, labelCount: labels.count)
        let type = try values.string("dtype")
        declaredType = type == nil ? try values.string("torch_dtype") : type
    }

    private static func scoreActivation(
        _ values: ConfigurationValues, labelCount: Int
    ) throws(CheckpointError) -> ActivationFunction {
        let fallback: ActivationFunction = labelCount == 1 ? .sigmoid : .identity
        if let nested = try values.nested("sentence_transformers"), nested["activation_fn"] != nil {
            return try nested.torchActivation("activation_fn", default: fallback)
        }
        return try values.torchActivation("sbert_ce_default_activation_function", default: fallback)
    }

    /// The labels by index, from `id2label`; `label2id` and `num_labels` must not contradict it.
    private static func labels(_ values: ConfigurationValues) throws(CheckpointError) -> [String] {
        let count = try values.optionalCount("num_labels", in: ConfigurationLimits.labels)
        guard let map = try values.nested("id2label"), !map.object.members.isEmpty else {
            return (0..<(count ?? 2)).map { "LABEL_\($0)" }
        }
        let members = map.object.members
        guard ConfigurationLimits.labels.contains(members.count), count ?? members.count == members.count else {
            let expected =
                count.map { "\"num_labels\" says \($0)" } ?? "at most \(ConfigurationLimits.labels.upperBound)"
            throw CheckpointError(
                .malformed, file: values.file, "\"id2label\" has \(members.count) labels, \(expected)")
        }
        var labels = [String?](repeating: nil, count: members.count)
        for (key, value) in members {
            guard let id = Int(key), labels.indices.contains(id), labels[id] == nil else {
                throw CheckpointError(
                    .malformed, file: values.file,
                    "\"id2label\" has the key \(key.quoted), expected every number from 0 to \(members.count - 1) once")
            }
            guard let label = value.stringValue else {
                throw values.refused("id2label", value, allowed: "a string for the label \(id)")
            }
            labels[id] = label
        }
        let names = labels.compactMap { $0 }
        try checkInverse(values, names)
        return names
    }

    /// A label that `label2id` puts at another index than `id2label` would be reported under a wrong name by one of two
    /// programs. Names that only one of the two maps has are harmless: `id2label` decides.
    private static func checkInverse(_ values: ConfigurationValues, _ labels: [String]) throws(CheckpointError) {
        guard let map = try values.nested("label2id") else { return }
        var ids: [String: Set<Int>] = [:]
        for (id, label) in labels.enumerated() { ids[label, default: []].insert(id) }
        for (label, value) in map.object.members {
            guard let expected = ids[label] else { continue }
            guard let id = value.integerValue ?? value.stringValue.flatMap({ Int($0) }), expected.contains(id) else {
                throw CheckpointError(
                    .malformed, file: values.file,
                    """
                    \"label2id\" puts the label \(label.quoted) at \(value.text.printable) and \"id2label\" at \
                    \(expected.sorted().map(String.init).joined(separator: ", "))
                    """)
            }
        }
    }
}

extension ModelHead {
    /// The head of a class name such as "RobertaForTokenClassification".
    init(architecture: String?) {
        guard let name = architecture else {
            self = .none
            return
        }
        let suffixes: [(String, ModelHead)] = [
            ("ForMaskedLM", .maskedLanguageModel), ("ForPreTraining", .maskedLanguageModel),
            ("ForTokenClassification", .tokenClassification),
            ("ForSequenceClassification", .sequenceClassification),
            ("ForQuestionAnswering", .questionAnswering),
        ]
        if let match = suffixes.first(where: { name.hasSuffix($0.0) }) {
            self = match.1
        } else {
            self = name.hasSuffix("Model") ? .none : .other(name)
        }
    }
}
