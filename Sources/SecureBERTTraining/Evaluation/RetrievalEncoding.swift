import SecureBERT

/// Encodes queries and passages for a retrieval test, as the model's folder asks for.
public struct RetrievalEncoding {
    private let encoder: SentenceEncoder
    private let progress: (_ done: Int, _ total: Int) -> Void

    /// - Parameters:
    ///   - encoder: Its prompts "query" and "document", or "passage", are used where it has them.
    ///   - progress: Told how many texts are done.
    public init(_ encoder: SentenceEncoder, progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }) {
        self.encoder = encoder
        self.progress = progress
    }

    /// Unit vectors of texts.
    public func callAsFunction(_ texts: [String], areQueries: Bool) throws -> [[Float]] {
        var options = SentenceEncoder.Options()
        options.normalize = true
        let names = areQueries ? ["query"] : ["document", "passage"]
        if let name = names.first(where: encoder.promptNames.contains) { options.prompt = .named(name) }
        var vectors: [[Float]] = []
        // Texts of similar lengths are not needed: nothing is padded.
        for start in stride(from: 0, to: texts.count, by: 64) {
            vectors += try encoder(Array(texts[start..<min(start + 64, texts.count)]), options: options).map(\.vector)
            progress(vectors.count, texts.count)
        }
        return vectors
    }
}
