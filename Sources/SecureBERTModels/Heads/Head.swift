import SecureBERTTensor

/// What stands on top of an encoder.
public enum Head: Sendable {
    case none
    case maskedLanguageModel(MaskedLanguageModelHead)
    case tokenClassification(TokenHead)
    case sequenceClassification(SequenceHead)
    /// Two columns, the logits of the answer's start and end.
    case questionAnswering(TokenHead)
}
