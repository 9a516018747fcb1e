import SecureBERTCheckpoint
import SecureBERTTensor

extension BertModel {
    /// Reads the weights that Hugging Face names `embeddings.*` and `encoder.layer.*`.
    init(_ configuration: BertConfiguration, _ reader: LayerReader) throws {
        self.configuration = configuration
        embeddings = try BertEmbeddings(configuration, reader.scoped("embeddings"))
        layers = try LayerStack(configuration, reader.scoped("encoder.layer"))
    }
}

extension RobertaModel {
    /// Reads the weights that Hugging Face names `embeddings.*` and `encoder.layer.*`.
    init(_ configuration: BertConfiguration, _ reader: LayerReader) throws {
        self.configuration = configuration
        embeddings = try BertEmbeddings(configuration, reader.scoped("embeddings"))
        layers = try LayerStack(configuration, reader.scoped("encoder.layer"))
    }
}

extension LayerStack<BertLayer> {
    fileprivate init(_ configuration: BertConfiguration, _ reader: LayerReader) throws {
        layers = try (0..<configuration.shared.layerCount).map { index in
            try BertLayer(configuration, reader.scoped("\(index)"))
        }
    }
}

extension BertEmbeddings {
    fileprivate init(_ configuration: BertConfiguration, _ reader: LayerReader) throws {
        let size = configuration.shared.hiddenSize
        let padding = configuration.shared.paddingID
        words = try reader.embedding(
            "word_embeddings", configuration.shared.vocabularySize, size, paddingID: padding)
        positions = try reader.embedding(
            "position_embeddings", configuration.shared.maximumPositions, size,
            paddingID: configuration.isRoberta ? padding : nil)
        types = try reader.embedding("token_type_embeddings", configuration.typeVocabularySize, size)
        norm = try reader.norm("LayerNorm", size, epsilon: configuration.shared.layerNormEpsilon)
        dropout = configuration.hiddenDropout
    }
}

extension BertLayer {
    fileprivate init(_ configuration: BertConfiguration, _ reader: LayerReader) throws {
        let size = configuration.shared.hiddenSize
        let epsilon = configuration.shared.layerNormEpsilon
        headCount = configuration.shared.headCount
        queryKeyValue = try reader.scoped("attention.self").linear(stacking: ["query", "key", "value"], size, size)
        attentionOutput = try reader.linear("attention.output.dense", size, size)
        attentionNorm = try reader.norm("attention.output.LayerNorm", size, epsilon: epsilon)
        intermediate = try reader.linear("intermediate.dense", configuration.shared.intermediateSize, size)
        activation = try Activation(configuration.shared.activation)
        output = try reader.linear("output.dense", size, configuration.shared.intermediateSize)
        outputNorm = try reader.norm("output.LayerNorm", size, epsilon: epsilon)
        dropout = configuration.hiddenDropout
        attentionDropout = configuration.attentionDropout
    }
}
