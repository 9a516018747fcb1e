import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor

extension ParameterSet {
    /// Gives the parameters the values that a checkpoint saved.
    /// - Throws: ``TrainingError`` for numbers that are not finite; what reading throws.
    func restore(from modelFolder: String, _ compute: Compute) throws {
        let weights = try ModelFolder(path: modelFolder).weights()
        for parameter in parameters {
            let tensor = try weights.tensor(named: parameter.name)
            guard try tensor.floats().allSatisfy(\.isFinite) else {
                throw TrainingError(
                    .badCheckpoint,
                    "\(modelFolder): \(parameter.name) holds numbers that are not finite; remove the checkpoint")
            }
            try parameter.restore(tensor, compute)
        }
    }
}
