import SecureBERTJSON

/// An adapter as a model: its folder, and that of the model it was trained on.
extension AdapterFolder {
    /// The adapter in a folder that has no weights of a model; nil in other folders.
    static func alone(path: String) throws(CheckpointError) -> AdapterFolder? {
        guard FileSystem.kind(of: FileSystem.join(path, AdapterConfiguration.fileName)) == .file,
            !WeightFiles.names.contains(where: { FileSystem.kind(of: FileSystem.join(path, $0)) != nil })
        else { return nil }
        return try AdapterFolder(path: path)
    }

    /// The folder of the model that was adapted: the one beside the adapter's that is called like the last part of
    /// `base_model_name_or_path`, or the model of that name in the cache. A path in the file is not followed.
    /// - Throws: ``CheckpointError`` when there is none.
    func baseFolder() throws(CheckpointError) -> String {
        guard let name = configuration.baseModel, let last = name.split(separator: "/").last, last != "..", last != "."
        else {
            throw CheckpointError(
                .malformed, file: FileSystem.join(path, AdapterConfiguration.fileName),
                "does not say in \"base_model_name_or_path\" which model it is for; add it with securebert adapter merge"
            )
        }
        let beside = FileSystem.join(path, "../\(last)")
        if FileSystem.kind(of: FileSystem.join(beside, "config.json")) == .file { return beside }
        if FileSystem.kind(of: name) == nil, HubModelName(name) != nil, let folder = try? HubCache().folder(for: name) {
            return folder
        }
        throw CheckpointError(
            .notFound, file: path,
            """
            is an adapter for \(name.printable), which is neither beside it, in a folder \(String(last).printable), nor in \
            the cache; or write a model of its own with securebert adapter merge
            """)
    }

    /// The configuration of the adapted model: the adapter's own `config.json` where it has one, as those made here do;
    /// otherwise the model's, with the head that the adapter brings.
    /// - Parameters:
    ///   - base: The content of the model's `config.json`.
    ///   - configuration: What it says.
    /// - Throws: ``CheckpointError`` when the adapter is for another model.
    package func configuration(
        over base: JSON, _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> JSON {
        let shared = configuration.shared
        let file = FileSystem.join(path, "config.json")
        if FileSystem.kind(of: file) != nil {
            let json = try FileSystem.readJSON(file, limit: 8 << 20)
            let own = try ModelConfiguration(json: json, file: file)
            guard own.modelType == configuration.modelType, own.shared.hiddenSize == shared.hiddenSize,
                own.shared.layerCount == shared.layerCount
            else {
                throw CheckpointError(
                    .weightMismatch, file: file,
                    """
                    describes a \(own.modelType) of \(own.shared.layerCount) layers of \(own.shared.hiddenSize), the model is a \
                    \(configuration.modelType) of \(shared.layerCount) of \(shared.hiddenSize); is the adapter for \
                    another model?
                    """)
            }
            return json
        }
        guard let task = self.configuration.taskType, task != .featureExtraction else { return base }
        let rows = savedTensors.first {
            ["classifier.weight", "classifier.out_proj.weight", "qa_outputs.weight"].contains($0.name)
        }?.tensor.shape.dimensions.first
        guard let rows, task.head != shared.head || (shared.labels.count != rows && task != .questionAnswering) else {
            return base
        }
        // Nothing says what they are called: the names that transformers gives.
        let labels = task == .questionAnswering ? [] : (0..<rows).map { "LABEL_\($0)" }
        return HeadConfiguration.replaced(in: base, configuration, head: task.head, labels: labels)
    }
}
