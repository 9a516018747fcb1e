import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor

/// What `encode` writes for one input: which tensors a model gives, under which names and shapes.
struct ModelOutputs {
    private let model: TransformerModel

    init(_ model: TransformerModel) { self.model = model }

    /// The tensors that will be written for an input, known before it is computed.
    func entries(_ index: Int, _ row: EncodeRow) throws -> [SafetensorsWriter.Entry] {
        let tokens = row.ids.count
        let labels = model.configuration.shared.labels.count
        var shapes = [("hidden", [tokens, model.encoder.hiddenSize])]
        switch model.head {
        case .none: break
        case .maskedLanguageModel: shapes.append(("logits", [tokens, model.configuration.shared.vocabularySize]))
        case .tokenClassification: shapes.append(("logits", [tokens, labels]))
        case .sequenceClassification: shapes.append(("logits", [labels]))
        case .questionAnswering: shapes += [("start", [tokens]), ("end", [tokens])]
        }
        return try shapes.map { name, shape in
            SafetensorsWriter.Entry(name: "\(name).\(index)", type: .float32, shape: try Shape(shape))
        }
    }

    /// The tensors of an input.
    /// - Parameter hidden: Its hidden states, `[tokens, hiddenSize]`.
    func tensors(_ index: Int, _ hidden: Tensor, _ compute: Compute) throws -> [(name: String, tensor: Tensor)] {
        let states = (name: "hidden.\(index)", tensor: hidden)
        switch model.head {
        case .none: return [states]
        case .maskedLanguageModel(let head): return [states, ("logits.\(index)", try head(hidden, compute))]
        case .tokenClassification(let head): return [states, ("logits.\(index)", try head(hidden, compute))]
        case .sequenceClassification(let head):
            let logits = try head(hidden, SequenceLayout(lengths: [hidden.shape[0]]), compute)
            return [states, ("logits.\(index)", try logits.reshaped([logits.shape[1]]))]
        case .questionAnswering(let head):
            let logits = try head(hidden, compute).floats()
            return [states]
                + (try ["start", "end"].enumerated().map { column, name in
                    let values = stride(from: column, to: logits.count, by: 2).map { logits[$0] }
                    return ("\(name).\(index)", try Tensor(values, shape: [values.count]))
                })
        }
    }
}
