import SecureBERTCheckpoint
import SecureBERTJSON

/// Parts of the activations that are dropped while training (Srivastava et al. 2014); nil leaves what the checkpoint's
/// configuration says.
struct DropoutRates: Sendable {
    /// Of the sums of embeddings; ModernBERT only.
    let embedding: Double?
    /// Of what a layer's parts add to its input; in ModernBERT of the inside of the feed-forward part.
    let hidden: Double?
    /// Of attention weights.
    let attention: Double?
    /// In front of the classifier.
    let classifier: Double?

    init(_ reader: RecipeReader) throws(RecipeError) {
        embedding = try reader.optionalDouble("dropout.embedding", in: 0...0.9)
        hidden = try reader.optionalDouble("dropout.hidden", in: 0...0.9)
        attention = try reader.optionalDouble("dropout.attention", in: 0...0.9)
        classifier = try reader.optionalDouble("dropout.classifier", in: 0...0.9)
    }

    /// Members of `config.json`.
    func members(of configuration: ModelConfiguration) -> [(String, JSON)] {
        let names: [(String, Double?)] =
            switch configuration {
            case .bert:
                [("hidden_dropout_prob", hidden), ("attention_probs_dropout_prob", attention)]
            case .modernBert:
                [("embedding_dropout", embedding), ("mlp_dropout", hidden), ("attention_dropout", attention)]
            }
        return (names + [("classifier_dropout", classifier)]).compactMap { name, rate in
            rate.map { (name, .number($0)) }
        }
    }
}

/// What a fine-tuning run does, whatever its task, read from a TOML file; `Recipes/finetune-*.toml` are examples.
public struct FinetuningRecipe: Sendable {
    public let file: String
    /// The recipe in one spelling; two runs of equal texts do the same.
    public let canonicalText: String
    /// The folder of the checkpoint to begin with.
    public let start: String
    /// One run for each.
    public let seeds: [UInt64]
    /// How often every example is seen.
    public let epochs: Double
    /// Examples of one optimizer step.
    public let batchSize: Int
    /// Tokens computed at once at most; gradients of several parts are added up.
    public let tokensPerPart: Int
    /// Tokens of a sequence at most, special ones included; longer examples are cut into windows.
    public let maximumLength: Int
    /// Tokens of the windows of ModernBERT's local layers, `local_attention`; nil keeps what the checkpoint says.
    let localAttention: Int?
    /// Layers from the bottom whose weights stay as they are.
    public let frozenLayers: Int
    /// Whether the embeddings stay as they are.
    public let freezesEmbeddings: Bool
    /// The parts of the activations that are dropped while training, where the recipe says so.
    let dropout: DropoutRates
    /// What is trained in place of the encoder's matrices; nil to train them themselves.
    let lora: LowRankRecipe?
    /// Whether the run says how often to evaluate; otherwise it is after every epoch.
    let hasEvaluationInterval: Bool
    var settings: TrainerSettings
    /// What the model has in common with those of other tasks; nil for a model of its own.
    var sharing: EncoderSharing?

    /// Reads what all tasks have in common. The task reads its own keys and then calls `reader.finish()`.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found.
    init(_ reader: RecipeReader) throws {
        file = reader.file
        canonicalText = reader.canonicalText
        start = reader.resolved(try reader.string("from"))
        seeds = try Self.seeds(reader)
        epochs = try reader.double("epochs", in: 0.001...100_000)
        batchSize = try reader.integer("batch-size", in: 1...1 << 20)
        tokensPerPart = try reader.integer("tokens-per-part", in: 16...1 << 20, default: 4096)
        maximumLength = try reader.integer("maximum-length", in: 8...1 << 20, default: 512)
        localAttention = try reader.optionalInteger("local-attention", in: 2...1 << 20)
        frozenLayers = try reader.integer("freeze.layers", in: 0...1024, default: 0)
        freezesEmbeddings = try reader.bool("freeze.embeddings", default: false)
        dropout = try DropoutRates(reader)
        lora = try LowRankRecipe(reader)
        hasEvaluationInterval = try reader.has("evaluation.every")
        settings = try TrainerSettings(reader)
    }

    private static func seeds(_ reader: RecipeReader) throws -> [UInt64] {
        guard try !reader.has("seed") else {
            throw reader.error("seed", "expected \"seeds\", a list of numbers with a run for each")
        }
        let numbers = try reader.integers("seeds", in: 0...Int.max)
        guard Set(numbers).count == numbers.count else {
            throw reader.error("seeds", "expected different numbers, found \(numbers)")
        }
        return numbers.isEmpty ? [42] : numbers.map(UInt64.init)
    }

    /// Members of the checkpoint's `config.json` that are to be others.
    /// - Throws: ``TrainingError`` when the recipe widens local layers and the model has none.
    func changes(to folder: ModelFolder) throws(TrainingError) -> [(String, JSON)] {
        let dropout = dropout.members(of: folder.configuration)
        guard let localAttention else { return dropout }
        guard case .modernBert = folder.configuration else {
            throw TrainingError(
                .mismatch,
                "\(file): local-attention is for ModernBERT, \(start) is a \(folder.configuration.modelType)")
        }
        var window: [(String, JSON)] = [("local_attention", .integer(localAttention))]
        // Some files also say its half.
        if folder.configurationJSON["sliding_window"] != nil {
            window.append(("sliding_window", .integer(localAttention / 2)))
        }
        return dropout + window
    }

    /// Whether the optimizer may change the weights of that name.
    func isTrained(_ name: String) -> Bool {
        if let layer = LayerDepth.layer(name) { return layer >= frozenLayers }
        return !(freezesEmbeddings && name.contains("embeddings."))
    }
}
