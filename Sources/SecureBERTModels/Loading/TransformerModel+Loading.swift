import SecureBERTCheckpoint
import SecureBERTTensor

extension TransformerModel {
    /// Builds the model that a configuration describes from a checkpoint's tensors.
    /// - Parameters:
    ///   - configuration: What the folder's `config.json` says.
    ///   - source: The checkpoint.
    ///   - kind: The head to load; nil for the one that `architectures` of the configuration names.
    ///   - parameters: Collects the tensors as parameters to be trained; nil for a model that only computes.
    ///   - compute: Where weights are repacked.
    /// - Throws: `CheckpointError` naming every tensor that is missing, misshapen or left over; `TensorError` when memory
    ///   is exhausted.
    public init(
        _ configuration: ModelConfiguration, weights source: any TensorSource, head kind: ModelHead? = nil,
        parameters: ParameterSet? = nil, compute: Compute
    ) throws {
        let root = LayerReader(weights: WeightReader(source), parameters: parameters, compute: compute)
        let body = LayerReader(weights: root.weights.encoder, parameters: parameters, compute: compute)
        let labels = configuration.shared.labels.count
        let kind = kind ?? configuration.shared.head
        switch configuration {
        case .bert(let bert) where bert.isRoberta:
            let model = try RobertaModel(bert, body)
            encoder = model
            head = try Head(kind, roberta: bert.shared, labels, model.embeddings.words, root)
        case .bert(let bert):
            let model = try BertModel(bert, body)
            encoder = model
            head = try Head(kind, bert: bert.shared, labels, model.embeddings.words, root, body)
        case .modernBert(let modernBert):
            let model = try ModernBertModel(modernBert, body)
            encoder = model
            head = try Head(kind, modernBert: modernBert, labels, model.tokenEmbeddings, root)
        }
        self.configuration = configuration
        unusedTensors = try root.weights.finish()
    }
}

extension Head {
    /// BERT: `cls.predictions.*`, `pooler.*` + `classifier.*`, `classifier.*`, `qa_outputs.*`.
    fileprivate init(
        _ kind: ModelHead, bert configuration: SharedConfiguration, _ labels: Int, _ words: Embedding,
        _ root: LayerReader, _ body: LayerReader
    ) throws {
        let size = configuration.hiddenSize
        switch kind {
        case .none, .other: self = .none
        case .maskedLanguageModel:
            let scope = root.scoped("cls.predictions")
            self = .maskedLanguageModel(
                MaskedLanguageModelHead(
                    dense: try scope.linear("transform.dense", size, size),
                    activation: try Activation(configuration.activation),
                    norm: try scope.norm("transform.LayerNorm", size, epsilon: configuration.layerNormEpsilon),
                    decoder: try scope.decoder(configuration, words, bias: scope.decoderBias(configuration))))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(
                    transform: nil, classifier: try root.linear("classifier", labels, size),
                    dropout: configuration.classifierDropout, randomField: try root.randomField(configuration)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: .cls, transform: .tanh(try body.linear("pooler.dense", size, size), dropsInput: false),
                    classifier: try root.linear("classifier", labels, size),
                    dropout: configuration.classifierDropout))
        case .questionAnswering:
            self = .questionAnswering(
                TokenHead(transform: nil, classifier: try root.linear("qa_outputs", 2, size), dropout: 0))
        }
    }

    /// RoBERTa: `lm_head.*`, `classifier.dense` + `classifier.out_proj`, `classifier.*`, `qa_outputs.*`.
    fileprivate init(
        _ kind: ModelHead, roberta configuration: SharedConfiguration, _ labels: Int, _ words: Embedding,
        _ root: LayerReader
    ) throws {
        let size = configuration.hiddenSize
        switch kind {
        case .none, .other: self = .none
        case .maskedLanguageModel:
            let scope = root.scoped("lm_head")
            self = .maskedLanguageModel(
                MaskedLanguageModelHead(
                    dense: try scope.linear("dense", size, size),
                    activation: .geluErf,  // Fixed in RoBERTa's head, whatever the layers use.
                    norm: try scope.norm("layer_norm", size, epsilon: configuration.layerNormEpsilon),
                    decoder: try scope.decoder(configuration, words, bias: scope.decoderBias(configuration))))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(
                    transform: nil, classifier: try root.linear("classifier", labels, size),
                    dropout: configuration.classifierDropout, randomField: try root.randomField(configuration)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: .cls, transform: .tanh(try root.linear("classifier.dense", size, size), dropsInput: true),
                    classifier: try root.linear("classifier.out_proj", labels, size),
                    dropout: configuration.classifierDropout))
        case .questionAnswering:
            self = .questionAnswering(
                TokenHead(transform: nil, classifier: try root.linear("qa_outputs", 2, size), dropout: 0))
        }
    }

    /// ModernBERT: `head.*` before every decoder or classifier.
    fileprivate init(
        _ kind: ModelHead, modernBert configuration: ModernBertConfiguration, _ labels: Int, _ words: Embedding,
        _ root: LayerReader
    ) throws {
        let shared = configuration.shared
        let size = shared.hiddenSize
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
