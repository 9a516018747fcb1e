import SecureBERTCheckpoint
import SecureBERTTensor

extension TransformerModel {
    /// Builds the model that a configuration describes from a checkpoint's tensors.
    /// - Parameters:
    ///   - configuration: What the folder's `config.json` says.
    ///   - source: The checkpoint.
    ///   - kind: The head to load; nil for the one that `architectures` of the configuration names.
    ///   - compute: Where weights are repacked.
    /// - Throws: `CheckpointError` naming every tensor that is missing, misshapen or left over; `TensorError` when memory
    ///   is exhausted.
    public init(
        _ configuration: ModelConfiguration, weights source: any TensorSource, head kind: ModelHead? = nil,
        compute: Compute
    ) throws {
        let root = LayerReader(weights: WeightReader(source), compute: compute)
        let body = LayerReader(weights: root.weights.encoder, compute: compute)
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
                    decoderWeight: try scope.decoder(
                        configuration.vocabularySize, size, tied: configuration.tieWordEmbeddings, words),
                    decoderBias: try scope.decoderBias(configuration.vocabularySize)))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(transform: nil, classifier: try root.linear("classifier", labels, size)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: .cls, transform: .tanh(try body.linear("pooler.dense", size, size)),
                    classifier: try root.linear("classifier", labels, size)))
        case .questionAnswering:
            self = .questionAnswering(TokenHead(transform: nil, classifier: try root.linear("qa_outputs", 2, size)))
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
                    decoderWeight: try scope.decoder(
                        configuration.vocabularySize, size, tied: configuration.tieWordEmbeddings, words),
                    decoderBias: try scope.decoderBias(configuration.vocabularySize)))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(transform: nil, classifier: try root.linear("classifier", labels, size)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: .cls, transform: .tanh(try root.linear("classifier.dense", size, size)),
                    classifier: try root.linear("classifier.out_proj", labels, size)))
        case .questionAnswering:
            self = .questionAnswering(TokenHead(transform: nil, classifier: try root.linear("qa_outputs", 2, size)))
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
                    decoderWeight: try root.decoder(
                        shared.vocabularySize, size, tied: shared.tieWordEmbeddings, words),
                    decoderBias: configuration.decoderBias
                        ? try root.vector("decoder.bias", shared.vocabularySize) : nil))
        case .tokenClassification:
            self = .tokenClassification(
                TokenHead(transform: transform, classifier: try root.linear("classifier", labels, size)))
        case .sequenceClassification:
            self = .sequenceClassification(
                SequenceHead(
                    pooling: configuration.classifierPooling == .cls ? .cls : .mean, transform: .prediction(transform),
                    classifier: try root.linear("classifier", labels, size)))
        case .questionAnswering:
            self = .questionAnswering(
                TokenHead(transform: transform, classifier: try root.linear("classifier", 2, size)))
        }
    }
}

extension LayerReader {
    /// The decoder's matrix `[vocabularySize, hiddenSize]`: the input embeddings when the configuration ties them, even if
    /// the checkpoint stores a copy, as in the reference.
    fileprivate func decoder(_ vocabularySize: Int, _ hiddenSize: Int, tied: Bool, _ words: Embedding) throws -> Tensor
    {
        tied ? words.table : try weights.tensor("decoder.weight", [vocabularySize, hiddenSize])
    }

    /// BERT and RoBERTa store the decoder's bias `[vocabularySize]` as `bias`, `decoder.bias`, or both, which are then equal.
    fileprivate func decoderBias(_ vocabularySize: Int) throws -> Tensor {
        let name = weights.contains("bias") ? "bias" : "decoder.bias"
        return try vector(name, vocabularySize)
    }
}
