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
        let original = folder.configurationJSON
        let json = try isUnmerging ? original : adapter.configuration(over: original, folder.configuration)
        let configuration = try ModelConfiguration(json: json, file: FileSystem.join(folder.modelPath, "config.json"))
        // Reads every tensor, and says what is missing or misshapen before anything is written.
        _ = try TransformerModel(configuration, weights: weights, compute: compute)
        conversion = ModelConversion(folder, weights: weights, configuration: json)
    }

    /// Writes into an existing folder.
    /// - Throws: `CheckpointError` when something cannot be read or written.
    public func write(to target: String, _ compute: Compute) throws { try conversion.write(to: target, compute) }
}
