import SecureBERTCheckpoint
import SecureBERTJSON

/// What makes a model folder one of sentence-transformers: pooling, normalization and prompts.
struct SentenceEncoderFiles {
    let hiddenSize: Int
    let maximumTokens: Int
    /// Whether the vector is that of the first token; the mean of all otherwise.
    let usesFirstToken: Bool
    let prompts: [(name: String, text: String)]

    /// Writes `modules.json`, `1_Pooling`, `2_Normalize`, `sentence_bert_config.json` and `config_sentence_transformers.json`.
    /// - Throws: `CheckpointError` when a file cannot be written.
    func write(to folder: String) throws {
        let classes = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
        let modules = classes.enumerated().map { index, module -> JSON in
            [
                "idx": .integer(index), "name": .string(String(index)), "path": .string(module.0),
                "type": .string("sentence_transformers.models.\(module.1)"),
            ]
        }
        try write(.array(modules), "modules.json", folder)
        try FileSystem.makeFolder(FileSystem.join(folder, "1_Pooling"))
        try write(
            [
                "word_embedding_dimension": .integer(hiddenSize), "pooling_mode_cls_token": .bool(usesFirstToken),
                "pooling_mode_mean_tokens": .bool(!usesFirstToken), "pooling_mode_max_tokens": false,
                "pooling_mode_mean_sqrt_len_tokens": false, "pooling_mode_weightedmean_tokens": false,
                "pooling_mode_lasttoken": false, "include_prompt": true,
            ], "1_Pooling/config.json", folder)
        try write(
            ["max_seq_length": .integer(maximumTokens), "do_lower_case": false], "sentence_bert_config.json", folder)
        let prompts = JSON.object(.init(prompts.map { ($0.name, .string($0.text)) }))
        try write(
            ["prompts": prompts, "default_prompt_name": .null, "similarity_fn_name": "cosine"],
            "config_sentence_transformers.json", folder)
    }

    private func write(_ json: JSON, _ name: String, _ folder: String) throws {
        try AtomicFile.write(Array((json.prettyText + "\n").utf8), to: FileSystem.join(folder, name))
    }
}
