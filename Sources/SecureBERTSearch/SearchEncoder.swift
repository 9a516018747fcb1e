import SecureBERT
import SecureBERTCheckpoint

/// What makes vectors of passages and queries, and counts tokens: a model, or in a server what batches its requests.
public struct SearchEncoder: Sendable {
    /// Whose vectors they are.
    public struct Identity: Sendable, Equatable {
        /// What the model's folder is called.
        public var name: String
        /// SHA-256 of what decides its vectors, see `ModelDigest`.
        public var digest: String
        /// Elements of a vector.
        public var dimensions: Int
        /// The texts before each passage and each query.
        public var passagePrompt = ""
        public var queryPrompt = ""

        public init(name: String, digest: String, dimensions: Int) {
            (self.name, self.digest, self.dimensions) = (name, digest, dimensions)
        }
    }

    /// What a text is.
    public enum Role: Sendable {
        case passage
        case query
    }

    public let identity: Identity
    /// The most tokens that the model reads at once, special tokens included.
    public let maximumTokens: Int
    /// Tokens of a text, special tokens included.
    let tokenCount: @Sendable (String) throws -> Int
    /// Vectors of texts, `[dimensions]` each, of length 1.
    let vectors: @Sendable ([String], Role) throws -> [[Float]]

    /// - Parameters:
    ///   - identity: whose vectors they are.
    ///   - maximumTokens: the most tokens of a text, special tokens included.
    ///   - tokenCount: counts the tokens of a text, special tokens included.
    ///   - vectors: makes the vectors of texts, in order, each of length 1; puts the prompt of the role before them.
    public init(
        _ identity: Identity, maximumTokens: Int, tokenCount: @escaping @Sendable (String) throws -> Int,
        vectors: @escaping @Sendable ([String], Role) throws -> [[Float]]
    ) {
        (self.identity, self.maximumTokens) = (identity, maximumTokens)
        (self.tokenCount, self.vectors) = (tokenCount, vectors)
    }

    /// A model on this computer. Its prompts "query" and "document", or "passage", are used where it has them.
    /// - Throws: `CheckpointError` when the folder cannot be read.
    public init(_ model: PretrainedModel) throws {
        let encoder = try SentenceEncoder(model)
        func prompt(_ names: String...) -> (name: SentenceEncoder.Prompt, text: String) {
            let prompts = model.folder.sentenceEncoder?.prompts ?? []
            let found = names.lazy.compactMap { name in prompts.first { $0.name == name } }.first
            return found.map { (.named($0.name), $0.text) } ?? (.standard, "")
        }
        let (query, passage) = (prompt("query"), prompt("document", "passage"))
        var identity = Identity(
            name: ModelDigest.name(ofFolder: model.path), digest: try ModelDigest.digest(of: model.folder),
            dimensions: encoder.outputSize)
        (identity.queryPrompt, identity.passagePrompt) = (query.text, passage.text)
        self.init(identity, maximumTokens: model.maximumTokens) { text in
            try model.tokenizer.encode(text).count
        } vectors: { texts, role in
            var options = SentenceEncoder.Options()
            options.normalize = true
            options.prompt = role == .query ? query.name : passage.name
            return try encoder(texts, options: options).map(\.vector)
        }
    }
}
