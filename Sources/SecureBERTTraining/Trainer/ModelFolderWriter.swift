import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// Saves a model as a Hugging Face folder: `config.json`, `model.safetensors` and the tokenizer's files.
struct ModelFolderWriter {
    /// The content of `config.json`.
    let configuration: JSON
    /// Where the tokenizer's files are copied from.
    let tokenizerFolder: String
    /// The most tokens of a sequence that the model was trained on, where later readers should read no more at once:
    /// `model_max_length` of `tokenizer_config.json`. Nil leaves that as it is.
    var maximumTokens: Int?

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
        try writeTokenizerLimit(to: folder)
        try AtomicFile.write(Array((configuration.prettyText + "\n").utf8), to: FileSystem.join(folder, "config.json"))
        try SafetensorsWriter.write(
            tensors, metadata: [("format", "pt")], to: FileSystem.join(folder, "model.safetensors"))
    }

    /// Writes `tokenizer_config.json` with ``maximumTokens``, where there is such a limit.
    /// - Throws: `CheckpointError` when a file cannot be read or written.
    func writeTokenizerLimit(to folder: String) throws {
        guard let maximumTokens else { return }
        let name = "tokenizer_config.json"
        let source = FileSystem.join(tokenizerFolder, name)
        let before =
            FileSystem.kind(of: source) == .file
            ? try FileSystem.readJSON(source, limit: 8 << 20).objectValue?.members ?? [] : []
        let kept = before.filter { $0.key != "model_max_length" }
        let changed = JSON.object(.init(kept + [("model_max_length", .integer(maximumTokens))]))
        try AtomicFile.write(Array((changed.prettyText + "\n").utf8), to: FileSystem.join(folder, name))
    }
}
