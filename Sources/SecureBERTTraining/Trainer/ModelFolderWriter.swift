import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// Saves a model as a Hugging Face folder: `config.json`, `model.safetensors` and the tokenizer's files.
struct ModelFolderWriter {
    /// The content of `config.json`.
    let configuration: JSON
    /// Where the tokenizer's files are copied from.
    let tokenizerFolder: String

    static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt", "vocab.txt",
    ]

    /// Writes into an existing folder.
    /// - Throws: `CheckpointError` when a file cannot be read or written.
    func write(_ tensors: [(name: String, tensor: Tensor)], to folder: String) throws {
        for name in Self.tokenizerFiles {
            let source = FileSystem.join(tokenizerFolder, name)
            guard FileSystem.kind(of: source) == .file else { continue }
            try AtomicFile.write(FileSystem.read(source, limit: 1 << 30), to: FileSystem.join(folder, name))
        }
        try AtomicFile.write(Array((configuration.prettyText + "\n").utf8), to: FileSystem.join(folder, "config.json"))
        try SafetensorsWriter.write(
            tensors, metadata: [("format", "pt")], to: FileSystem.join(folder, "model.safetensors"))
    }
}
