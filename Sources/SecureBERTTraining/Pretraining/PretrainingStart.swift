import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTokenizers

/// What a pretraining run begins with: weights, their configuration and a tokenizer.
struct PretrainingStart {
    let configuration: ModelConfiguration
    /// The content of `config.json` for the models the run saves.
    let configurationJSON: JSON
    let weights: any TensorSource
    let tokenizer: Tokenizer
    let tokenizerFolder: String
    /// The digest that token shards made with this tokenizer carry.
    let tokenizerDigest: String

    init(_ recipe: PretrainingRecipe, tokenizerFolder: String?) throws {
        switch recipe.start {
        case .checkpoint(let path):
            let folder = try ModelFolder(path: path)
            configuration = folder.configuration
            configurationJSON = folder.configurationJSON
            weights = try folder.weights()
            self.tokenizerFolder = tokenizerFolder ?? folder.modelPath
            (tokenizer, tokenizerDigest) = try Self.tokenizer(self.tokenizerFolder)
        case .scratch(let json):
            guard let tokenizerFolder else {
                throw TrainingError(
                    .mismatch,
                    "\(recipe.file): a model from scratch needs a tokenizer; give its folder with --tokenizer")
            }
            self.tokenizerFolder = tokenizerFolder
            (tokenizer, tokenizerDigest) = try Self.tokenizer(tokenizerFolder)
            configurationJSON = Self.completed(json, tokenizer)
            configuration = try ModelConfiguration(json: configurationJSON, file: recipe.file)
            weights = try InitialWeights(configuration, head: .maskedLanguageModel, seed: recipe.settings.seed)
        }
        guard tokenizer.idBound <= configuration.shared.vocabularySize else {
            throw TrainingError(
                .mismatch,
                """
                \(self.tokenizerFolder): the tokenizer has \(tokenizer.idBound) ids, the model embeddings for \
                \(configuration.shared.vocabularySize); run securebert tokenizer adapt first
                """)
        }
    }

    private static func tokenizer(_ folder: String) throws -> (Tokenizer, String) {
        let tokenizer = try DocumentTokenizer(path: folder)
        return (tokenizer.tokenizer, tokenizer.digestText)
    }

    /// A configuration with what the tokenizer decides.
    private static func completed(_ json: JSON, _ tokenizer: Tokenizer) -> JSON {
        var members = json.objectValue?.members ?? []
        members.append(("vocab_size", .integer(tokenizer.idBound)))
        let special = tokenizer.specialTokens
        let ids: [(String, SpecialTokens.Token?)] = [
            ("pad_token_id", special.padding), ("cls_token_id", special.classification),
            ("sep_token_id", special.separator), ("bos_token_id", special.classification),
            ("eos_token_id", special.separator), ("mask_token_id", special.mask),
        ]
        for (key, token) in ids { if let token { members.append((key, .integer(Int(token.id)))) } }
        return .object(.init(members))
    }
}
