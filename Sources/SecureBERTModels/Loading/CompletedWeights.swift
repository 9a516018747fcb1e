import SecureBERTCheckpoint
import SecureBERTTensor

/// A checkpoint's weights with a new head: what fine-tuning begins with.
///
/// The encoder is the checkpoint's, and so is the layer between encoder and classifier where it has one (ModernBERT's
/// `head.*`, BERT's pooler). What the checkpoint lacks of the head, or has for other labels, is taken from new weights.
public struct CompletedWeights: TensorSource {
    /// The names taken from the new weights.
    public let newTensors: [String]
    public let tensorNames: [String]
    private let checkpoint: any TensorSource
    private let fresh: InitialWeights
    /// The names in ``fresh`` of the new tensors.
    private let freshNames: [String: String]

    public var path: String { checkpoint.path }
    public var files: [String] { checkpoint.files }

    /// - Parameters:
    ///   - checkpoint: A model with or without a head.
    ///   - configuration: The model to be, with its labels.
    ///   - head: Its head.
    ///   - keepsClassifier: Whether the checkpoint's classifier has the same labels and goes on learning.
    ///   - seed: Decides the new weights.
    /// - Throws: `TensorError` when a shape does not fit memory.
    public init(
        _ checkpoint: any TensorSource, configuration: ModelConfiguration, head: ModelHead, keepsClassifier: Bool,
        seed: UInt64
    ) throws(TensorError) {
        let fresh = try InitialWeights(configuration, head: head, seed: seed)
        let prefix = WeightReader.detectEncoderPrefix(checkpoint.tensorNames)
        let ownPrefix = WeightReader.detectEncoderPrefix(fresh.tensorNames)
        var freshNames: [String: String] = [:]
        var newTensors: [String] = []
        for name in fresh.tensorNames {
            // A model without a head has no prefix, and nothing but the encoder.
            let isInside = name.hasPrefix(ownPrefix)
            let inner = isInside ? String(name.dropFirst(ownPrefix.count)) : name
            // The encoder itself must be there; WeightReader reports what is missing of it.
            if isInside && !inner.hasPrefix("pooler.") { continue }
            let stored = isInside ? prefix + inner : name
            let isKept = keepsClassifier || !Self.isClassifier(inner)
            if isKept, checkpoint.tensorDescription(named: stored)?.shape == fresh.tensorDescription(named: name)?.shape
            {
                continue
            }
            freshNames[stored] = name
            newTensors.append(stored)
        }
        self.newTensors = newTensors
        self.freshNames = freshNames
        self.checkpoint = checkpoint
        self.fresh = fresh
        tensorNames = checkpoint.tensorNames.filter { freshNames[$0] == nil } + newTensors
    }

    public func tensorDescription(named name: String) -> TensorDescription? {
        freshNames[name].flatMap(fresh.tensorDescription) ?? checkpoint.tensorDescription(named: name)
    }

    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        if let own = freshNames[name] { return try fresh.tensor(named: own) }
        return try checkpoint.tensor(named: name)
    }

    /// Whether a tensor's meaning depends on the labels.
    private static func isClassifier(_ name: String) -> Bool {
        ["classifier.", "qa_outputs.", "crf."].contains { name.hasPrefix($0) }
    }
}
