import SecureBERTCheckpoint
import SecureBERTTensor

/// The weights a model begins training with, in the shape of a checkpoint: names and shapes as Hugging Face saves them.
///
/// ModernBERT (Warner et al. 2024, arXiv 2412.13663): normal, cut off at `initializer_cutoff_factor` deviations, and scaled down
/// by the number of layers for matrices that write into the residual stream. BERT and RoBERTa: normal, never cut. Norms begin
/// as the identity, biases at 0.
public struct InitialWeights: TensorSource {
    public let path = "initial weights"
    public let files: [String] = []
    public let tensorNames: [String]
    private let entries: [String: Entry]
    private let seed: UInt64

    private struct Entry {
        let shape: Shape
        let kind: Kind
        let index: UInt64
    }

    private enum Kind {
        /// Numbers further than `cutoff` deviations from 0 are drawn again.
        case normal(deviation: Float, cutoff: Float = .infinity)
        case ones
        case zeros
    }

    /// - Parameters:
    ///   - configuration: The model.
    ///   - head: Its head; classifiers that are added to a trained encoder begin here too.
    ///   - seed: Equal seeds give equal weights.
    /// - Throws: `TensorError` when a shape does not fit memory.
    public init(_ configuration: ModelConfiguration, head: ModelHead, seed: UInt64) throws(TensorError) {
        var list = EntryList(head: head, shared: configuration.shared)
        switch configuration {
        case .modernBert(let modernBert): list.modernBert(modernBert)
        case .bert(let bert): list.bert(bert)
        }
        var entries: [String: Entry] = [:]
        for (index, entry) in list.entries.enumerated() {
            entries[entry.name] = Entry(shape: try Shape(entry.shape), kind: entry.kind, index: UInt64(index))
        }
        tensorNames = list.entries.map(\.name)
        self.entries = entries
        self.seed = seed
    }

    public func tensorDescription(named name: String) -> TensorDescription? {
        entries[name].map { entry in
            TensorDescription(
                name: name, storedType: "F32", elementType: .float32, shape: entry.shape,
                byteCount: 4 * entry.shape.count)
        }
    }

    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        guard let entry = entries[name] else { throw missing(name) }
        let elements: [Float]
        switch entry.kind {
        case .ones: elements = Array(repeating: 1, count: entry.shape.count)
        case .zeros: elements = Array(repeating: 0, count: entry.shape.count)
        case .normal(let deviation, let cutoff):
            var random = NormalGenerator(seed: seed &+ entry.index &* 0xD1B5_4A32_D192_ED03)
            elements = (0..<entry.shape.count).map { _ in deviation * random.next(cutoff: cutoff) }
        }
        do {
            return try Tensor(elements, shape: entry.shape.dimensions)
        } catch {
            throw CheckpointError(.limitExceeded, file: path, "the tensor \(name) cannot be made: \(error)")
        }
    }

    /// Lists the tensors of a model.
    private struct EntryList {
        let head: ModelHead
        let shared: SharedConfiguration
        var entries: [(name: String, shape: [Int], kind: Kind)] = []

        init(head: ModelHead, shared: SharedConfiguration) {
            self.head = head
            self.shared = shared
        }

        private mutating func add(_ name: String, _ shape: [Int], _ kind: Kind) { entries.append((name, shape, kind)) }

        /// A random field that prefers nothing.
        private mutating func randomField() {
            guard head == .tokenClassification, shared.usesRandomField else { return }
            let labels = shared.labels.count
            add("crf.transitions", [labels, labels], .zeros)
            add("crf.start_transitions", [labels], .zeros)
            add("crf.end_transitions", [labels], .zeros)
        }

        private mutating func linear(_ name: String, _ shape: [Int], _ kind: Kind, bias: Bool = true) {
            add(name + ".weight", shape, kind)
            if bias { add(name + ".bias", [shape[0]], .zeros) }
        }

        private mutating func norm(_ name: String, bias: Bool = true) {
            add(name + ".weight", [shared.hiddenSize], .ones)
            if bias { add(name + ".bias", [shared.hiddenSize], .zeros) }
        }

        mutating func modernBert(_ configuration: ModernBertConfiguration) {
            let size = shared.hiddenSize
            let (range, cutoff) = (shared.initializerRange, configuration.initializerCutoff)
            let input = Kind.normal(deviation: range, cutoff: cutoff)
            let output = Kind.normal(deviation: range / Float(2 * shared.layerCount).squareRoot(), cutoff: cutoff)
            let classifier = Kind.normal(deviation: 1 / Float(size).squareRoot(), cutoff: cutoff)
            let prefix = head == .none ? "" : "model."
            add(prefix + "embeddings.tok_embeddings.weight", [shared.vocabularySize, size], input)
            norm(prefix + "embeddings.norm", bias: configuration.normBias)
            for layer in 0..<shared.layerCount {
                let scope = "\(prefix)layers.\(layer)."
                if layer > 0 { norm(scope + "attn_norm", bias: configuration.normBias) }
                linear(scope + "attn.Wqkv", [3 * size, size], input, bias: configuration.attentionBias)
                linear(scope + "attn.Wo", [size, size], output, bias: configuration.attentionBias)
                norm(scope + "mlp_norm", bias: configuration.normBias)
                linear(scope + "mlp.Wi", [2 * shared.intermediateSize, size], input, bias: configuration.mlpBias)
                linear(scope + "mlp.Wo", [size, shared.intermediateSize], output, bias: configuration.mlpBias)
            }
            norm(prefix + "final_norm", bias: configuration.normBias)
            guard prefix != "" else { return }
            linear("head.dense", [size, size], output, bias: configuration.classifierBias)
            norm("head.norm", bias: configuration.normBias)
            randomField()
            switch head {
            case .maskedLanguageModel:
                if !shared.tieWordEmbeddings {
                    add("decoder.weight", [shared.vocabularySize, size], output)
                }
                if configuration.decoderBias { add("decoder.bias", [shared.vocabularySize], .zeros) }
            case .questionAnswering: linear("classifier", [2, size], classifier)
            default: linear("classifier", [shared.labels.count, size], classifier)
            }
        }

        mutating func bert(_ configuration: BertConfiguration) {
            let size = shared.hiddenSize
            let normal = Kind.normal(deviation: shared.initializerRange)
            let prefix = head == .none ? "" : configuration.isRoberta ? "roberta." : "bert."
            let tables = [
                ("word", shared.vocabularySize), ("position", shared.maximumPositions),
                ("token_type", configuration.typeVocabularySize),
            ]
            for (name, rows) in tables {
                add("\(prefix)embeddings.\(name)_embeddings.weight", [rows, size], normal)
            }
            norm(prefix + "embeddings.LayerNorm")
            for layer in 0..<shared.layerCount {
                let scope = "\(prefix)encoder.layer.\(layer)."
                for name in ["query", "key", "value"] {
                    linear(scope + "attention.self." + name, [size, size], normal)
                }
                linear(scope + "attention.output.dense", [size, size], normal)
                norm(scope + "attention.output.LayerNorm")
                linear(scope + "intermediate.dense", [shared.intermediateSize, size], normal)
                linear(scope + "output.dense", [size, shared.intermediateSize], normal)
                norm(scope + "output.LayerNorm")
            }
            randomField()
            switch head {
            case .none, .other: break
            case .maskedLanguageModel:
                let scope = configuration.isRoberta ? "lm_head." : "cls.predictions."
                linear(scope + (configuration.isRoberta ? "dense" : "transform.dense"), [size, size], normal)
                norm(scope + (configuration.isRoberta ? "layer_norm" : "transform.LayerNorm"))
                if !shared.tieWordEmbeddings {
                    add(scope + "decoder.weight", [shared.vocabularySize, size], normal)
                }
                add(scope + "bias", [shared.vocabularySize], .zeros)
            case .tokenClassification: linear("classifier", [shared.labels.count, size], normal)
            case .questionAnswering: linear("qa_outputs", [2, size], normal)
            case .sequenceClassification:
                if configuration.isRoberta {
                    linear("classifier.dense", [size, size], normal)
                    linear("classifier.out_proj", [shared.labels.count, size], normal)
                } else {
                    linear("bert.pooler.dense", [size, size], normal)
                    linear("classifier", [shared.labels.count, size], normal)
                }
            }
        }
    }
}
