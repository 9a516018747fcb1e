import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// Writes a model with a LoRA adapter in its weights, or one that has an adapter in its weights without it.
public struct AdapterMerging {
    private let conversion: ModelConversion

    /// - Parameters:
    ///   - folder: The model.
    ///   - adapter: The adapter.
    ///   - isUnmerging: Whether to take the adapter out, exact but for rounding. Modules that were trained in full stay, since
    ///     nobody knows what they were.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: `CheckpointError` when adapter and model do not belong together.
    public init(_ folder: ModelFolder, _ adapter: AdapterFolder, unmerging isUnmerging: Bool, compute: Compute) throws {
        let weights = try AdaptedWeights(folder.weights(), adapter, subtracting: isUnmerging, compute: compute)
        let file = FileSystem.join(folder.modelPath, "config.json")
        let original = try FileSystem.readJSON(file, limit: 8 << 20)
        let json = isUnmerging ? original : try Self.configuration(original, folder, adapter)
        let configuration = try ModelConfiguration(json: json, file: file)
        // Reads every tensor, and says what is missing or misshapen before anything is written.
        _ = try TransformerModel(configuration, weights: weights, compute: compute)
        conversion = ModelConversion(folder, weights: weights, configuration: json)
    }

    /// Writes into an existing folder.
    /// - Throws: `CheckpointError` when something cannot be read or written.
    public func write(to target: String, _ compute: Compute) throws { try conversion.write(to: target, compute) }

    /// The adapter's own `config.json` where it has one, as those made here do; otherwise the model's, with the head that the
    /// adapter brings.
    private static func configuration(_ base: JSON, _ folder: ModelFolder, _ adapter: AdapterFolder) throws -> JSON {
        let file = FileSystem.join(adapter.path, "config.json")
        if FileSystem.kind(of: file) != nil {
            let json = try FileSystem.readJSON(file, limit: 8 << 20)
            let (own, shared) = (try ModelConfiguration(json: json, file: file), folder.configuration.shared)
            guard own.modelType == folder.configuration.modelType, own.shared.hiddenSize == shared.hiddenSize,
                own.shared.layerCount == shared.layerCount
            else {
                throw CheckpointError(
                    .weightMismatch, file: file,
                    """
                    describes a \(own.modelType) of \(own.shared.layerCount) layers of \(own.shared.hiddenSize), the model is a \
                    \(folder.configuration.modelType) of \(shared.layerCount) of \(shared.hiddenSize); is the adapter for \
                    another model?
                    """)
            }
            return json
        }
        guard let task = adapter.configuration.taskType, task != .featureExtraction else { return base }
        let rows = adapter.savedTensors.first {
            ["classifier.weight", "classifier.out_proj.weight", "qa_outputs.weight"].contains($0.name)
        }?.tensor.shape.dimensions.first
        let old = folder.configuration.shared
        guard let rows, task.head != old.head || (old.labels.count != rows && task != .questionAnswering) else {
            return base
        }
        // Nothing says what they are called: the names that transformers gives.
        let labels = task == .questionAnswering ? [] : (0..<rows).map { "LABEL_\($0)" }
        return HeadConfiguration.replaced(in: base, folder.configuration, head: task.head, labels: labels)
    }
}
