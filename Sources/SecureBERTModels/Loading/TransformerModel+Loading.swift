import SecureBERTCheckpoint
import SecureBERTTensor

extension TransformerModel {
    /// Builds the model that a configuration describes from a checkpoint's tensors.
    /// - Parameters:
    ///   - configuration: What the folder's `config.json` says.
    ///   - source: The checkpoint.
    ///   - kind: The head to load; nil for the one that `architectures` of the configuration names.
    ///   - parameters: Collects the tensors as parameters to be trained; nil for a model that only computes.
    ///   - shared: An encoder that was loaded from the same tensors, to put another head on; nil to load it.
    ///   - compute: Where weights are repacked.
    /// - Throws: `CheckpointError` naming every tensor that is missing, misshapen or left over; `TensorError` when memory
    ///   is exhausted.
    public init(
        _ configuration: ModelConfiguration, weights source: any TensorSource, head kind: ModelHead? = nil,
        parameters: ParameterSet? = nil, sharing shared: (any Encoder)? = nil, compute: Compute
    ) throws {
        let root = LayerReader(weights: WeightReader(source), parameters: parameters, compute: compute)
        let body = LayerReader(weights: root.weights.encoder, parameters: parameters, compute: compute)
        let kind = kind ?? configuration.shared.head
        switch configuration {
        case .bert(let bert) where bert.isRoberta:
            let model = try shared as? RobertaModel ?? RobertaModel(bert, body)
            encoder = model
            head = try Head(kind, bert.shared, model.embeddings.words, .roberta(root), root)
        case .bert(let bert):
            let model = try shared as? BertModel ?? BertModel(bert, body)
            encoder = model
            head = try Head(kind, bert.shared, model.embeddings.words, .bert(bert.shared, root, body), root)
        case .modernBert(let modernBert):
            let model = try shared as? ModernBertModel ?? ModernBertModel(modernBert, body)
            encoder = model
            head = try Head(kind, modernBert, model.tokenEmbeddings, root)
        }
        self.configuration = configuration
        unusedTensors = try root.weights.finish()
        // Packing gave the pages of each matrix back, but reading the next one brought in what lies around it.
        source.discardPages()
    }
}

/// Where BERT and RoBERTa differ in their heads: the names of weights, and little else.
private struct BertHeadNames {
    /// Holds the dense layer, norm and decoder of the masked language model.
    let prediction: LayerReader
    let predictionDense: String
    let predictionNorm: String
    let predictionActivation: Activation
    /// Holds the layer `dense` between pooling and sequence classifier.
    let sequence: LayerReader
    let sequenceClassifier: String
    /// Whether elements are dropped in front of that layer too.
    let dropsSequenceInput: Bool

    /// `cls.predictions.*`, `pooler.dense` beside the encoder's weights, and `classifier`.
    static func bert(
        _ configuration: SharedConfiguration, _ root: LayerReader, _ body: LayerReader
    ) throws -> BertHeadNames {
        BertHeadNames(
            prediction: root.scoped("cls.predictions"), predictionDense: "transform.dense",
            predictionNorm: "transform.LayerNorm", predictionActivation: try Activation(configuration.activation),
            sequence: body.scoped("pooler"), sequenceClassifier: "classifier", dropsSequenceInput: false)
    }

    /// `lm_head.*`, `classifier.dense` and `classifier.out_proj`; the masked language model's activation is fixed, whatever
    /// the layers use.
    static func roberta(_ root: LayerReader) -> BertHeadNames {
        BertHeadNames(
            prediction: root.scoped("lm_head"), predictionDense: "dense", predictionNorm: "layer_norm",
            predictionActivation: .geluErf, sequence: root.scoped("classifier"),
            sequenceClassifier: "classifier.out_proj", dropsSequenceInput: true)
    }
}

extension Head {
    /// BERT and RoBERTa; both call the layers of tokens `classifier` and `qa_outputs`.
    fileprivate init(
        _ kind: ModelHead, _ configuration: SharedConfiguration, _ words: Embedding, _ names: BertHeadNames,
        _ root: LayerReader
    ) throws {
        let size = configuration.hiddenSize
        let labels = configuration.labels.count
        let dropout = configuration.classifierDropout
        switch kind {
        case .none, .other: self = .none
        case .maskedLanguageModel:
            let scope = names.prediction
            self = .maskedLanguageModel(
                MaskedLanguageModelHead(
                    dense: try scope.linear(names.predictionDense, size, size),
                    activation: names.predictionActivation,
                    norm: try scope.norm(names.predictionNorm, size, epsilon: configuration.layerNormEpsilon),
                    decoder: try scope.decoder(configuration, words, bias: scope.decoderBias(configuration))))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(
                    transform: nil, classifier: try root.linear("classifier", labels, size), dropout: dropout,
                    randomField: try root.randomField(configuration)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: .cls,
                    transform: .tanh(
                        try names.sequence.linear("dense", size, size), dropsInput: names.dropsSequenceInput),
                    classifier: try root.linear(names.sequenceClassifier, labels, size), dropout: dropout))
        case .questionAnswering:
            self = .questionAnswering(
                TokenHead(transform: nil, classifier: try root.linear("qa_outputs", 2, size), dropout: 0))
        }
    }

    /// ModernBERT: `head.*` before every decoder or classifier.
    fileprivate init(
        _ kind: ModelHead, _ configuration: ModernBertConfiguration, _ words: Embedding, _ root: LayerReader
    ) throws {
        let shared = configuration.shared
        let size = shared.hiddenSize
        let labels = shared.labels.count
        switch kind {
        case .none, .other:
            self = .none
            return
        default: break
        }
        let dense = try root.linear("head.dense", size, size, bias: configuration.classifierBias)
        let activation = try Activation(configuration.classifierActivation)
        let norm = try root.norm(
            "head.norm", size, bias: configuration.normBias, epsilon: shared.layerNormEpsilon)
        let transform = PredictionTransform(dense: dense, activation: activation, norm: norm)
        switch kind {
        case .none, .other: self = .none
        case .maskedLanguageModel:
            self = .maskedLanguageModel(
                MaskedLanguageModelHead(
                    dense: dense, activation: activation, norm: norm,
                    decoder: try root.decoder(
                        shared, words,
                        bias: configuration.decoderBias
                            ? root.vector("decoder.bias", shared.vocabularySize) : nil)))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(
                    transform: transform, classifier: try root.linear("classifier", labels, size),
                    dropout: shared.classifierDropout, randomField: try root.randomField(shared)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: configuration.classifierPooling == .cls ? .cls : .mean, transform: .prediction(transform),
                    classifier: try root.linear("classifier", labels, size), dropout: shared.classifierDropout))
        case .questionAnswering:
            self = .questionAnswering(
                TokenHead(
                    transform: transform, classifier: try root.linear("classifier", 2, size),
                    dropout: shared.classifierDropout))
        }
    }
}

extension LayerReader {
    /// `crf.transitions`, `crf.start_transitions` and `crf.end_transitions`, as pytorch-crf names them.
    fileprivate func randomField(_ configuration: SharedConfiguration) throws -> TokenHead.RandomField? {
        guard configuration.usesRandomField else { return nil }
        let labels = configuration.labels.count
        return TokenHead.RandomField(
            transitions: try compute.float32(tensor("crf.transitions", [labels, labels])),
            start: try vector("crf.start_transitions", labels), end: try vector("crf.end_transitions", labels))
    }

    /// The decoder: its matrix `[vocabularySize, hiddenSize]` is the input embeddings when the configuration ties them, even
    /// if the checkpoint stores a copy, as in the reference.
    fileprivate func decoder(
        _ configuration: SharedConfiguration, _ words: Embedding, bias: Tensor?
    ) throws -> Linear {
        let table =
            configuration.tieWordEmbeddings
            ? words.table : try tensor("decoder.weight", [configuration.vocabularySize, configuration.hiddenSize])
        return Linear(
            weight: parameters == nil
                ? try WeightMatrix(stored: table)
                : try WeightMatrix([table], forTraining: true, compute: compute),
            biases: bias.map { [$0] } ?? [])
    }

    /// BERT and RoBERTa store the decoder's bias `[vocabularySize]` as `bias`, `decoder.bias`, or both, which are then equal.
    fileprivate func decoderBias(_ configuration: SharedConfiguration) throws -> Tensor {
        let name = weights.contains("bias") ? "bias" : "decoder.bias"
        return try vector(name, configuration.vocabularySize)
    }
}
