import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor

extension ParameterSet {
    /// Gives the parameters the values that a checkpoint saved. Whether these are finite is for ``Trainer`` to check.
    /// - Throws: `TensorError` for a tensor of another shape; what reading throws.
    func restore(from modelFolder: String, _ compute: Compute) throws {
        let weights = try ModelFolder(path: modelFolder).weights()
        for parameter in parameters { try parameter.restore(weights.tensor(named: parameter.name), compute) }
    }
}
