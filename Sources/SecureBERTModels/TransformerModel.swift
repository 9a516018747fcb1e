import SecureBERTCheckpoint
import SecureBERTTensor

/// An encoder with its head, loaded from a checkpoint.
public struct TransformerModel: Sendable {
    public let configuration: ModelConfiguration
    public let encoder: any Encoder
    public let head: Head
    /// Tensors of the checkpoint that this model has no use for, such as a head that was not asked for.
    public let unusedTensors: [String]
}
