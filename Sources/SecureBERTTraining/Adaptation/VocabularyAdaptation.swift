import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTokenizers

/// Gives a model a vocabulary of another domain, as SecureBERT did with RoBERTa (Aghaei et al. 2022, arXiv 2204.02685):
/// tokens that both vocabularies have keep their rows of the embeddings, a new token starts from the mean of the rows of the
/// old tokens that spell it, plus a little noise so that tokens of the same pieces can part. Everything else stays.
public struct VocabularyAdaptation: Sendable {
    private let folder: ModelFolder
    private let replacement: VocabularyReplacement
    private let noise: Double
    private let seed: UInt64

    /// - Parameters:
    ///   - folder: the model.
    ///   - replacement: its new vocabulary.
    ///   - noise: standard deviation of the noise, as a share of that of the elements of the table.
    ///   - seed: of the noise.
    public init(_ folder: ModelFolder, _ replacement: VocabularyReplacement, noise: Double = 0.02, seed: UInt64 = 0) {
        self.folder = folder
        self.replacement = replacement
        self.noise = noise
        self.seed = seed
    }

    /// Names of the tensors with one row, or one element, for each token, without what stands before them: the embeddings,
    /// the decoder where it is stored, and its bias.
    private static let tableNames = [
        "word_embeddings.weight", "tok_embeddings.weight", "decoder.weight", "decoder.bias", "lm_head.bias",
        "predictions.bias",
    ]

    /// Files that belong to the old weights or vocabulary, or hold weights in other formats.
    private static let replacedFiles = [
        "tokenizer.json", "vocab.json", "merges.txt", "models.lock", "model.safetensors", "pytorch_model.bin",
        "tf_model.h5", "flax_model.msgpack", "rust_model.ot", "model.onnx",
    ]

    /// Writes the adapted model into an empty folder: one safetensors file, the tokenizer, and the other files as they were.
    /// - Throws: `CheckpointError` or `TokenizerError` that names the file.
    public func write(to output: String, compute: Compute) throws {
        let source = folder.modelPath
        for name in try FileSystem.names(inFolder: source) where isCopied(name, in: source) {
            try AtomicFile.write(
                FileSystem.read(FileSystem.join(source, name), limit: 1 << 30), to: FileSystem.join(output, name))
        }
        let files = folder.tokenizerFiles
        if let path = files.tokenizer {
            let bytes = try FileSystem.read(path, limit: 1 << 30)
            try AtomicFile.write(
                replacement.rewriting(tokenizerJSON: bytes, file: path), to: FileSystem.join(output, "tokenizer.json"))
        }
        if files.vocabulary != nil, files.merges != nil {
            try AtomicFile.write(replacement.vocabularyFile, to: FileSystem.join(output, "vocab.json"))
            try AtomicFile.write(replacement.mergesFile, to: FileSystem.join(output, "merges.txt"))
        }
        try writeWeights(to: FileSystem.join(output, "model.safetensors"), compute)
    }

    private func isCopied(_ name: String, in source: String) -> Bool {
        let isWeights =
            name.hasSuffix(".index.json") || name.hasPrefix("model-0") || name.hasPrefix("pytorch_model-0")
        return !isWeights && !Self.replacedFiles.contains(name)
            && FileSystem.kind(of: FileSystem.join(source, name)) == .file
    }

    private func writeWeights(to path: String, _ compute: Compute) throws {
        let weights = try folder.weights()
        var entries: [SafetensorsWriter.Entry] = []
        for description in weights.tensorDescriptions {
            // Old checkpoints hold the numbers of the positions, which nobody reads.
            if description.name.hasSuffix("position_ids") { continue }
            guard let type = description.elementType else { throw weights.unsupportedType(description) }
            entries.append(.init(name: description.name, type: type, shape: description.shape))
        }
        let writer = try SafetensorsWriter(path: path, tensors: entries, metadata: [("format", "pt")])
        let fractions: Set<ElementType> = [.float32, .float16, .bfloat16]
        var tables = 0
        for entry in entries {
            var tensor = try weights.tensor(named: entry.name)
            if fractions.contains(entry.type), try !compute.float32(tensor).isFinite {
                throw CheckpointError(
                    .malformed, file: weights.path,
                    """
                    \(entry.name) holds numbers that are not finite; the weights are damaged or their training has diverged, \
                    adapt another checkpoint
                    """)
            }
            if isTable(entry) {
                tensor = try adapted(tensor, compute)
                tables += entry.shape.rank == 2 ? 1 : 0
            }
            try writer.write(tensor, named: entry.name)
        }
        guard tables > 0 else {
            throw CheckpointError(
                .weightMismatch, file: weights.path,
                "holds no embeddings of \(folder.configuration.shared.vocabularySize) tokens that could be adapted")
        }
        try writer.finish()
    }

    private func isTable(_ entry: SafetensorsWriter.Entry) -> Bool {
        Self.tableNames.contains { entry.name == $0 || entry.name.hasSuffix("." + $0) }
            && entry.shape.dimensions.first == folder.configuration.shared.vocabularySize
    }

    /// The table with the rows of its new tokens. The noise depends on seed and token only, so copies of a table stay equal.
    private func adapted(_ table: Tensor, _ compute: Compute) throws -> Tensor {
        let width = table.shape.rank == 1 ? 1 : table.shape[1]
        let old = try compute.float32(table).floats()
        var new = old
        // A bias has no noise: it is not what tells tokens apart.
        let deviation = table.shape.rank == 1 ? 0 : noise * Self.standardDeviation(old)
        for (id, origin) in replacement.origins {
            let row = Int(id) * width
            switch origin {
            case .shared(let oldID):
                for column in 0..<width { new[row + column] = old[Int(oldID) * width + column] }
            case .pieces(let pieces):
                var random = SeededRandom(seed: seed, Int(id))
                for column in 0..<width {
                    let sum = pieces.reduce(0.0) { $0 + Double(old[Int($1) * width + column]) }
                    let mean = sum / Double(max(1, pieces.count))
                    new[row + column] = Float(mean + (deviation > 0 ? deviation * random.nextNormal() : 0))
                }
            }
        }
        return try compute.converted(Tensor(new, shape: table.shape.dimensions), to: table.elementType)
    }

    private static func standardDeviation(_ values: [Float]) -> Double {
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
        let variance =
            values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(1, values.count))
        return variance.squareRoot()
    }
}
