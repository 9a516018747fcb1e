import SecureBERTCheckpoint
import SecureBERTTensor

/// An encoder with its head, loaded from a checkpoint.
public struct TransformerModel: Sendable {
    public let configuration: ModelConfiguration
    public let encoder: any Encoder
    public let head: Head
    /// Tensors of the checkpoint that this model has no use for, such as a head that was not asked for.
    public let unusedTensors: [String]

    /// The same head on another form of the same encoder.
    package func on(_ encoder: any Encoder) -> TransformerModel { TransformerModel(self, encoder) }

    private init(_ other: TransformerModel, _ encoder: any Encoder) {
        (configuration, head, unusedTensors) = (other.configuration, other.head, other.unusedTensors)
        self.encoder = encoder
    }
}
