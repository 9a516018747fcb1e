import SecureBERT
import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor

/// Loads the models of one command. Heads of one folder (`finetune joint`) share its encoder and what it has computed, so that a text that
/// several of them read is encoded once.
struct LoadedModels {
    private let compute: Compute
    private var shared: [String: MultiTaskModel] = [:]

    init(_ compute: Compute) { self.compute = compute }

    /// Loads a folder.
    /// - Parameters:
    ///   - folder: A model, a head of an encoder, or the encoder.
    ///   - head: nil for the one the configuration names.
    mutating func load(_ folder: ModelFolder, head: ModelHead? = nil) throws -> PretrainedModel {
        if let own = folder.sharedHead {
            return try ModelNameOption.asBadModel { try encoder(own.encoderFolder).head(own.name) }
        }
        let isShared = try head == ModelHead.none && !SharedHead.names(inFolder: folder.path).isEmpty
        guard isShared else { return try .open(folder, head: head, compute) }
        return try ModelNameOption.asBadModel { try encoder(folder.path).encoder }
    }

    /// Loads a model by its folder, or by the name of one that is shipped or was pulled.
    mutating func load(named name: String, head: ModelHead) throws -> PretrainedModel {
        var option = ModelNameOption()
        option.model = name
        return try load(option.folder(), head: head)
    }

    private mutating func encoder(_ folder: String) throws -> MultiTaskModel {
        let path = FileSystem.resolved(folder) ?? folder
        if let known = shared[path] { return known }
        let model = try MultiTaskModel(path: path, compute: compute)
        shared[path] = model
        return model
    }
}
